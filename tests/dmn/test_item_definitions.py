"""Item definitions, and how values are made to fit them (DMN 1.5, sections 7.3.3 and 10.3.2.9.4)."""

from __future__ import annotations

from typing import Any

import pytest

from service import dmn, feel
from tests.dmn.drawing import NOW, decision, input_data, literal, model, needs

TYPES = """
<itemDefinition name="tGrade"><typeRef>string</typeRef><allowedValues><text>"A", "B", "C"</text></allowedValues>
</itemDefinition>
<itemDefinition name="tPass"><typeRef>tGrade</typeRef><allowedValues><text>not("C")</text></allowedValues>
</itemDefinition>
<itemDefinition name="tGrades" isCollection="true"><typeRef>tGrade</typeRef></itemDefinition>
<itemDefinition name="tFew" isCollection="true"><typeRef>number</typeRef><allowedValues><text>[0..9]</text>
</allowedValues><typeConstraint><text>count(?) &lt;= 2</text></typeConstraint></itemDefinition>
<itemDefinition name="tStaff"><itemComponent name="name"><typeRef>string</typeRef></itemComponent>
<itemComponent name="since"><typeRef>date</typeRef></itemComponent>
<itemComponent name="team" isCollection="true"><typeRef>tStaff</typeRef></itemComponent></itemDefinition>
<itemDefinition name="tTwice"><functionItem outputTypeRef="number"><parameters name="n" typeRef="number" />
</functionItem></itemDefinition>
<itemDefinition name="tLoop"><typeRef>tLoop</typeRef></itemDefinition>
"""
BOSS = {"name": "a", "since": "2020-01-02", "team": [{"name": "b", "since": "2021-01-02", "team": []}]}


def result(text: str, kind: str) -> Any:
    """What an expression gives as the result of a decision of this type, in FEEL's own words."""
    typed = f'<decision id="d" name="d"><variable name="d" typeRef="{kind}" />{literal(text)}</decision>'
    read = dmn.read_model(model(TYPES + typed), "m.dmn")
    return feel.show(dmn.evaluate(read, "d", {}, feel.Environment(now=lambda: NOW)).output, inside=True)


def taken(value: Any, kind: str) -> Any:
    """What a value from outside becomes as an input of this type, as JSON."""
    read = dmn.read_model(
        model(TYPES + input_data("x", kind) + decision("d", needs("Input", "#x") + literal("x"))), "m.dmn"
    )
    return feel.to_json(dmn.evaluate(read, "d", {"x": value}, feel.Environment(now=lambda: NOW)).output)


@pytest.mark.parametrize(
    ("text", "kind", "expected"),
    [
        ("1 + 1", "string", "null"),
        ("1 + 1", "feel:number", "2"),
        ("1 + 1", "integer", "2"),
        ("[7]", "number", "7"),
        ("[[7]]", "number", "null"),
        ('"A"', "tGrades", '["A"]'),
        ('["A", "D"]', "tGrades", "null"),
        ('["A", null]', "tGrades", '["A", null]'),
        ('"D"', "tGrade", "null"),
        ('"B"', "tPass", '"B"'),
        ('"C"', "tPass", "null"),
        ('"D"', "tPass", "null"),
        ("[1, 2]", "tFew", "[1, 2]"),
        ("[1, 2, 3]", "tFew", "null"),
        ("[1, 20]", "tFew", "null"),
        ('@"2026-03-04"', "date and time", "2026-03-04T00:00:00Z"),
        ('"2026-03-04"', "date", "null"),
        ("{}", "tStaff", "null"),
        ("function(n) n * 2", "number", "null"),
        ("null", "tGrade", "null"),
        ("[1]", "list", "[1]"),
        ("1", "list", "[1]"),
        ("[1..2]", "range", "[1..2]"),
        ("{a: 1}", "context", "{a: 1}"),
        ("1", "tLoop", "1"),
    ],
)
def test_a_result_is_of_its_type_or_null(text: str, kind: str, expected: str) -> None:
    assert result(text, kind) == expected


def test_a_type_may_hold_itself() -> None:
    assert taken(BOSS, "tStaff") == BOSS
    assert taken(BOSS | {"team": [{"name": "b"}]}, "tStaff") is None
    assert taken(BOSS | {"team": [{"name": 1, "since": None, "team": []}]}, "tStaff") is None


def test_text_from_outside_becomes_what_it_spells_however_deep() -> None:
    asked = decision("d", needs("Input", "#x") + literal("x.team[1].since - x.since"))
    read = dmn.read_model(model(TYPES + input_data("x", "tStaff") + asked), "m.dmn")
    output = dmn.evaluate(read, "d", {"x": BOSS}, feel.Environment(now=lambda: NOW)).output
    assert feel.show(output) == "P366D"
    assert taken("soon", "date") is None


def test_functions_have_the_parameters_of_their_type() -> None:
    assert result("function(n: number) n * 2", "tTwice") != "null"
    assert result("function(a, b) a", "tTwice") == "null"


def test_what_does_not_fit_is_told() -> None:
    read = dmn.read_model(
        model(TYPES + input_data("x", "tPass") + decision("d", needs("Input", "#x") + literal("x"))), "m.dmn"
    )
    told = dmn.evaluate(read, "d", {"x": "C"}, feel.Environment(now=lambda: NOW)).evaluated[0].warnings
    assert told == ('the input “x”: C is no string out of not("C")',)


def test_a_type_that_is_not_defined_is_warned_of_once() -> None:
    xml = model(input_data("x", "tAbsent") + decision("d", literal("1", "tAbsent")))
    problems = dmn.examine(xml, "m.dmn")[1]
    assert [(one.message, one.is_warning) for one in problems] == [("There is no data type “tAbsent”.", True)]


def test_prefixes_of_dmn_1_1_lead_to_types() -> None:
    xml = (
        b'<dmn:definitions xmlns:dmn="http://www.omg.org/spec/DMN/20151101/dmn.xsd" xmlns:my="here" '
        b'xmlns:f="http://www.omg.org/spec/FEEL/20140401" name="old" namespace="here">'
        b'<dmn:itemDefinition name="tDigit"><dmn:typeRef>f:number</dmn:typeRef><dmn:allowedValues>'
        b"<dmn:text>[0..9]</dmn:text></dmn:allowedValues></dmn:itemDefinition>"
        b'<dmn:decision name="the digit"><dmn:variable name="the digit" typeRef="my:tDigit" />'
        b"<dmn:literalExpression><dmn:text>12</dmn:text></dmn:literalExpression></dmn:decision></dmn:definitions>"
    )
    read, problems = dmn.examine(xml, "old.dmn")
    result = dmn.evaluate(read, "the digit", {}, feel.Environment(now=lambda: NOW))
    assert [one.message for one in problems] == ["The decision “the digit” has no id."]
    assert result.evaluated[0].warnings == ("12 is no number out of [0..9]",)
