"""Working days of the city: public holidays, make-up working days, local closures.

Source of the public days: the State Council's yearly arrangements, as the `holidays` library keeps them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import cache
from typing import Any

from service.clock import CITY_ZONE

_ONE_DAY = timedelta(days=1)
_LATEST = date(2099, 12, 31)


@dataclass(frozen=True)
class Calendar:
    """`closures`: day → "off" or "work", set by an administrator; `confirmed`: years whose days are known to be final.

    A year that the State Council has not announced is provisional: only its statutory days are known.
    """

    closures: Mapping[date, str] = field(default_factory=dict)
    confirmed: frozenset[int] = frozenset()

    def is_working_day(self, day: date) -> bool:
        """Whether people work on a day. Raises ValueError beyond 2099."""
        if day > _LATEST:
            raise ValueError(f"{day} is beyond the calendar")
        local = self.closures.get(day)
        if local:
            return local == "work"
        return day in _working_days(day.year)

    def add(self, day: date, count: int) -> date:
        """The working day `count` working days after a day, which does not count itself; before it if negative."""
        step = _ONE_DAY if count >= 0 else -_ONE_DAY
        left = abs(count)
        while left:
            day += step
            left -= self.is_working_day(day)
        return day

    def between(self, start: date, end: date) -> int:
        """The working days after `start` up to and with `end`; negative if `end` is before."""
        if end < start:
            return -self.between(end, start)
        days = (start + _ONE_DAY * number for number in range(1, (end - start).days + 1))
        return sum(self.is_working_day(day) for day in days)

    def is_provisional(self, day: date) -> bool:
        """Whether a working day counted up to this day may move when its year is announced."""
        return day.year > _announced() and day.year not in self.confirmed

    def end_of_day(self, day: date) -> datetime:
        """The last second of a day in the city."""
        return datetime.combine(day, time(23, 59, 59), CITY_ZONE)


@cache
def _announced() -> int:
    return int(max(_china(2026).special_public_holidays))


@cache
def _working_days(year: int) -> frozenset[date]:
    known = _china(year)
    return frozenset(day for day in _days(year) if known.is_working_day(day))


def _china(year: int) -> Any:
    # Read when days are counted first: a start that counts none does without the calendars of all countries.
    import holidays

    return holidays.country_holidays("CN", years=year)


def _days(year: int) -> Iterator[date]:
    day = date(year, 1, 1)
    while day.year == year:
        yield day
        day += _ONE_DAY
