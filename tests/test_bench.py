"""The bench measures all that it promises; how long things take is not tested."""

from __future__ import annotations

import pytest

from tests.bench import decisions
from tests.bench.measure import SMALL, measure
from tests.conftest import NewUrl
from tests.stores import STORES


@pytest.mark.parametrize("store", STORES)
def test_every_measure_has_its_row(store: str, new_url: NewUrl) -> None:
    rows = measure(lambda: new_url(store), SMALL, load_seconds=1)
    assert [row.measure for row in rows] == [
        "floor: bare driver",
        "floor: SQLAlchemy Core",
        "start to the first user task",
        "claim",
        "complete",
        "correlate a message",
        "idle tick, 100 timers wait",
        "whole small case",
        "round 1 of a loop",
        "round 10 of a loop",
        "largest state, 10 rounds",
        "a case with three tasks",
        "a case with three tasks",
        "a matter from intake to closed file",
        "a matter from intake to closed file",
        "largest state of a matter",
        "multi-instance of 3",
        "migration of 3",
        "3 deadlines in the same second",
        "start under load, 60 open, 1 s: p50",
        "start under load, 60 open, 1 s: p95",
        "start under load, 60 open, 1 s: slowest",
        "complete under load, 60 open, 1 s: p50",
        "complete under load, 60 open, 1 s: p95",
        "complete under load, 60 open, 1 s: slowest",
        "overdue after the load",
    ]
    assert all(row.median for row in rows)
    assert all(row.met is not None for row in rows if row.aim)


def test_what_is_decided_is_measured_beside_the_same_by_hand() -> None:
    rows = decisions.measure(SMALL.decisions)
    assert [row.measure for row in rows] == [
        "compile a comparison",
        "a comparison",
        "a path",
        "a filter of 1,000",
        "date arithmetic",
        "a table of 50 by 5",
        "a table of 500 by 10",
        "a graph of 10 decisions",
    ]
    assert all(row.median and row.by_hand and row.ratio for row in rows)
    assert all(row.met is not None for row in rows if row.aim)


def test_what_is_done_by_hand_gives_what_is_decided() -> None:
    pairs = [one for one in decisions.pairs() if one.measure != "compile a comparison"]
    assert [one.act() for one in pairs] == [one.floor() for one in pairs]
