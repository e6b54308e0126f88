"""The values of FEEL in Python, what is equal and what comes first (DMN 1.5, section 10.3.2).

number is Decimal, string str, boolean bool, date date, time Time, date and time datetime, days and time duration
timedelta, years and months duration YearsMonths, list list, context dict, range Range, function Function; null None.
"""

from __future__ import annotations

import decimal
import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from datetime import time as clock_time
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

# Decimal128, as the standard asks: 34 digits, half to even.
NUMBERS = decimal.Context(
    prec=34,
    rounding=decimal.ROUND_HALF_EVEN,
    Emax=6144,
    Emin=-6143,
    traps=[decimal.InvalidOperation, decimal.DivisionByZero, decimal.Overflow],
)


class FeelLimit(ValueError):
    """An expression does more than it is given."""


@dataclass(frozen=True, slots=True)
class YearsMonths:
    """A years and months duration; `months` counts both, and may be negative."""

    months: int


@dataclass(frozen=True, slots=True)
class Time:
    """A time of day, with or without an offset or a zone; Python's own cannot tell the offset of a zone."""

    clock: clock_time
    zone: tzinfo | None = None

    @property
    def offset(self) -> timedelta | None:
        if self.zone is None:
            return None
        return self.zone.utcoffset(datetime(1970, 1, 1, tzinfo=UTC).replace(tzinfo=None))

    @property
    def seconds(self) -> Decimal:
        """Since midnight, in UTC if the time has an offset."""
        whole = timedelta(
            hours=self.clock.hour,
            minutes=self.clock.minute,
            seconds=self.clock.second,
            microseconds=self.clock.microsecond,
        )
        return Decimal(str((whole - (self.offset or timedelta(0))).total_seconds()))


@dataclass(frozen=True, slots=True)
class Range:
    """An interval; an end that is None is open to infinity. `(= 10)` is a point, and no `[10..10]` to the standard."""

    start: Any
    end: Any
    start_included: bool = True
    end_included: bool = True
    is_point: bool = False

    def contains(self, value: Any) -> bool | None:
        above = True if self.start is None else compare(">=" if self.start_included else ">", value, self.start)
        below = True if self.end is None else compare("<=" if self.end_included else "<", value, self.end)
        if above is None or below is None:
            return None
        return above and below


@dataclass(frozen=True, slots=True, eq=False)
class Function:
    """Something that can be called: `parameters` are the names that a named call may use."""

    parameters: tuple[str, ...]
    call: Callable[..., Any]
    name: str = ""


def kind(value: Any) -> str:
    """The name of a value's type in FEEL."""
    if value is None:
        return "null"
    name = _KINDS.get(type(value))
    if name is None:
        name = (
            "context" if isinstance(value, Mapping) else "date and time" if isinstance(value, datetime) else "unknown"
        )
    return name


_KINDS: dict[type, str] = {
    Decimal: "number",
    str: "string",
    bool: "boolean",
    date: "date",
    Time: "time",
    datetime: "date and time",
    timedelta: "days and time duration",
    YearsMonths: "years and months duration",
    list: "list",
    dict: "context",
    Range: "range",
    Function: "function",
}


def from_python(value: Any) -> Any:
    """A JSON value (or a FEEL value) as a FEEL value: numbers become Decimal; text stays text."""
    cls = type(value)
    if cls is str or value is None or cls is bool or cls is Decimal:
        return value
    if cls is int:
        return Decimal(value)
    if cls is float:
        return NUMBERS.create_decimal(repr(value)) if value == value and abs(value) != float("inf") else None
    if cls is list or cls is tuple:
        return [from_python(item) for item in value]
    if isinstance(value, Mapping):
        return {str(key): from_python(item) for key, item in value.items()}
    return value if cls in _KINDS or isinstance(value, datetime) else str(value)


def comparable(value: Any) -> Any:
    """What Python can order, for values of one kind; None if there is no order."""
    match value:
        case bool():
            return None
        case Decimal() | str() | timedelta():
            return value
        case datetime():
            return instant(value)
        case date():
            return value
        case Time():
            return value.seconds
        case YearsMonths():
            return value.months
    return None


def instant(value: datetime) -> datetime:
    """A date and time to compare by: without an offset it counts as UTC."""
    return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


_ORDER = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}


def compare(sign: str, left: Any, right: Any) -> bool | None:
    """`left sign right`; None for values that have no order with each other."""
    if kind(left) != kind(right):
        return None
    first, second = comparable(left), comparable(right)
    if first is None or second is None:
        return None
    return bool(_ORDER[sign](first, second))


def equal(left: Any, right: Any) -> bool | None:
    """Whether two values are the same; None for values of different kinds, except that null is only null."""
    if left is None or right is None:
        return left is right
    first, second = kind(left), kind(right)
    if first != second:
        return None
    match first:
        case "list":
            if len(left) != len(right):
                return False
            return all(equal(a, b) is True for a, b in zip(left, right, strict=True))
        case "context":
            return left.keys() == right.keys() and all(equal(left[key], right[key]) is True for key in left)
        case "range":
            ends = equal(left.start, right.start) and equal(left.end, right.end)
            signs = [(one.start_included, one.end_included, one.is_point) for one in (left, right)]
            same_signs = signs[0] == signs[1]
            return bool(ends and same_signs)
        case "date and time":
            if (left.tzinfo is None) != (right.tzinfo is None):
                return False
            return instant(left) == instant(right)
        case "time":
            if (left.zone is None) != (right.zone is None):
                return False
            return bool(left.seconds == right.seconds)
        case "function":
            return left is right
    return bool(left == right)


def zone_name(zone: tzinfo | None) -> str | None:
    """The IANA name of a zone, or None for a bare offset."""
    return zone.key if isinstance(zone, ZoneInfo) else None
