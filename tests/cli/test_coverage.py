"""`hotline coverage` prints what carries each clause, and ends with 1 if something is wrong."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from service.cli import main

MODELS = ("processes", "dmn", "forms", "regulation")


@pytest.fixture
def copied(project: Path, tmp_path: Path) -> Path:
    """The models of the project, to be changed; nothing is listed that is no model."""
    for name in MODELS:
        shutil.copytree(project / name, tmp_path / name)
    for name in ("carriers.yaml", "carried.yaml"):
        (tmp_path / "regulation" / name).unlink()
    return tmp_path


def coverage(*words: str) -> Result:
    return CliRunner().invoke(main, ["coverage", *words], catch_exceptions=False)


def test_it_tells_who_carries_what_and_how_many_are_carried(project: Path) -> None:
    result = coverage(str(project), "--json")
    told = json.loads(result.output)
    by_id = {one["id"]: one for one in told["clauses"]}
    assert (result.exit_code, told["of"], told["problems"]) == (0, 120, [])
    assert told["carried"] == sum(one["carried"] for one in told["clauses"])
    assert {"kind": "route", "place": "GET", "id": "track.track", "name": {}} in by_id["A13.1"]["carriers"]
    assert ("dmn/deadline.dmn", "limit-ordinary") in {(it["place"], it["id"]) for it in by_id["A20.i1"]["carriers"]}


def test_without_what_carried_it_a_clause_fails_the_check(copied: Path) -> None:
    file = copied / "dmn/emergency-redirect.dmn"
    assert coverage(str(copied), "--keep").exit_code == 0
    file.write_text(file.read_text("utf-8").replace(" [A10.0]", ""), "utf-8")
    file = copied / "processes/hotline-intake.bpmn"
    file.write_text(file.read_text("utf-8").replace('value="A10.0 A39"', 'value="A39"'), "utf-8")
    result = coverage(str(copied))
    assert result.exit_code == 1
    assert (
        "carries it no more, and nothing else does: People may bring matters that are no emergencies." in result.output
    )


def test_all_fails_until_every_clause_is_carried(copied: Path) -> None:
    known = [one["id"] for one in json.loads(coverage(str(copied), "--json").output)["clauses"]]
    some = coverage(str(copied), "--all", "--lang", "zh")
    assert (some.exit_code, "不得骚扰、辱骂、威胁热线工作人员。" in some.output) == (1, True)
    file = copied / "processes/return-visit.bpmn"
    file.write_text(file.read_text("utf-8").replace('value="A25.1"', f'value="{" ".join(known)}"', 1), "utf-8")
    every = coverage(str(copied), "--all")
    assert (every.exit_code, every.output.splitlines()[-1]) == (0, "120 of 120 clauses are carried")
