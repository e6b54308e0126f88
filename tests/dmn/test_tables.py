"""Decision tables: every hit policy with its errors, and rows that match as their cells say."""

from __future__ import annotations

from decimal import Decimal
from random import Random
from typing import Any

import pytest

from service import dmn, feel
from service.errors import ModelRejected
from service.feel.environment import Scope
from tests.dmn.drawing import NOW, column, decision, evaluate, model, output, table

AGE = [column("age", "age", "number")]
THREE = ['>= 0 -> "low"', '>= 18 -> "mid"', '>= 65 -> "high"']


def told(attributes: str, rows: list[str], outputs: list[str] | None = None, **variables: Any) -> Any:
    """The output as JSON, or the message of what failed."""
    xml = model(decision("t", table(AGE, outputs or [output("o")], rows, attributes)))
    result = evaluate(xml, "t", **variables or {"age": 70})
    return feel.to_json(result.output) if result.failed is None else result.failure_message


def warnings(xml: bytes, id_: str = "t", **variables: Any) -> tuple[str, ...]:
    return evaluate(xml, id_, **variables).evaluated[-1].warnings


def test_unique_names_the_rows_that_fire_together() -> None:
    assert told('hitPolicy="UNIQUE"', THREE, age=5) == "low"
    assert "rows 1, 2 fire together" in told('hitPolicy="UNIQUE"', THREE, age=20)


def test_any_takes_rows_that_agree_and_names_those_that_do_not() -> None:
    assert told('hitPolicy="ANY"', ["- -> 1", ">= 18 -> 1.0", "< 0 -> 3"]) == 1
    assert "rows 1, 2 fire together with different outputs" in told('hitPolicy="ANY"', ["- -> 1", "- -> 2"])


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        ("FIRST", "low"),
        ("PRIORITY", "high"),
        ("OUTPUT ORDER", ["high", "mid", "low"]),
        ("RULE ORDER", ["low", "mid", "high"]),
        ("COLLECT", ["low", "mid", "high"]),
    ],
)
def test_a_policy_chooses_among_rows_that_match(policy: str, expected: Any) -> None:
    by_priority = [output("o", values='"high", "mid", "low"')]
    assert told(f'hitPolicy="{policy}"', THREE, by_priority) == expected


def test_priority_goes_by_the_output_values_of_each_column_in_turn() -> None:
    outputs = [output("a", values='"x", "y"'), output("note"), output("b", values="1, 2, 3")]
    rows = ['- -> "y" | "first" | 1', '- -> "x" | "second" | 3', '- -> "x" | "third" | 2']
    assert told('hitPolicy="PRIORITY"', rows, outputs) == {"a": "x", "note": "third", "b": 2}
    ordered = told('hitPolicy="OUTPUT ORDER"', rows, outputs)
    assert [one["note"] for one in ordered] == ["third", "second", "first"]


def test_what_is_none_of_the_output_values_comes_last_and_is_warned_of() -> None:
    outputs = [output("o", values='"high", "low"')]
    xml = model(decision("t", table(AGE, outputs, ['- -> "odd"', '- -> "low"'], 'hitPolicy="PRIORITY"')))
    assert evaluate(xml, "t", age=1).output == "low"
    assert warnings(xml, age=1) == ('row 1, “o”: "odd" is none of the output values "high", "low"',)


@pytest.mark.parametrize(
    ("attributes", "rows", "expected"),
    [
        ('hitPolicy="COLLECT" aggregation="SUM"', ["- -> 0.1", "- -> 0.2"], 0.3),
        ('hitPolicy="COLLECT" aggregation="SUM"', ['- -> duration("PT1H")', '- -> duration("PT30M")'], "PT1H30M"),
        ('hitPolicy="COLLECT" aggregation="SUM"', ['- -> duration("P1Y")', '- -> duration("P2M")'], "P1Y2M"),
        ('hitPolicy="COLLECT" aggregation="MIN"', ['- -> "b"', '- -> "a"'], "a"),
        ('hitPolicy="COLLECT" aggregation="MAX"', ['- -> duration("P1D")', '- -> duration("P2D")'], "P2D"),
        ('hitPolicy="COLLECT" aggregation="COUNT"', ["- -> 1", "- -> 1", "< 0 -> 1"], 2),
        ('hitPolicy="COLLECT" aggregation="COLLECT"', ["- -> 1", "- -> 2"], [1, 2]),
        ('hitPolicy="C+"', ["- -> 1", "- -> 2"], 3),
        ('hitPolicy="C#"', ["- -> 1", "- -> 2"], 2),
        ('hitPolicy="RULE_ORDER"', ["- -> 1", "- -> 2"], [1, 2]),
        ('hitPolicy="RULE ORDER" aggregation="SUM"', ["- -> 1", "- -> 2"], [1, 2]),
    ],
)
def test_what_is_collected_is_put_together(attributes: str, rows: list[str], expected: Any) -> None:
    assert told(attributes, rows) == expected


