"""What + - * / ** and - mean for the kinds of values (DMN 1.5, section 10.3.2.9, addition to exponentiation)."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal, DecimalException
from typing import Any

from service.feel.temporal import DAY, Date, DateTime, DaysTime, Time, YearsMonths
from service.feel.values import NUMBERS, kind

Warn = Callable[[str], None]
Calculation = Callable[[Any, Any], Any]


def calculate(sign: str, left: Any, right: Any, warn: Warn) -> Any:
    """`left sign right`; null with a warning where the standard gives no meaning."""
    meaning = _MEANINGS.get((sign, type(left), type(right)))
    if meaning is not None:
        try:
            return meaning(left, right)
        except ValueError as error:
            warn(f"“{sign}”: {error}")
            return None
        except (DecimalException, OverflowError, ZeroDivisionError):
            warn(f"“{sign}” has no result here (out of range, or a division by zero)")
            return None
    if left is not None and right is not None:
        warn(f"“{sign}” has no meaning for {kind(left)} and {kind(right)}")
    else:
        warn(f"“{sign}” with null is null")
    return None


def negate(value: Any, warn: Warn) -> Any:
    match value:
        case bool():
            pass
        case Decimal():
            return NUMBERS.minus(value)
        case DaysTime():
            return DaysTime(-value.nanos)
        case YearsMonths():
            return YearsMonths(-value.months)
    warn(f"“-” has no meaning for {kind(value)}")
    return None


def _power(left: Decimal, right: Decimal) -> Decimal:
    if abs(right) > 100_000:
        raise OverflowError
    return NUMBERS.power(left, right) if right else Decimal(1)  # as IEEE 754 has it, of 0 too


def _join(left: str, right: str) -> str:
    if len(left) + len(right) > 1_000_000:
        raise OverflowError
    return left + right


def _later(value: Time | DateTime, length: DaysTime) -> Time | DateTime:
    return value.plus(length)


def _earlier(value: Time | DateTime, length: DaysTime) -> Time | DateTime:
    return value.plus(DaysTime(-length.nanos))


def _months_later(value: Date | DateTime, length: YearsMonths) -> Date | DateTime:
    return value.plus_months(length.months)


def _months_earlier(value: Date | DateTime, length: YearsMonths) -> Date | DateTime:
    return value.plus_months(-length.months)


def _between(left: DateTime | Time, right: DateTime | Time) -> DaysTime:
    if (left.offset is None) != (right.offset is None):
        raise ValueError("one has an offset from UTC, the other has none")
    return DaysTime(left.instant - right.instant)


def _midnight(date: Date) -> DateTime:
    return DateTime(date.days, 0, 0)


def _scaled(number: Decimal, length: DaysTime) -> DaysTime:
    return DaysTime(_rounded(NUMBERS.multiply(number, Decimal(length.nanos))))


def _months_scaled(number: Decimal, length: YearsMonths) -> YearsMonths:
    return YearsMonths(_whole(NUMBERS.multiply(number, Decimal(length.months))))


def _rounded(number: Decimal) -> int:
    return _whole(number.to_integral_value())


def _whole(number: Decimal) -> int:
    """Without its fraction; raises OverflowError for more than a duration can hold, before it is written out."""
    if number.adjusted() > 34:
        raise OverflowError
    return int(number)


def _turned(meaning: Calculation) -> Calculation:
    return lambda left, right: meaning(right, left)


# By sign and kinds; what is not here has no meaning.
_MEANINGS: dict[tuple[str, type, type], Calculation] = {
    ("+", Decimal, Decimal): NUMBERS.add,
    ("-", Decimal, Decimal): NUMBERS.subtract,
    ("*", Decimal, Decimal): NUMBERS.multiply,
    ("/", Decimal, Decimal): NUMBERS.divide,
    ("**", Decimal, Decimal): _power,
    ("+", str, str): _join,
    ("+", DaysTime, DaysTime): lambda left, right: DaysTime(left.nanos + right.nanos),
    ("-", DaysTime, DaysTime): lambda left, right: DaysTime(left.nanos - right.nanos),
    ("+", YearsMonths, YearsMonths): lambda left, right: YearsMonths(left.months + right.months),
    ("-", YearsMonths, YearsMonths): lambda left, right: YearsMonths(left.months - right.months),
    # A date counts from its midnight, and stays a date.
    ("+", Date, DaysTime): lambda date, length: Date(date.days + length.nanos // DAY),
    ("-", Date, DaysTime): lambda date, length: Date(date.days + -length.nanos // DAY),
    ("+", Date, YearsMonths): _months_later,
    ("-", Date, YearsMonths): _months_earlier,
    ("+", DateTime, DaysTime): _later,
    ("-", DateTime, DaysTime): _earlier,
    ("+", DateTime, YearsMonths): _months_later,
    ("-", DateTime, YearsMonths): _months_earlier,
    ("+", Time, DaysTime): _later,
    ("-", Time, DaysTime): _earlier,
    ("-", Date, Date): lambda left, right: DaysTime((left.days - right.days) * DAY),
    ("-", DateTime, DateTime): _between,
    ("-", DateTime, Date): lambda left, right: _between(left, _midnight(right)),
    ("-", Date, DateTime): lambda left, right: _between(_midnight(left), right),
    ("-", Time, Time): _between,
    ("*", Decimal, DaysTime): _scaled,
    ("*", Decimal, YearsMonths): _months_scaled,
    ("/", DaysTime, Decimal): lambda left, right: DaysTime(_rounded(NUMBERS.divide(Decimal(left.nanos), right))),
    ("/", YearsMonths, Decimal): lambda left, right: YearsMonths(_whole(NUMBERS.divide(Decimal(left.months), right))),
    ("/", DaysTime, DaysTime): lambda left, right: NUMBERS.divide(Decimal(left.nanos), Decimal(right.nanos)),
    ("/", YearsMonths, YearsMonths): lambda left, right: NUMBERS.divide(Decimal(left.months), Decimal(right.months)),
}
_MEANINGS |= {
    (sign, second, first): _turned(meaning)
    for (sign, first, second), meaning in _MEANINGS.items()
    if first is not second and (sign == "*" or (sign == "+" and second in (DaysTime, YearsMonths)))
}
