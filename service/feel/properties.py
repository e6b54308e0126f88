"""What stands behind a point: entries of contexts, parts of dates, times, durations and ranges (tables 64 to 67)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from service.feel.temporal import DAY, SECOND, Date, DateTime, DaysTime, Time, YearsMonths
from service.feel.values import Range, kind, listed

_ABSENT = object()
_HOUR, _MINUTE = 3600 * SECOND, 60 * SECOND


def read_property(value: Any, name: str, warn: Callable[[str], None], source: str = "") -> Any:
    """The part of a value with this name; null and a warning if it has none, by `source`, its path in the text.

    A list answers with the parts of its items.
    """
    if isinstance(value, list):
        return [read_property(item, name, warn, source) for item in value]
    if isinstance(value, Mapping):
        found = value.get(name, _ABSENT)
    else:
        read = _PARTS.get(type(value), {}).get(name)
        found = _ABSENT if read is None else read(value)
    if found is not _ABSENT:
        return found
    if value is not None:
        parts = value if isinstance(value, Mapping) else _PARTS.get(type(value), {})
        there = f"it has {listed(parts)}" if parts else "it has no parts"
        warn(f"null because “{source or name}” is not defined: {kind(value)} has no “{name}”, {there}")
    return None


Part = Callable[[Any], Any]


def _number(read: Callable[[Any], int]) -> Part:
    return lambda value: Decimal(read(value))


def _seconds(nanos: int) -> Decimal:
    """Nanoseconds as seconds, without the fraction if that is nothing."""
    whole, rest = divmod(nanos, SECOND)
    return Decimal(nanos).scaleb(-9).normalize() if rest else Decimal(whole)


def _sign(count: int) -> int:
    return -1 if count < 0 else 1


_OF_DATES: dict[str, Part] = {
    "year": _number(lambda value: value.year),
    "month": _number(lambda value: value.month),
    "day": _number(lambda value: value.day),
    "weekday": _number(lambda value: value.weekday),
}
_OF_TIMES: dict[str, Part] = {
    "hour": _number(lambda value: value.nanos // _HOUR),
    "minute": _number(lambda value: value.nanos // _MINUTE % 60),
    "second": lambda value: _seconds(value.nanos % _MINUTE),
    "time offset": lambda value: None if value.offset is None else DaysTime(value.offset * SECOND),
    "timezone": lambda value: value.zone,
}
# The parts of a negative duration are all negative.
_PARTS: dict[type, dict[str, Part]] = {
    Date: _OF_DATES,
    Time: _OF_TIMES,
    DateTime: {name: lambda value, read=read: read(value.date) for name, read in _OF_DATES.items()} | _OF_TIMES,
    DaysTime: {
        "days": _number(lambda value: _sign(value.nanos) * (abs(value.nanos) // DAY)),
        "hours": _number(lambda value: _sign(value.nanos) * (abs(value.nanos) % DAY // _HOUR)),
        "minutes": _number(lambda value: _sign(value.nanos) * (abs(value.nanos) % _HOUR // _MINUTE)),
        "seconds": lambda value: _sign(value.nanos) * _seconds(abs(value.nanos) % _MINUTE),
    },
    YearsMonths: {
        "years": _number(lambda value: _sign(value.months) * (abs(value.months) // 12)),
        "months": _number(lambda value: _sign(value.months) * (abs(value.months) % 12)),
    },
    Range: {
        "start": lambda value: value.start,
        "end": lambda value: value.end,
        "start included": lambda value: value.start_included,
        "end included": lambda value: value.end_included,
    },
}
