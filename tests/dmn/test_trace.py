"""How a decision came out so: which input refused each row, what was read, and where something became null."""

from __future__ import annotations

from service import dmn
from tests.dmn.drawing import column, decision, evaluate, model, output, table

AREA_AGE = [column("area", "matter.area", "string"), column("age", "age", "number")]
ROWS = ['"A" | < 18 -> 1 # Art. 1', '"A" | >= 18 -> 2', '"B" | - -> 3']


def drawn(policy: str = "UNIQUE", default: str = "") -> bytes:
    return model(decision("t", table(AREA_AGE, [output("o", default=default)], ROWS, f'hitPolicy="{policy}"')))


def last(result: dmn.DecisionResult) -> dmn.EvaluatedDecision:
    return result.evaluated[-1]


def literal(text: str) -> str:
    return f"<literalExpression><text>{text}</text></literalExpression>"


def test_each_row_is_told_with_the_first_input_that_refused_it() -> None:
    (run,) = last(evaluate(drawn(), "t", matter={"area": "A"}, age=40)).tables
    assert run.refusals == (2, 0, 1)
    assert [(rule.rule_id, rule.index) for rule in run.matched] == [("row-2", 2)]


def test_rows_after_the_first_that_matches_are_not_tried() -> None:
    (run,) = last(evaluate(drawn("FIRST"), "t", matter={"area": "A"}, age=5)).tables
    assert (run.refusals, run.tried) == ((0,), 1)
    assert run.matched[0].legal_basis == "Art. 1"


def test_a_default_is_told() -> None:
    (run,) = last(evaluate(drawn(default="9"), "t", matter={"area": "C"}, age=5)).tables
    assert (run.by_default, run.refusals, run.matched) == (True, (1, 1, 1), ())


def test_a_warning_names_where_it_arose() -> None:
    rows = ['> m -> if matter.area = "A" then 1 else 2', "1 -> lenght + 1"]
    xml = model(decision("t", table([column("n", "n", "Any")], [output("o")], rows)))
    (cell, entry, *_) = last(evaluate(xml, "t", n=1, matter={"area": "B"})).warnings
    assert (cell[:12], "“m”" in cell) == ("row 1, “n”: ", True)
    assert (entry[:12], "“lenght”" in entry) == ("row 2, “o”: ", True)
    (unknown,) = last(evaluate(drawn(), "t", age=4)).warnings
    assert (unknown[:14], "“matter”" in unknown) == ("input “area”: ", True)


def test_an_expression_is_told_with_what_it_read() -> None:
    xml = model(decision("t", literal("if matter.area = &quot;A&quot; then age * 2 else missing")))
    told = last(evaluate(xml, "t", matter={"area": "A", "text": "long"}, age=20))
    assert told.inputs == (("", "matter.area", "A"), ("", "age", 20))
    decision_ = dmn.read_model(xml, "t.dmn").decisions["t"]
    assert decision_.expression == 'if matter.area = "A" then age * 2 else missing'


def test_a_box_is_told_as_one_text_with_what_it_read() -> None:
    entries = "".join(
        f'<contextEntry><variable name="{name}" />{literal(text)}</contextEntry>'
        for name, text in (("twice", "age * 2"), ("more", "twice + 1"))
    )
    xml = model(decision("t", f"<context>{entries}</context>"))
    told = last(evaluate(xml, "t", age=2))
    assert told.inputs == (("", "age", 2),)
    assert dmn.read_model(xml, "t.dmn").decisions["t"].expression == "{twice: age * 2, more: twice + 1}"


def test_a_table_that_is_called_is_told_with_the_decision_that_called_it() -> None:
    inner = table([column("n", "n", "number")], [output("o")], ["< 5 -> 1", ">= 5 -> 2"])
    xml = model(
        decision("t", literal("rate(age)")).replace(
            "<literal", '<knowledgeRequirement><requiredKnowledge href="#rate" /></knowledgeRequirement><literal'
        )
        + '<businessKnowledgeModel id="rate" name="rate"><encapsulatedLogic><formalParameter name="n" />'
        + f"{inner}</encapsulatedLogic></businessKnowledgeModel>"
    )
    told = last(evaluate(xml, "t", age=7))
    assert (told.output, [run.refusals for run in told.tables]) == (2, [(1, 0)])
    assert told.matched_rules[0].rule_id == "row-2"
    assert [name for _, name, _ in told.inputs] == ["age"]


def test_a_decision_that_fails_is_told_with_its_table() -> None:
    xml = model(decision("t", table([column("n", "n", "number")], [output("o")], ["- -> 1", "> 0 -> 2", "< 0 -> 3"])))
    result = evaluate(xml, "t", n=1)
    assert result.failed == "t"
    told = last(result)
    assert (told.output, told.tables[0].refusals, told.warnings) == (None, (0, 0, 1), (result.failure_message,))
