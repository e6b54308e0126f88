"""What stands behind a point: entries of contexts, parts of dates, times, durations and ranges."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from service.feel.values import Range, Time, YearsMonths, kind, zone_name

_ABSENT = object()


def read_property(value: Any, name: str, warn: Callable[[str], None]) -> Any:
    """The part of a value with this name; null and a warning if it has none."""
    found = _read(value, name)
    if found is not _ABSENT:
        return found
    if value is not None:
        warn(f"{kind(value)} has no “{name}”")
    return None


def _read(value: Any, name: str) -> Any:
    match value:
        case Mapping():
            return value.get(name, _ABSENT)
        case datetime():
            return _date(value, name, _clock(value.hour, value.minute, value.second, value, name))
        case date():
            return _date(value, name, _ABSENT)
        case Time():
            clock = value.clock
            if name == "time offset":
                return value.offset
            if name == "timezone":
                return zone_name(value.zone)
            return _numbers(name, hour=clock.hour, minute=clock.minute, second=clock.second)
        case timedelta():
            sign, length = (-1, -value) if value < timedelta(0) else (1, value)
            hours, rest = divmod(length.seconds, 3600)
            return _numbers(
                name,
                days=sign * length.days,
                hours=sign * hours,
                minutes=sign * (rest // 60),
                seconds=sign * (rest % 60),
            )
        case YearsMonths():
            sign = -1 if value.months < 0 else 1
            years, months = divmod(abs(value.months), 12)
            return _numbers(name, years=sign * years, months=sign * months)
        case Range():
            parts = {
                "start": value.start,
                "end": value.end,
                "start included": value.start_included,
                "end included": value.end_included,
            }
            return parts.get(name, _ABSENT)
    return _ABSENT


def _date(value: date, name: str, otherwise: Any) -> Any:
    found = _numbers(name, year=value.year, month=value.month, day=value.day, weekday=value.isoweekday())
    return otherwise if found is _ABSENT else found


def _clock(hour: int, minute: int, second: int, value: datetime, name: str) -> Any:
    if name == "time offset":
        return value.utcoffset()
    if name == "timezone":
        return zone_name(value.tzinfo)
    return _numbers(name, hour=hour, minute=minute, second=second)


def _numbers(name: str, **parts: int) -> Any:
    return Decimal(parts[name]) if name in parts else _ABSENT
