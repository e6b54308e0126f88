"""Every scenario comes true, and together they play every element and every sequence flow of every process."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from service.bpmn.scenarios import Played
from service.engine import rehearsal

PROJECT = Path(__file__).parents[1]
SCENARIOS = {f"{file.parent.name}/{file.stem}": file for file in rehearsal.scenario_files(PROJECT)}
PROCESSES = sorted(file.stem for file in (PROJECT / "processes").glob("*.bpmn"))


@cache
def project() -> rehearsal.Project:
    return rehearsal.read_project(PROJECT)


@cache
def played(name: str) -> Played:
    return rehearsal.play_file(project(), SCENARIOS[name])


@pytest.mark.parametrize("name", SCENARIOS)
def test_a_scenario_comes_true(name: str) -> None:
    failure = played(name).failure
    assert failure is None, failure and failure.message


@pytest.mark.parametrize("process_id", PROCESSES)
def test_every_element_and_every_flow_is_played(process_id: str) -> None:
    plays = [played(name) for name in SCENARIOS if name.startswith(f"{process_id}/")]
    unplayed = rehearsal.unplayed(project().models[process_id], plays)
    assert not unplayed, f"No scenario of {process_id} plays {', '.join(unplayed)}."