def test_what_cannot_be_put_together_says_so() -> None:
    mixed = ["- -> 1", '- -> "a"']
    assert "not all numbers" in told('hitPolicy="COLLECT" aggregation="SUM"', mixed)
    assert "cannot be compared" in told('hitPolicy="COLLECT" aggregation="MAX"', mixed)
    two = [output("a"), output("b")]
    assert "several outputs" in told('hitPolicy="COLLECT" aggregation="SUM"', ["- -> 1 | 2"], two)


@pytest.mark.parametrize(
    ("attributes", "expected", "by_default"),
    [
        ('hitPolicy="UNIQUE"', None, "?"),
        ('hitPolicy="ANY"', None, "?"),
        ('hitPolicy="FIRST"', None, "?"),
        ('hitPolicy="PRIORITY"', None, "?"),
        ('hitPolicy="RULE ORDER"', None, ["?"]),
        ('hitPolicy="OUTPUT ORDER"', None, ["?"]),
        ('hitPolicy="COLLECT"', [], ["?"]),
        ('hitPolicy="COLLECT" aggregation="SUM"', None, "?"),
        ('hitPolicy="COLLECT" aggregation="COUNT"', 0, "?"),
    ],
)
def test_when_no_row_matches_the_default_decides(attributes: str, expected: Any, by_default: Any) -> None:
    for rows in (["< 0 -> 1"], []):
        assert told(attributes, rows) == expected
        assert told(attributes, rows, [output("o", default='"?"')]) == by_default


def test_an_input_that_is_none_of_its_allowed_values_is_refused() -> None:
    xml = model(decision("t", table([column("area", "area", "string", '"A", "B"')], [output("o")], ["- -> 1"])))
    assert evaluate(xml, "t", area="B").output == 1
    assert '“area” is "C", which is none of its allowed values' in evaluate(xml, "t", area="C").failure_message


def test_outputs_are_of_their_type() -> None:
    xml = model(decision("t", table([], [output("o", "number")], ['-> "many"'])))
    assert evaluate(xml, "t").output is None
    (warning,) = warnings(xml)
    assert warning.startswith("row 1, “o”: ")
    assert warning.endswith("is no number")


@pytest.mark.parametrize("orientation", ["Rule-as-Row", "Rule-as-Column", "CrossTable"])
def test_a_table_decides_alike_however_it_is_drawn(orientation: str) -> None:
    inputs = [column("age", "age", "number"), column("area", "area", "string")]
    rows = ['< 18 | "A" -> 1', '< 18 | "B" -> 2', '>= 18 | "A" -> 3', '>= 18 | "B" -> 4']
    drawn = table(inputs, [output("o")], rows, f'hitPolicy="UNIQUE" preferredOrientation="{orientation}"')
    found = [evaluate(model(decision("t", drawn)), "t", age=age, area=area) for age in (5, 50) for area in "AB"]
    assert [one.output for one in found] == [1, 2, 3, 4]


def test_empty_cells_and_dashes_let_everything_pass_null_too() -> None:
    inputs = [column("a", "a", "Any"), column("b", "b", "Any")]
    xml = model(decision("t", table(inputs, [output("o")], [" | - -> 1"])))
    assert [evaluate(xml, "t", a=a, b=a).output for a in (None, 1, "x", [1])] == [1, 1, 1, 1]


def test_a_cell_may_ask_about_the_value_by_a_question_mark() -> None:
    inputs = [column("words", "words", "Any"), column("n", "n", "number")]
    xml = model(decision("t", table(inputs, [output("o")], ['list contains(?, "fire") | ? > n - 1 -> 1'])))
    assert evaluate(xml, "t", words=["fire", "smoke"], n=1).output == 1
    assert evaluate(xml, "t", words=["smoke"], n=1).output is None


