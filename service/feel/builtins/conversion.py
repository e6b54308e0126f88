"""Built-ins that make a value of another kind."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from service.clock import CITY_ZONE
from service.feel import texts
from service.feel.builtins.define import NoResult, define, integer
from service.feel.builtins.temporal import day_of
from service.feel.environment import Scope
from service.feel.temporal import DAY, LARGEST_OFFSET, SECOND, Date, DateTime, DaysTime, Time, YearsMonths
from service.feel.values import NUMBERS


def _parsed(value: Any, text: str, what: str) -> Any:
    if value is None:
        raise NoResult(f"“{text[:40]}” is no {what}")
    return value


@define("number(from: number)")
def _number_itself(scope: Scope, value: Decimal) -> Decimal:
    return value


@define("number(from: string)")
def _number_plain(scope: Scope, text: str) -> Decimal:
    return Decimal(_parsed(texts.parse_number(text.strip()), text, "number"))


@define("number(from: string, grouping separator: string?, decimal separator?: string?)")
def _number(scope: Scope, text: str, grouping: str | None, point: str | None) -> Decimal:
    if grouping not in (None, " ", ",", ".") or point not in (None, ",", ".") or (point and grouping == point):
        raise NoResult("the separators may be blank, comma or point, and differ")
    plain = text.replace(grouping, "") if grouping else text
    return Decimal(_parsed(texts.parse_number(plain.replace(point, ".") if point else plain), text, "number"))


@define("date(from: string)")
def _date_text(scope: Scope, text: str) -> Date:
    result: Date = _parsed(texts.parse_date(text), text, "date")
    return result


@define("date(from: date|date and time)")
def _date_of(scope: Scope, value: Date | DateTime) -> Date:
    return day_of(value)


@define("date(year: number, month: number, day: number)")
def _date(scope: Scope, year: Decimal, month: Decimal, day: Decimal) -> Date:
    return Date.of(integer(year, "the year"), integer(month, "the month"), integer(day, "the day"))


@define("time(from: string)")
def _time_text(scope: Scope, text: str) -> Time:
    result: Time = _parsed(texts.parse_time(text), text, "time")
    return result


@define("time(from: time|date and time)")
def _time_of(scope: Scope, value: Time | DateTime) -> Time:
    return value.time if isinstance(value, DateTime) else value


@define("time(hour: number, minute: number, second: number, offset?: days and time duration?)")
def _time(scope: Scope, hour: Decimal, minute: Decimal, second: Decimal, offset: DaysTime | None) -> Time:
    hours, minutes = integer(hour, "the hour"), integer(minute, "the minute")
    if not (0 <= hours < 24 and 0 <= minutes < 60 and 0 <= second < 60):
        raise NoResult("the clock does not show this time")
    nanos = (hours * 60 + minutes) * 60 * SECOND + int(second.scaleb(9, NUMBERS))
    return Time(nanos, None if offset is None else _offset(offset))


def _offset(length: DaysTime) -> int:
    seconds, rest = divmod(length.nanos, SECOND)
    if rest or abs(seconds) > LARGEST_OFFSET:
        raise NoResult("the offset must be whole seconds, and no more than 18 hours")
    return seconds


@define("date and time(from: string)")
def _moment_text(scope: Scope, text: str) -> DateTime:
    result: DateTime = _parsed(texts.parse_datetime(text), text, "date and time")
    return result


@define("date and time(from: date|date and time)")
def _moment_of(scope: Scope, value: Date | DateTime) -> DateTime:
    return value if isinstance(value, DateTime) else DateTime(value.days, 0)


@define("date and time(date: date|date and time, time: time)")
def _moment(scope: Scope, day: Date | DateTime, time: Time) -> DateTime:
    return DateTime.at(day_of(day), time)


@define("date and time(date: date and time, timezone: string)")
def _moved(scope: Scope, moment: DateTime, zone: str) -> DateTime:
    """What the clocks of a zone (or at an offset) show then; a moment without an offset is the city's."""
    try:
        offset, name = texts.parse_zone(zone if zone[:1] in "Zz+-" else f"@{zone}")
    except ValueError as error:
        raise NoResult(str(error)) from error
    if moment.offset is None:
        moment = DateTime.at(moment.date, Time(moment.nanos, 0, CITY_ZONE.key))
    if name is not None:
        return DateTime.of_instant(moment.instant, name)
    days, nanos = divmod(moment.instant + (offset or 0) * SECOND, DAY)
    return DateTime(days, nanos, offset)


@define("duration(from: string)")
def _duration(scope: Scope, text: str) -> DaysTime | YearsMonths:
    result: DaysTime | YearsMonths = _parsed(texts.parse_duration(text), text, "duration")
    return result


@define("duration(from: days and time duration|years and months duration)")
def _duration_itself(scope: Scope, value: Any) -> Any:
    return value


@define("years and months duration(from: date|date and time, to: date|date and time)")
def _months_between(scope: Scope, start: Date | DateTime, end: Date | DateTime) -> YearsMonths:
    (year, month, day), (to_year, to_month, to_day) = day_of(start).parts, day_of(end).parts
    months = (to_year - year) * 12 + to_month - month
    if months > 0 and to_day < day:
        months -= 1
    elif months < 0 and to_day > day:
        months += 1
    return YearsMonths(months)
