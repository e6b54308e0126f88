"""Cron with six fields, as Camunda 8 writes it, by the city's clocks."""

from __future__ import annotations

from datetime import datetime

import pytest

from service.bpmn.timers import BadTimer, following, schedule
from service.clock import CITY_ZONE

NOW = datetime(2026, 2, 10, 9, 0, tzinfo=CITY_ZONE)


@pytest.mark.parametrize(
    ("cron", "coming"),
    [
        ("0 0 9-17 * * MON-FRI", "2026-02-10 10:00"),
        ("0 0 0 L * *", "2026-02-28 00:00"),
        ("0 0 0 1W * *", "2026-03-02 00:00"),
        ("0 0 0 * * 5L", "2026-02-27 00:00"),
        ("0 0 0 * * FRIL", "2026-02-27 00:00"),
        ("0 0 0 ? * MON#1", "2026-03-02 00:00"),
        ("0 0 9 * * 0", "2026-02-15 09:00"),
        ("0 0 9 * * 7", "2026-02-15 09:00"),
        ("0 0 0 13 * MON", "2026-04-13 00:00"),
        ("@daily", "2026-02-11 00:00"),
        ("@weekly", "2026-02-15 00:00"),
        ("@yearly", "2027-01-01 00:00"),
    ],
)
def test_the_next_time(cron: str, coming: str) -> None:
    assert f"{schedule('cycle', cron, NOW).due.astimezone(CITY_ZONE):%F %H:%M}" == coming


@pytest.mark.parametrize(
    ("kind", "value", "coming"),
    [
        ("duration", "P1W", "2026-02-17 09:00"),
        ("duration", "P1Y2M3DT4H", "2027-04-13 13:00"),
        ("duration", "P1W1D", "2026-02-18 09:00"),
        ("duration", "-P1W", "2026-02-03 09:00"),
        ("cycle", "R2/P1M1D", "2026-03-11 09:00"),
        ("date", "2026-03-01T09:00:00+01:00[Europe/Berlin]", "2026-03-01 16:00"),
        ("date", "2026-03-01T09:00:00[Europe/Berlin]", "2026-03-01 16:00"),
        ("date", "2026-03-01T09:00:00Z[UTC]", "2026-03-01 17:00"),
    ],
)
def test_lengths_and_dates_are_read_as_iso_8601_and_java_write_them(kind: str, value: str, coming: str) -> None:
    assert f"{schedule(kind, value, NOW).due.astimezone(CITY_ZONE):%F %H:%M}" == coming


@pytest.mark.parametrize("value", ["P", "PT", "P1WT", "P-1D", "P1H", "1W"])
def test_what_is_no_length_is_refused(value: str) -> None:
    with pytest.raises(BadTimer):
        schedule("duration", value, NOW)


@pytest.mark.parametrize(("cycle", "times"), [("R3/PT1H", 3), ("R1/PT1H", 1), ("R0/PT1H", 1), ("R2/P1M1D", 2)])
def test_a_cycle_comes_as_often_as_it_says(cycle: str, times: int) -> None:
    coming, found = schedule("cycle", cycle, NOW), 1
    while again := following(coming.interval, coming.repeats_left, coming.due, NOW):
        coming, found = again, found + 1
    assert found == times


@pytest.mark.parametrize("cron", ["0 0 0 * * XYZL", "61 * * * * *", "@often", "0 0 0 30 2 *"])
def test_what_never_comes_is_refused(cron: str) -> None:
    with pytest.raises(BadTimer):
        schedule("cycle", cron, NOW)
