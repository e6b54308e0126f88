"""The decision tables decide as the rows of tests/decisions say, and no rule of any table is left unplayed.

A row of <decision-id>.csv gives the inputs (dotted names make contexts), the rules that fire (`> rule`) and the output
(`> output`, `> output.field`); cells are YAML, dates stay text, an empty cell is not given or not asked. `now` is
the time of the evaluation.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from lxml import etree

from service import feel
from service.calendar import Calendar
from service.dmn import DecisionModel, DecisionResult, evaluate, read_model

PROJECT = Path(__file__).parent.parent
TABLES = sorted((PROJECT / "dmn").glob("*.dmn"))
CSVS = sorted((PROJECT / "tests/decisions").glob("*.csv"))
USUAL_NOW = "2026-03-02T09:00:00+08:00"
CALENDAR = Calendar()


@dataclass(frozen=True)
class Case:
    decision: str
    title: str
    inputs: Mapping[str, Any]
    rules: list[str] | None
    output: Mapping[str, Any]
    now: str


class _Cell(yaml.SafeLoader):
    """YAML in which dates are text, as in JSON."""


_Cell.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def cases() -> Iterator[Case]:
    for file in CSVS:
        with file.open(encoding="utf-8", newline="") as opened:
            for row in csv.DictReader(opened, strict=True):
                yield _case(file.stem, row)


def _case(decision: str, row: Mapping[str, str]) -> Case:
    cells = {name: yaml.load(text, _Cell) for name, text in row.items() if text}
    title, now, rules = cells.pop("case"), cells.pop("now", USUAL_NOW), cells.pop("> rule", None)
    output = {name: value for name, value in cells.items() if name.startswith("> ")}
    inputs: dict[str, Any] = {}
    for name, value in cells.items():
        if name not in output:
            *outer, last = name.split(".")
            place = inputs
            for part in outer:
                place = place.setdefault(part, {})
            place[last] = value
    return Case(decision, title, inputs, [rules] if isinstance(rules, str) else rules, output, now)


@cache
def models() -> Mapping[str, DecisionModel]:
    """Decision id → the model that holds it."""
    read = [read_model(path.read_bytes(), path.name) for path in TABLES]
    return {decision: model for model in read for decision in model.decisions}


@cache
def rules(path: Path) -> list[str]:
    return [str(rule.get("id")) for rule in etree.parse(path).iter("{*}rule")]


def decide(decision: str, variables: Mapping[str, Any], now: str = USUAL_NOW) -> DecisionResult:
    moment = datetime.fromisoformat(now)
    environment = feel.Environment(now=lambda: moment, working_days=CALENDAR)
    return evaluate(models()[decision], decision, variables, environment)


def play(case: Case) -> DecisionResult:
    parameters = feel.to_json(decide("parameters", {"received_at": case.inputs.get("received_at") or case.now}).output)
    return decide(case.decision, {"parameters": parameters, **case.inputs}, case.now)


def fired(result: DecisionResult, decision: str | None = None) -> list[str]:
    """The rules that fired, of one decision or of all on the way to it."""
    told = [one for one in result.evaluated if decision in (None, one.decision_id)]
    return [rule.rule_id for one in told for rule in one.matched_rules]


@cache
def played() -> frozenset[str]:
    """Every rule that fires in some row."""
    return frozenset(rule for case in cases() if case.decision in models() for rule in fired(play(case)))


def asked(output: Any, path: str) -> Any:
    for part in path.removeprefix("> ").split(".")[1:]:
        output = output[part]
    return output


def same(found: Any, expected: Any) -> bool:
    """Equal as JSON; two texts that tell the same moment are equal too."""
    if isinstance(found, str) and isinstance(expected, str) and found != expected:
        moments = [feel.parse_literal(text) for text in (found, expected)]
        return None not in moments and feel.equal(*moments) is True
    return bool(found == expected)


@pytest.mark.parametrize("case", [*cases()], ids=lambda case: f"{case.decision}: {case.title}")
def test_a_decision_is_as_its_row_says(case: Case) -> None:
    result = play(case)
    output = feel.to_json(result.output)
    assert result.failed is None, result.failure_message
    wrong = {path: asked(output, path) for path, value in case.output.items() if not same(asked(output, path), value)}
    assert wrong == {}
    if case.rules is not None:
        own = fired(result, case.decision)
        assert sorted(own) == sorted(case.rules) if own else set(case.rules) <= set(fired(result))


@pytest.mark.parametrize("path", TABLES, ids=lambda path: path.name)
def test_every_rule_of_every_table_is_played(path: Path) -> None:
    assert [rule for rule in rules(path) if rule not in played()] == []


def test_every_decision_that_a_diagram_asks_has_rows_and_every_file_of_rows_a_decision() -> None:
    assert {file.stem for file in CSVS} >= {path.stem for path in TABLES}
    assert {file.stem for file in CSVS} <= set(models())


def test_rows_say_something() -> None:
    assert [f"{case.decision}: {case.title}" for case in cases() if not case.output and not case.rules] == []


def test_a_rule_is_known_by_its_id_in_all_tables() -> None:
    ids = [rule for path in TABLES for rule in rules(path)]
    assert sorted(ids) == sorted(set(ids))


@pytest.mark.parametrize("path", TABLES, ids=lambda path: path.name)
def test_every_rule_tells_its_ground(path: Path) -> None:
    assert [rule.get("id") for rule in etree.parse(path).iter("{*}rule") if not rule.findtext("{*}description")] == []


def test_a_hazard_that_is_not_known_is_never_taken_for_none() -> None:
    result = decide("emergency-redirect", {"hazard": "FLOOD", "ongoing": True})
    assert result.failed == "emergency-redirect"
