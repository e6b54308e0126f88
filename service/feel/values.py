"""The values of FEEL in Python, what is equal and what comes first (DMN 1.5, section 10.3.2).

number is Decimal, string str, boolean bool, list list, context dict, range Range, function Function, null None; dates,
times and durations are those of service.feel.temporal.
"""

from __future__ import annotations

import decimal
import operator
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, time, timedelta
from decimal import Decimal
from typing import Any

from service.feel import temporal
from service.feel.nodes import TypeName
from service.feel.temporal import Date, DateTime, DaysTime, Time, YearsMonths

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
    """Something that can be called: `parameters` are the names that a named call may use.

    `types` are those of the parameters, one each, and `result` is that of the answer; None for one that is not known.
    """

    parameters: tuple[str, ...]
    call: Callable[..., Any]
    name: str = ""
    types: tuple[TypeName | None, ...] = ()
    result: TypeName | None = None


def listed(names: Iterable[str], most: int = 8) -> str:
    """Names for a message: “a”, “b” and so on, no more than `most`."""
    found = [f"“{name}”" for _, name in zip(range(most + 1), names, strict=False)]
    return ", ".join(found[:most]) + (", …" if len(found) > most else "")


def kind(value: Any) -> str:
    """The name of a value's type in FEEL."""
    if value is None:
        return "null"
    name = _KINDS.get(type(value))
    if name is None:
        name = "context" if isinstance(value, Mapping) else "unknown"
    return name


_KINDS: dict[type, str] = {
    Decimal: "number",
    str: "string",
    bool: "boolean",
    Date: "date",
    Time: "time",
    DateTime: "date and time",
    DaysTime: "days and time duration",
    YearsMonths: "years and months duration",
    list: "list",
    dict: "context",
    Range: "range",
    Function: "function",
}


_SCALARS = frozenset({Decimal, str, bool, type(None)})


def from_python(value: Any) -> Any:
    """A value of JSON or of Python, or a FEEL value, as a FEEL value: numbers become Decimal; text stays text."""
    cls = type(value)
    if cls is str or value is None or cls is bool or cls is Decimal:
        return value
    if cls is int:
        return Decimal(value)
    if cls is float:
        return NUMBERS.create_decimal(repr(value)) if value == value and abs(value) != float("inf") else None
    if cls is list or cls is tuple:
        return _items(value)
    if isinstance(value, Mapping):
        return {str(key): from_python(item) for key, item in value.items()}
    if isinstance(value, date | time | timedelta):
        return temporal.from_python(value)
    return value if cls in _KINDS else str(value)


def _items(values: Iterable[Any]) -> list[Any]:
    """The items of a list; contexts of plain FEEL values, which long lists are often made of, are taken as they are."""
    found = []
    for item in values:
        if type(item) is dict:
            for key, part in item.items():
                if type(part) not in _SCALARS or type(key) is not str:
                    item = from_python(item)
                    break
        elif type(item) not in _SCALARS:
            item = from_python(item)
        found.append(item)
    return found


# What values of a kind are ordered by, and are equal by; a second is the finest that counts of a time.
_KEYS: dict[type, Callable[[Any], Any]] = {
    Date: operator.attrgetter("days"),
    Time: operator.attrgetter("second_in_utc"),
    DateTime: operator.attrgetter("second_in_utc"),
    DaysTime: operator.attrgetter("nanos"),
    YearsMonths: operator.attrgetter("months"),
}
_ORDER = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}


def compare(sign: str, left: Any, right: Any) -> bool | None:
    """`left sign right`; None for values that have no order with each other."""
    cls = type(left)
    if cls is not type(right):
        return None
    if cls is Decimal or cls is str:
        return bool(_ORDER[sign](left, right))
    key = _KEYS.get(cls)
    if key is None:
        return None
    if _one_without_offset(left, right, cls):
        # The one without an offset takes that of the other; they are never equal.
        left, right, sign = left.wall_second, right.wall_second, sign[0]
        return bool(_ORDER[sign](left, right))
    return bool(_ORDER[sign](key(left), key(right)))


def _one_without_offset(left: Any, right: Any, cls: type) -> bool:
    return (cls is DateTime or cls is Time) and (left.offset is None) != (right.offset is None)


def equal(left: Any, right: Any) -> bool | None:
    """Whether two values are the same; None for values of different kinds, except that null is only null."""
    if left is None or right is None:
        return left is right
    cls = type(left)
    if cls in _KEYS and cls is type(right):
        return bool(_KEYS[cls](left) == _KEYS[cls](right)) and not _one_without_offset(left, right, cls)
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
        case "function":
            return left is right
    return bool(left == right)
