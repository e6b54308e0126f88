"""Dates, times and durations as FEEL has them: years to ±999,999,999, nanoseconds, zones (DMN, section 10.3.2.3)."""

from __future__ import annotations

import datetime as python
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

SECOND = 1_000_000_000
DAY = 86_400 * SECOND
LARGEST_YEAR = 999_999_999
LARGEST_OFFSET = 18 * 3600
# Nanoseconds or months of a duration: what a number of 34 digits counts exactly.
LARGEST_DURATION = 10**34

# The calendar of Gregory repeats after 400 years; Python knows one such cycle, 1 to 400, and more of them to 9999.
_CYCLE_YEARS, _CYCLE_DAYS = 400, 146_097
_EPOCH = python.datetime(1970, 1, 1)
_EPOCH_DAY = _EPOCH.toordinal()


def days_of(year: int, month: int, day: int) -> int:
    """The number of a day, 1 for 0001-01-01; raises ValueError for a day that no calendar has."""
    if not -LARGEST_YEAR <= year <= LARGEST_YEAR:
        raise ValueError(f"the year {year} is out of range (-{LARGEST_YEAR} to {LARGEST_YEAR})")
    cycle, rest = divmod(year - 1, _CYCLE_YEARS)
    return python.date(rest + 1, month, day).toordinal() + cycle * _CYCLE_DAYS


def _in_cycle(days: int) -> tuple[int, python.date]:
    """The years before the 400 years' cycle in which a day is, and the day in the first cycle."""
    cycle, rest = divmod(days - 1, _CYCLE_DAYS)
    return cycle * _CYCLE_YEARS, python.date.fromordinal(rest + 1)


@dataclass(frozen=True, slots=True)
class Date:
    """A day by its number, 1 for 0001-01-01; raises ValueError beyond the years ±999,999,999."""

    days: int

    def __post_init__(self) -> None:
        if not _MIN_DAYS <= self.days <= _MAX_DAYS:
            raise ValueError(f"the day is out of range (years -{LARGEST_YEAR} to {LARGEST_YEAR})")

    @classmethod
    def of(cls, year: int, month: int, day: int) -> Date:
        return cls(days_of(year, month, day))

    @property
    def parts(self) -> tuple[int, int, int]:
        """Year, month and day."""
        before, day = _in_cycle(self.days)
        return before + day.year, day.month, day.day

    @property
    def year(self) -> int:
        return self.parts[0]

    @property
    def month(self) -> int:
        return self.parts[1]

    @property
    def day(self) -> int:
        return self.parts[2]

    @property
    def weekday(self) -> int:
        """1 for Monday to 7 for Sunday."""
        return (self.days - 1) % 7 + 1

    @property
    def day_of_year(self) -> int:
        return self.days - days_of(self.year, 1, 1) + 1

    @property
    def week_of_year(self) -> int:
        """As ISO 8601 counts: the first week is the one with the first Thursday."""
        return int(_in_cycle(self.days)[1].isocalendar().week)

    @property
    def last_of_month(self) -> Date:
        year, month, _ = self.parts
        return Date(days_of(year, month, 1) + _month_length(year, month) - 1)

    def plus_months(self, months: int) -> Date:
        """The same day some months on; the last day of a shorter month."""
        year, month, day = self.parts
        year, month = divmod(year * 12 + month - 1 + months, 12)
        return Date.of(year, month + 1, min(day, _month_length(year, month + 1)))


def _month_length(year: int, month: int) -> int:
    if month == 2:
        return 29 if year % 4 == 0 and (year % 100 != 0 or year % 400 == 0) else 28
    return 30 if month in (4, 6, 9, 11) else 31


_MIN_DAYS, _MAX_DAYS = days_of(-LARGEST_YEAR, 1, 1), days_of(LARGEST_YEAR, 12, 31)


