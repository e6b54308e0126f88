"""A state that was ever written is read for ever: one recorded file for each version of the format.

The files were written once, by the version that they are named after, and are never written again.
"""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from service import bpmn
from service.bpmn import state
from service.errors import StuckError
from tests.bpmn.test_run import NOW, Player

RECORDED = Path(__file__).parent / "states"
OPEN = ["b", "call", "deep", "heard", "limit", "remind", "work"]


def restored(name: str) -> bpmn.Run:
    model = bpmn.read_model((RECORDED / f"{name}.bpmn").read_bytes(), f"{name}.bpmn")
    dumped = base64.b64decode((RECORDED / f"{name}.state").read_text())
    assert dumped[0] == int(name)
    return bpmn.Run.restore(model, dumped, bpmn.RunContext(now=lambda: NOW, decide=Player._no_decision))


def test_every_version_of_the_format_is_recorded() -> None:
    assert sorted(path.stem for path in RECORDED.glob("*.state")) == [str(n) for n in range(1, state.VERSION + 1)]


@pytest.mark.parametrize("name", sorted(path.stem for path in RECORDED.glob("*.state")))
def test_a_recorded_state_stands_where_it_stood_and_goes_on_to_its_end(name: str) -> None:
    run = restored(name)
    waits = {one.element_id: one for one in run.advance().items}
    assert sorted(waits) == OPEN
    assert run.visible(waits["deep"].id) == {
        "x": 2,
        "matter": "M",
        "text": "市民来电 🐎",
        "list": [1, {"a": None}],
        "sent_at": "2026-02-10T09:00:00+08:00",
        "inner": 1,
        "own": 2,
    }
    remind = waits["remind"].attributes
    assert (remind["due"], remind["repeats_left"]) == (datetime(2026, 2, 10, 3, 0, tzinfo=UTC), 3)
    assert waits["limit"].attributes["due"] == NOW + timedelta(days=5)
    run.fire_timer(waits["remind"].id)
    for task in ("b", "call", "deep", "work"):
        run.complete(waits[task].id, {task: True})
        run.advance()
    run.receive(waits["heard"].id, {"said": "yes"})
    ended = run.advance()
    assert ended.ended
    assert {"b", "call", "work", "deep", "said"} <= set(ended.variables)


def test_a_state_of_a_later_version_is_an_incident_and_not_a_guess() -> None:
    dumped = base64.b64decode((RECORDED / "1.state").read_text())
    model = bpmn.read_model((RECORDED / "1.bpmn").read_bytes(), "1.bpmn")
    context = bpmn.RunContext(now=lambda: NOW, decide=Player._no_decision)
    with pytest.raises(StuckError, match="newer version"):
        bpmn.Run.restore(model, bytes([state.VERSION + 1]) + dumped[1:], context)
