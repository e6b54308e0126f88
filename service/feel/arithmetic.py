"""What + - * / ** and - mean for the kinds of values (DMN 1.5, table 56 and following)."""

from __future__ import annotations

import calendar
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal, DecimalException
from typing import Any

from service.feel.values import NUMBERS, Time, YearsMonths, instant, kind

Warn = Callable[[str], None]


def calculate(sign: str, left: Any, right: Any, warn: Warn) -> Any:
    """`left sign right`; null with a warning where the standard gives no meaning."""
    try:
        result = _calculate(sign, left, right)
    except (DecimalException, OverflowError, ZeroDivisionError, ValueError):
        warn(f"“{sign}” has no result here (out of range, or a division by zero)")
        return None
    if result is NotImplemented:
        if left is not None and right is not None:
            warn(f"“{sign}” has no meaning for {kind(left)} and {kind(right)}")
        else:
            warn(f"“{sign}” with null is null")
        return None
    return result


def negate(value: Any, warn: Warn) -> Any:
    match value:
        case bool():
            pass
        case Decimal():
            return NUMBERS.minus(value)
        case timedelta():
            return -value
        case YearsMonths():
            return YearsMonths(-value.months)
    warn(f"“-” has no meaning for {kind(value)}")
    return None


def _calculate(sign: str, left: Any, right: Any) -> Any:
    if type(left) is Decimal and type(right) is Decimal:
        return _NUMERIC[sign](left, right)
    match sign:
        case "+":
            return _add(left, right)
        case "-":
            return _subtract(left, right)
        case "*":
            return _multiply(left, right)
        case "/":
            return _divide(left, right)
    return NotImplemented


def _power(left: Decimal, right: Decimal) -> Decimal:
    if abs(right) > 100_000:
        raise OverflowError
    return NUMBERS.power(left, right)


_NUMERIC: dict[str, Callable[[Decimal, Decimal], Decimal]] = {
    "+": NUMBERS.add,
    "-": NUMBERS.subtract,
    "*": NUMBERS.multiply,
    "/": NUMBERS.divide,
    "**": _power,
}


def _add(left: Any, right: Any) -> Any:
    match left, right:
        case str(), str():
            if len(left) + len(right) > 1_000_000:
                raise OverflowError
            return left + right
        case timedelta(), timedelta():
            return left + right
        case YearsMonths(), YearsMonths():
            return YearsMonths(left.months + right.months)
        case ((datetime() | date() | Time()), (timedelta() | YearsMonths())):
            return _shift(left, right)
        case ((timedelta() | YearsMonths()), (datetime() | date() | Time())):
            return _shift(right, left)
    return NotImplemented


def _subtract(left: Any, right: Any) -> Any:
    match left, right:
        case (date(), date()):
            if isinstance(left, datetime) and isinstance(right, datetime):
                if (left.tzinfo is None) != (right.tzinfo is None):
                    return NotImplemented
                return instant(left) - instant(right)
            return _midnight(left) - _midnight(right)
        case Time(), Time():
            if (left.zone is None) != (right.zone is None):
                return NotImplemented
            return timedelta(seconds=float(left.seconds - right.seconds))
        case timedelta(), timedelta():
            return left - right
        case YearsMonths(), YearsMonths():
            return YearsMonths(left.months - right.months)
        case ((datetime() | date() | Time()), timedelta()):
            return _shift(left, -right)
        case ((datetime() | date()), YearsMonths()):
            return _shift(left, YearsMonths(-right.months))
    return NotImplemented


def _multiply(left: Any, right: Any) -> Any:
    if type(right) is Decimal and not isinstance(left, Decimal):
        left, right = right, left
    match left, right:
        case Decimal(), timedelta():
            return _length(NUMBERS.multiply(left, _seconds(right)))
        case Decimal(), YearsMonths():
            return YearsMonths(int(NUMBERS.multiply(left, Decimal(right.months))))
    return NotImplemented


def _divide(left: Any, right: Any) -> Any:
    match left, right:
        case timedelta(), Decimal():
            return _length(NUMBERS.divide(_seconds(left), right))
        case YearsMonths(), Decimal():
            return YearsMonths(int(NUMBERS.divide(Decimal(left.months), right)))
        case timedelta(), timedelta():
            return NUMBERS.divide(_seconds(left), _seconds(right))
        case YearsMonths(), YearsMonths():
            return NUMBERS.divide(Decimal(left.months), Decimal(right.months))
    return NotImplemented


def _seconds(value: timedelta) -> Decimal:
    return Decimal(value.days * 86_400 + value.seconds) + Decimal(value.microseconds).scaleb(-6)


def _length(seconds: Decimal) -> timedelta:
    return timedelta(microseconds=int((seconds * 1_000_000).to_integral_value()))


def _midnight(value: date) -> datetime:
    if isinstance(value, datetime):
        return instant(value)
    return datetime(value.year, value.month, value.day, tzinfo=UTC)


def _shift(value: Any, by: timedelta | YearsMonths) -> Any:
    match value, by:
        case Time(), timedelta():
            moved = datetime.combine(date(2000, 1, 1), value.clock) + by
            return Time(moved.time(), value.zone)
        case datetime(), timedelta():
            return value + by
        case date(), timedelta():
            return (datetime(value.year, value.month, value.day) + by).date()
        case date(), YearsMonths():
            return add_months(value, by.months)
    return NotImplemented


def add_months(value: date, months: int) -> date:
    """The same day some months on; the last day of a shorter month."""
    year, month = divmod(value.year * 12 + value.month - 1 + months, 12)
    return value.replace(year=year, month=month + 1, day=min(value.day, calendar.monthrange(year, month + 1)[1]))
