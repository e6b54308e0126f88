"""Working days, measured against the golden dates of the regulation's dossier (2.5) and the announced arrangements."""

from __future__ import annotations

import json
from datetime import date, datetime
from pathlib import Path

import pytest

from service.calendar import Calendar
from service.clock import CITY_ZONE

# received, 2 working days, 5 working days, 15 working days; the day of receipt does not count
GOLDEN = """
2021-12-15 2021-12-17 2021-12-22 2022-01-06
2021-12-31 2022-01-05 2022-01-10 2022-01-24
2022-01-26 2022-01-28 2022-02-07 2022-02-21
2024-02-06 2024-02-08 2024-02-19 2024-03-04
2024-09-12 2024-09-14 2024-09-20 2024-10-10
2025-09-26 2025-09-29 2025-10-10 2025-10-23
2026-02-10 2026-02-12 2026-02-24 2026-03-09
2026-02-13 2026-02-24 2026-02-27 2026-03-12
2026-04-30 2026-05-07 2026-05-11 2026-05-25
2026-09-25 2026-09-29 2026-10-09 2026-10-22
2026-09-30 2026-10-09 2026-10-13 2026-10-27
2026-10-10 2026-10-13 2026-10-16 2026-10-30
2026-11-23 2026-11-25 2026-11-30 2026-12-14
"""


@pytest.mark.parametrize("line", GOLDEN.split("\n")[1:-1])
def test_golden_dates(line: str) -> None:
    received, *expected = (date.fromisoformat(text) for text in line.split())
    assert [Calendar().add(received, count) for count in (2, 5, 15)] == expected
    assert [Calendar().between(received, day) for day in expected] == [2, 5, 15]


def test_a_limit_that_reaches_into_a_year_not_yet_announced_is_provisional_until_it_is_confirmed() -> None:
    calendar = Calendar()
    deadline = calendar.add(date(2026, 12, 25), 5)
    assert calendar.is_provisional(deadline)
    assert not calendar.is_provisional(date(2026, 12, 29))
    assert not Calendar(confirmed=frozenset({2027})).is_provisional(deadline)


def test_local_closures_come_before_the_public_days() -> None:
    snow = Calendar(closures={date(2026, 11, 24): "off", date(2026, 11, 28): "work"})
    assert snow.add(date(2026, 11, 23), 1) == date(2026, 11, 25)
    assert snow.is_working_day(date(2026, 11, 28))
    assert snow.add(date(2026, 11, 25), -1) == date(2026, 11, 23)
    assert snow.between(date(2026, 11, 25), date(2026, 11, 23)) == -1


def test_a_day_ends_in_the_city() -> None:
    end = Calendar().end_of_day(date(2026, 2, 24))
    assert end == datetime(2026, 2, 24, 23, 59, 59, tzinfo=CITY_ZONE)


def test_every_announced_exception_since_2020_is_known(project: Path) -> None:
    file = project.parent / "shared" / "data" / "cn_workday_exceptions.json"
    announced = json.loads(file.read_text()) if file.exists() else {"2026": {"2026-02-14": "work", "2026-02-16": "off"}}
    calendar = Calendar()
    wrong = [
        day
        for year in announced.values()
        for day, kind in year.items()
        if calendar.is_working_day(date.fromisoformat(day)) != (kind == "work")
    ]
    assert wrong == []