def test_an_unknown_policy_or_aggregation_is_refused_with_the_choice() -> None:
    for attributes in ('hitPolicy="BEST"', 'hitPolicy="COLLECT" aggregation="MEAN"'):
        with pytest.raises(ModelRejected) as refused:
            told(attributes, THREE)
        assert "Choose" in refused.value.problems[0].mend


# Rows are found by what is known of whole columns; here each is asked cell by cell, which must come to the same.

CELLS = (
    """
- ; 1 ; 1.0 ; -2 ; < 2 ; >= 1 ; [1..3] ; ]1..3[ ; [3..1] ; 1, 3 ; not(1) ; not(1, > 2) ; null ; not(null) ;
true ; false ; "a" ; "b", "c" ; < "b" ; not("a") ; ["a".."c"] ; [1, 2] ; [1, "a"] ; [[1], 2] ; n ; > n ;
n, 1 ; ? > 1 ; ? = n ; "a", ? = 2 ; [< 2] ; != 1 ; = 1 ; not(< 2) ; @"2026-01-01" ; > @"2026-01-01" ;
contains(?, "a") ; [1..n] ; (< 3) ; 1 + 1 ; [1, [1..2]]
""".replace("\n", " ")
    .strip()
    .split(" ; ")
)
_VALUES: tuple[Any, ...] = (
    *(None, True, False, 0, 1, 1.0, 1.5, 2, 3, 10, -2, "a", "ab", "b", "z", ""),
    *([], [1], [1, 2], ["a"], {"a": 1}),
)


def by_hand(drawn: dmn.DecisionTable, variables: dict[str, Any]) -> tuple[list[int], list[int], list[str]]:
    """The rows that match, the column that refuses each row, and the warnings, cell by cell."""
    env = feel.Environment(now=lambda: NOW)
    scope = Scope(variables, env, outside=True)
    values = [column.expression(scope) for column in drawn.inputs]
    rows, refusals, warned = [], [], []
    for row, rule in enumerate(drawn.rules, 1):
        refused = 0
        for number, (test, value) in enumerate(zip(rule.tests, values, strict=True), 1):
            env.warnings.clear()
            passes = test is None or test.passes(value, scope) is True
            warned += [f"row {row}, “{drawn.inputs[number - 1].label}”: {one}" for one in env.warnings]
            if not passes:
                refused = number
                break
        refusals.append(refused)
        if not refused:
            rows.append(row)
            if drawn.hit_policy == "FIRST":
                break
    return rows, refusals, warned


@pytest.mark.parametrize("seed", range(20))
def test_what_is_known_of_columns_is_what_their_cells_say(seed: int) -> None:
    chance = Random(seed)
    inputs = [column(name, name, "Any") for name in "abc"]
    rows = [" | ".join(chance.choices(CELLS, k=3)) + f" -> {row}" for row in range(chance.randrange(1, 30))]
    policy = chance.choice(("FIRST", "COLLECT"))
    read, _ = dmn.examine(model(decision("t", table(inputs, [output("o")], rows, f'hitPolicy="{policy}"'))), "t.dmn")
    drawn = read.decisions["t"].logic
    assert isinstance(drawn, dmn.DecisionTable)
    for _ in range(25):
        variables = {name: chance.choice(_VALUES) for name in "abcn"}
        result = dmn.evaluate(read, "t", variables, feel.Environment(now=lambda: NOW))
        (evaluated,) = result.evaluated
        (run,) = evaluated.tables
        expected = by_hand(drawn, variables)
        assert ([rule.index for rule in run.matched], list(run.refusals), list(evaluated.warnings)) == (
            expected[0], expected[1], expected[2][:100],
        ), variables  # fmt: skip


def test_numbers_of_any_precision_match_as_they_are_equal() -> None:
    xml = model(decision("t", table(AGE, [output("o")], ["0.3 -> 1", "[0.30000000000000001..1] -> 2"])))
    assert evaluate(xml, "t", age=Decimal("0.30")).output == 1
    assert evaluate(xml, "t", age=Decimal("0.300000000000000011")).output == 2
