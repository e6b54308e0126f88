"""Cron with six fields, as Camunda 8 writes it, by the city's clocks."""

from __future__ import annotations

from datetime import datetime

import pytest

from service.bpmn.timers import BadTimer, schedule
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


@pytest.mark.parametrize("cron", ["0 0 0 * * XYZL", "61 * * * * *", "@often", "0 0 0 30 2 *"])
def test_what_never_comes_is_refused(cron: str) -> None:
    with pytest.raises(BadTimer):
        schedule("cycle", cron, NOW)
