"""Boxed expressions of every kind, each with its type (DMN 1.5, section 10.2)."""

from __future__ import annotations

from typing import Any

import pytest

from service import feel
from tests.dmn.drawing import decision, evaluate, literal, model, needs

DOUBLE = (
    '<businessKnowledgeModel id="double" name="double"><variable name="double" typeRef="number" /><encapsulatedLogic>'
    f'<formalParameter name="n" typeRef="number" />{literal("[n * 2]")}</encapsulatedLogic></businessKnowledgeModel>'
)


def said(logic: str, **variables: Any) -> Any:
    """What a decision with this logic answers, as JSON."""
    xml = model(DOUBLE + decision("d", needs("Knowledge", "#double") + logic))
    return feel.to_json(evaluate(xml, "d", **variables).output)


def entry(name: str, logic: str, kind: str = "Any") -> str:
    variable = f'<variable name="{name}" typeRef="{kind}" />' if name else ""
    return f"<contextEntry>{variable}{logic}</contextEntry>"


def test_a_context_names_its_entries_one_after_the_other() -> None:
    entries = entry("the price", literal("20"), "number") + entry("double it", literal("the price * 2"))
    assert said(f"<context>{entries}</context>") == {"the price": 20, "double it": 40}
    assert said(f"<context>{entries}{entry('', literal('double it + 1'))}</context>") == 41


def test_an_entry_of_a_context_is_of_its_type() -> None:
    assert said(f"<context>{entry('a', literal('[1]'), 'number')}{entry('b', literal('1'), 'string')}</context>") == {
        "a": 1,
        "b": None,
    }


def test_a_list_holds_expressions() -> None:
    assert said(f"<list>{literal('1')}<list>{literal('x')}</list></list>", x="a") == [1, ["a"]]


def test_a_relation_has_rows_with_columns_of_a_type() -> None:
    columns = '<column name="name" typeRef="string" /><column name="age" typeRef="number" />'
    rows = f"<row>{literal(chr(34) + 'Wang' + chr(34))}{literal('30')}</row><row>{literal('1')}{literal('x')}</row>"
    assert said(f"<relation>{columns}{rows}</relation>", x=4) == [{"name": "Wang", "age": 30}, {"name": None, "age": 4}]


def test_a_function_closes_over_what_it_sees() -> None:
    function = (
        f'<functionDefinition><formalParameter name="n" typeRef="number" />{literal("n + x")}</functionDefinition>'
    )
    called = entry("add", function) + entry("", literal('[add(1), add("a"), add(n: 2)]'))
    assert said(f"<context>{called}</context>", x=5) == [6, None, 7]


@pytest.mark.parametrize(
    ("type_", "expected"),
    [
        ("function<number>->number", True),
        ("function<string>->number", False),
        ("function<number>->string", False),
        ("function<number, number>->number", False),
    ],
)
def test_a_function_of_the_model_is_of_the_type_that_it_is_drawn_with(type_: str, expected: bool) -> None:
    assert said(literal(f"double instance of {type_}")) is expected


def binding(name: str, text: str) -> str:
    return f'<binding><parameter name="{name}" />{literal(text)}</binding>'


def test_an_invocation_binds_parameters_by_name() -> None:
    assert said(f"<invocation>{literal('double')}{binding('n', 'x + 1')}</invocation>", x=4) == 10
    assert said(f"<invocation>{literal('double')}{binding('m', '1')}</invocation>") is None
    assert said(f'<invocation typeRef="string">{literal("double")}{binding("n", "1")}</invocation>') is None


@pytest.mark.parametrize(("condition", "expected"), [("true", 1), ("false", 2), ("null", 2), ('"yes"', None)])
def test_a_conditional_asks_for_true_or_false(condition: str, expected: int | None) -> None:
    parts = f"<if>{literal(condition)}</if><then>{literal('1')}</then><else>{literal('2')}</else>"
    assert said(f"<conditional>{parts}</conditional>") == expected


def test_a_filter_sees_each_item_and_its_members() -> None:
    def filtered(source: str, match: str) -> Any:
        return said(f"<filter><in>{literal(source)}</in><match>{literal(match)}</match></filter>", x=2)

    assert filtered("[1, 2, 3]", "item >= x") == [2, 3]
    assert filtered("[{age: 1}, {age: 5}]", "age > x") == [{"age": 5}]
    assert filtered("7", "item > x") == [7]
    assert filtered("[1, 2]", '"all"') is None


def iterated(kind: str, source: str, part: str, text: str) -> Any:
    inner = f"<in>{literal(source)}</in><{part}>{literal(text)}</{part}>"
    return said(f'<{kind} iteratorVariable="each one">{inner}</{kind}>')


def test_for_goes_through_lists_and_ranges_and_looks_back() -> None:
    assert iterated("for", "[1, 2]", "return", "each one * 2") == [2, 4]
    assert iterated("for", "[1..3]", "return", "each one + count(partial)") == [1, 3, 5]
    assert iterated("for", "null", "return", "each one") is None


def test_some_and_every_are_as_in_feel() -> None:
    assert iterated("some", "[1, 2]", "satisfies", "each one > 1") is True
    assert iterated("every", "[1, 2]", "satisfies", "each one > 1") is False
    assert iterated("every", "[]", "satisfies", "each one > 1") is True
    assert iterated("some", "[1, 2]", "satisfies", "null") is None


def test_every_expression_is_of_the_type_that_it_is_drawn_with() -> None:
    assert said(f'<list typeRef="number">{literal("5")}</list>') == 5
    assert said(literal("5", "string")) is None
    assert said(f'<for iteratorVariable="i" typeRef="string"><in>{literal("[1]")}</in></for>') is None


def knowledge(name: str, text: str, *calls: str) -> str:
    logic = f'<encapsulatedLogic><formalParameter name="n" typeRef="number" />{literal(text)}</encapsulatedLogic>'
    arrows = needs("Knowledge", *(f"#{one}" for one in calls))
    return (
        f'<businessKnowledgeModel id="{name}" name="{name}"><variable name="{name}" />{logic}{arrows}'
        "</businessKnowledgeModel>"
    )


def test_knowledge_may_call_itself_also_over_other_knowledge() -> None:
    even = knowledge("even one", "if n = 0 then true else odd one(n - 1)", "odd one")
    odd = knowledge("odd one", "if n = 0 then false else even one(n - 1)", "even one")
    factorial = knowledge("factorial", "if n = 0 then 1 else n * factorial(n - 1)", "factorial")
    asked = needs("Knowledge", "#even one", "#factorial") + literal("[even one(7), factorial(20)]")
    answer = evaluate(model(even + odd + factorial + decision("d", asked)), "d")
    assert feel.to_json(answer.output) == [False, 2_432_902_008_176_640_000]
    assert not answer.failure_message