@dataclass(frozen=True, slots=True)
class Time:
    """A time of day: `nanos` since midnight, with or without an offset (in seconds) and the IANA name of a zone.

    A zone without a day has its standard offset, that of winter. Equal as Python sees it is what `is()` asks.
    """

    nanos: int
    offset: int | None = None
    zone: str | None = None

    @property
    def second_in_utc(self) -> int:
        """What times are ordered by; without an offset, the second of the day."""
        return self.nanos // SECOND - (self.offset or 0)

    @property
    def wall_second(self) -> int:
        return self.nanos // SECOND

    @property
    def instant(self) -> int:
        """Nanoseconds since midnight in UTC; without an offset, as if it were in UTC."""
        return self.nanos - (self.offset or 0) * SECOND

    def plus(self, length: DaysTime) -> Time:
        """Round the clock."""
        return Time((self.nanos + length.nanos) % DAY, self.offset, self.zone)


@dataclass(frozen=True, slots=True)
class DateTime:
    """A date and time: the day's number and its nanoseconds as the wall shows them, with or without offset and zone."""

    days: int
    nanos: int
    offset: int | None = None
    zone: str | None = None

    def __post_init__(self) -> None:
        if not _MIN_DAYS <= self.days <= _MAX_DAYS:
            raise ValueError(f"the day is out of range (years -{LARGEST_YEAR} to {LARGEST_YEAR})")

    @classmethod
    def at(cls, date: Date, time: Time) -> DateTime:
        """A day's time; one that its zone's clocks leave out is as much later as they are put forward."""
        if time.zone is None:
            return cls(date.days, time.nanos, time.offset)
        local = date.days * DAY + time.nanos
        return cls.of_instant(local - offset_at(time.zone, local) * SECOND, time.zone)

    @classmethod
    def of_instant(cls, nanos: int, zone: str) -> DateTime:
        """What the clocks of a zone show at an instant, given in nanoseconds as `instant` counts."""
        offset = offset_at(zone, nanos, utc=True)
        days, rest = divmod(nanos + offset * SECOND, DAY)
        return cls(days, rest, offset, zone)

    @property
    def instant(self) -> int:
        """Nanoseconds in UTC, counted from day 0; without an offset, as if it were in UTC."""
        return self.days * DAY + self.nanos - (self.offset or 0) * SECOND

    @property
    def second_in_utc(self) -> int:
        """What dates and times are ordered by; without an offset, the second that the wall shows."""
        return self.wall_second - (self.offset or 0)

    @property
    def wall_second(self) -> int:
        return self.days * 86_400 + self.nanos // SECOND

    @property
    def shown_again(self) -> bool:
        """Whether the clocks, put back, show this time for the second time; by the zone alone it is the first."""
        return self.zone is not None and offset_at(self.zone, self.days * DAY + self.nanos) != self.offset

    @property
    def date(self) -> Date:
        return Date(self.days)

    @property
    def time(self) -> Time:
        return Time(self.nanos, standard_offset(self.zone) if self.zone else self.offset, self.zone)

    def plus(self, length: DaysTime) -> DateTime:
        """The date and time that much later; a zone's offset is that of then."""
        if self.zone is not None:
            return DateTime.of_instant(self.instant + length.nanos, self.zone)
        days, nanos = divmod(self.nanos + length.nanos, DAY)
        return DateTime(self.days + days, nanos, self.offset)

    def plus_months(self, months: int) -> DateTime:
        """The same time on the same day some months on; the last day of a shorter month."""
        return DateTime.at(self.date.plus_months(months), Time(self.nanos, self.offset, self.zone))


@dataclass(frozen=True, slots=True)
class DaysTime:
    """A days and time duration in nanoseconds; raises ValueError for one of more than 34 digits."""

    nanos: int

    def __post_init__(self) -> None:
        if not -LARGEST_DURATION < self.nanos < LARGEST_DURATION:
            raise ValueError("the duration is too long")


