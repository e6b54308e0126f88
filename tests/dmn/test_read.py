"""Files of every version of DMN, what is refused in them, and what is warned of."""

from __future__ import annotations

import pytest

from service import dmn, feel
from service.dmn.read import MODEL_NAMESPACES
from service.errors import ModelRejected
from tests.dmn.drawing import NOW, decision, literal, model, needs


def errors(xml: bytes) -> list[str]:
    return [one.message for one in dmn.examine(xml, "m.dmn")[1] if not one.is_warning]


def warnings(xml: bytes) -> list[str]:
    return [one.message for one in dmn.examine(xml, "m.dmn")[1] if one.is_warning]


@pytest.mark.parametrize("namespace", MODEL_NAMESPACES)
@pytest.mark.parametrize("prefix", ["", "dmn"])
def test_every_version_is_read_whatever_its_prefix(namespace: str, prefix: str) -> None:
    tag, declared = (f"{prefix}:", f"xmlns:{prefix}") if prefix else ("", "xmlns")
    xml = (
        f'<{tag}definitions {declared}="{namespace}" id="g" name="g" namespace="n"><{tag}decision id="d" name="d">'
        f"<{tag}literalExpression><{tag}text>1 + 1</{tag}text></{tag}literalExpression></{tag}decision>"
        f"</{tag}definitions>"
    ).encode()
    read = dmn.read_model(xml, "g.dmn")
    assert dmn.evaluate(read, "d", {}, feel.Environment(now=lambda: NOW)).output == 2


def test_what_has_no_id_is_known_by_its_name() -> None:
    twice = f'<decision name="the sum">{literal("1")}</decision>' * 2
    read, problems = dmn.examine(model(twice), "m.dmn")
    assert list(read.decisions) == ["the sum", "the sum 2"]
    assert [one.is_warning for one in problems] == [True, True]


def test_decisions_of_one_name_are_told_apart_by_their_ids() -> None:
    def named(id_: str, text: str) -> str:
        return f'<decision id="{id_}" name="same"><variable name="same" />{literal(text)}</decision>'

    asks = decision("asks", needs("Decision", "#b") + literal("same"))
    read = dmn.read_model(model(named("a", "1") + named("b", "2") + asks), "m.dmn")
    assert dmn.evaluate(read, "asks", {}, feel.Environment(now=lambda: NOW)).output == 2


def test_an_id_that_is_there_twice_is_refused() -> None:
    assert errors(model(decision("d", literal("1")) * 2)) == ["The id “d” is there twice."]


def test_an_id_of_anything_that_is_there_twice_is_warned_of() -> None:
    logic = '<literalExpression id="l"><!-- one --><text>1</text></literalExpression>'
    assert warnings(model(decision("d", logic) + decision("e", logic))) == [
        "The id “l” is there twice, and modelers do not open the file."
    ]


def test_names_with_signs_are_read_as_one() -> None:
    name = "Teacher's mark (1-6) + bonus"
    data = f'<inputData id="i" name="{name}"><variable name="{name}" /></inputData>'
    xml = model(data + decision("d", needs("Input", "#i") + literal(f"{name} * 2")))
    read = dmn.read_model(xml, "m.dmn")
    assert dmn.evaluate(read, "d", {name: 4}, feel.Environment(now=lambda: NOW)).output == 8


@pytest.mark.parametrize(
    ("logic", "told"),
    [
        ('<functionDefinition kind="Java" />', "kind Java"),
        ('<functionDefinition kind="PMML" />', "kind PMML"),
        (literal('function(x) external {java: {class: "a", "method signature": "b"}}'), "calls a program"),
        ('<literalExpression expressionLanguage="groovy"><text>1</text></literalExpression>', "written in groovy"),
        ("<literalExpression><importedValues /></literalExpression>", "another document"),
        (literal("1 +"), "is no FEEL"),
    ],
)
def test_what_cannot_be_run_is_refused_with_a_way_out(logic: str, told: str) -> None:
    with pytest.raises(ModelRejected) as refused:
        dmn.read_model(model(decision("d", logic)), "m.dmn")
    assert [one.element_id for one in refused.value.problems] == ["d"]
    assert told in refused.value.problems[0].message
    assert refused.value.problems[0].mend


def test_a_language_for_all_of_a_file_counts_for_all_of_it() -> None:
    xml = model(decision("d", literal("1"))).replace(b"<definitions ", b'<definitions expressionLanguage="groovy" ')
    assert errors(xml) == ["The decision “d” is written in groovy; only FEEL is run here."]


def test_circles_over_decisions_and_services_are_refused() -> None:
    one = decision("one", needs("Knowledge", "#ask") + literal("ask()"))
    ask = '<decisionService id="ask" name="ask"><outputDecision href="#one" /></decisionService>'
    assert errors(model(one + ask)) == ["It requires itself, over others."] * 2


def test_a_library_of_knowledge_or_types_needs_no_decision() -> None:
    assert errors(model('<itemDefinition name="t"><typeRef>string</typeRef></itemDefinition>')) == []
    assert errors(model("")) == ["There is no decision in this file."]
