"""`check-coverage`: every instant of a week has somebody, or is told as a gap."""

from __future__ import annotations

from typing import Any

import pytest

from service.errors import BpmnError
from service.handlers import Job, check_coverage

MONDAY = "2026-02-16"


def _gaps(shifts: list[Any], stand_ins: Any = None) -> list[tuple[str, str]]:
    told = {"week_from": MONDAY, "roster_shifts": shifts, "stand_ins": stand_ins}
    answer = check_coverage.handler()(Job(1, "check-coverage", 1, 1, "check-coverage", {}, told, 3))
    assert answer is not None
    return [(one["from"][:16], one["to"][:16]) for one in answer["gaps"]]


def _shift(begins: str, ends: str, who: str = "li-min", **more: Any) -> dict[str, Any]:
    return {"from": begins, "to": ends, "who": who, **more}


def test_a_week_without_shifts_is_one_gap() -> None:
    assert _gaps([]) == [("2026-02-16T00:00", "2026-02-23T00:00")]


def test_shifts_that_touch_or_overlap_leave_no_gap_and_who_stands_in_fills_one() -> None:
    drawn = [
        _shift("2026-02-18T00:00", "2026-02-23T00:00", seat=2),
        _shift("2026-02-15T20:00", "2026-02-17T08:00", seat=1),
        _shift("2026-02-17T06:00+08:00", "2026-02-17T12:00+08:00", seat=3),
    ]
    gap = ("2026-02-17T12:00", "2026-02-18T00:00")
    assert _gaps(drawn) == [gap]
    assert _gaps(drawn, [_shift(*gap)]) == []


@pytest.mark.parametrize(
    "shift",
    [
        {"from": "2026-02-16T00:00"},
        "Monday",
        _shift("2026-02-16T08:00", "2026-02-16T08:00"),
        _shift("2026-02-16T00:00", "2026-02-16T08:00", who=" "),
    ],
)
def test_a_shift_that_is_not_clear_is_drawn_up_again(shift: Any) -> None:
    with pytest.raises(BpmnError, match="Shift 1") as refused:
        _gaps([shift])
    assert refused.value.code == check_coverage.UNREADABLE