@dataclass(frozen=True, slots=True)
class YearsMonths:
    """A years and months duration; `months` counts both, and may be negative."""

    months: int

    def __post_init__(self) -> None:
        if not -LARGEST_DURATION < self.months < LARGEST_DURATION:
            raise ValueError("the duration is too long")


def from_python(value: python.date | python.time | python.timedelta) -> Date | Time | DateTime | DaysTime:
    """Python's date, time, datetime or timedelta as ours."""
    if isinstance(value, python.timedelta):
        return DaysTime(value // python.timedelta(microseconds=1) * 1000)
    if isinstance(value, python.datetime | python.time):
        nanos = ((value.hour * 60 + value.minute) * 60 + value.second) * SECOND + value.microsecond * 1000
        away, zone = value.utcoffset(), value.tzinfo.key if isinstance(value.tzinfo, ZoneInfo) else None
        offset = None if away is None else int(away.total_seconds())
        if isinstance(value, python.datetime):
            return DateTime(value.toordinal(), nanos, offset, zone)
        return Time(nanos, standard_offset(zone) if zone else offset, zone)
    return Date(value.toordinal())


def to_python(value: Any) -> Any:
    """Ours as Python's date, time, datetime or timedelta, to the microsecond; other values as they are.

    Raises ValueError for what Python cannot hold: a duration that is too long, a day before 0001-01-02 or after
    9999-12-30 (their moments have a day in every zone).
    """
    if isinstance(value, Date | DateTime) and not 1 < value.days < python.date.max.toordinal():
        raise ValueError(f"the year {Date(value.days).year} is out of range (0001-01-02 to 9999-12-30)")
    match value:
        case Date():
            return python.date.fromordinal(value.days)
        case Time():
            return (_EPOCH + python.timedelta(microseconds=value.nanos // 1000)).time().replace(tzinfo=_tzinfo(value))
        case DateTime():
            wall = python.datetime.fromordinal(value.days) + python.timedelta(microseconds=value.nanos // 1000)
            return wall.replace(tzinfo=_tzinfo(value), fold=value.shown_again)
        case DaysTime():
            try:
                return python.timedelta(microseconds=value.nanos // 1000)
            except OverflowError as error:
                raise ValueError("the duration is too long") from error
    return value


def _tzinfo(value: Time | DateTime) -> python.tzinfo | None:
    if value.zone is not None:
        return zone_info(value.zone)
    return None if value.offset is None else python.timezone(python.timedelta(seconds=value.offset))


@lru_cache(maxsize=1000)
def zone_info(name: str) -> ZoneInfo:
    """The zone with an IANA name; raises ValueError for an unknown one."""
    try:
        return ZoneInfo(name)
    except (KeyError, OSError, ValueError) as error:
        raise ValueError(f"unknown zone “{name[:80]}”") from error


def offset_at(zone: str, nanos: int, *, utc: bool = False) -> int:
    """The offset of a zone in seconds, when its clocks show a time (or UTC's do), in nanoseconds from day 0.

    Of a time that the clocks show twice it is the first one's. Beyond the years that Python knows, the rule is that of
    the same year in a neighbouring cycle of 400 years.
    """
    days, rest = divmod(nanos, DAY)
    if not 400 < days < 3_650_000:
        days = (days - 1) % _CYCLE_DAYS + 1 + (23 * _CYCLE_DAYS if days > 0 else 400)
    seconds, info = (days - _EPOCH_DAY) * 86_400 + rest // SECOND, zone_info(zone)
    if utc:
        offset = python.datetime.fromtimestamp(seconds, info).utcoffset()
    else:
        offset = info.utcoffset(_EPOCH + python.timedelta(seconds=seconds))
    return offset.days * 86_400 + offset.seconds if offset else 0


@lru_cache(maxsize=1000)
def standard_offset(zone: str) -> int:
    """The offset of a zone in seconds that a time without a day has: that of winter, in 2025."""
    return min(offset_at(zone, days_of(2025, month, 1) * DAY) for month in (1, 7))
