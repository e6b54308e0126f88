"""Built-ins that make a value of another kind."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from datetime import time as clock_time
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from service.feel import texts
from service.feel.builtins.define import NoResult, define, integer
from service.feel.environment import Scope
from service.feel.values import Time, YearsMonths


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
def _date_text(scope: Scope, text: str) -> date:
    result: date = _parsed(texts.parse_date(text), text, "date")
    return result


@define("date(from: date|date and time)")
def _date_of(scope: Scope, value: date) -> date:
    return value.date() if isinstance(value, datetime) else value


@define("date(year: number, month: number, day: number)")
def _date(scope: Scope, year: Decimal, month: Decimal, day: Decimal) -> date:
    return date(integer(year, "the year"), integer(month, "the month"), integer(day, "the day"))


@define("time(from: string)")
def _time_text(scope: Scope, text: str) -> Time:
    result: Time = _parsed(texts.parse_time(text), text, "time")
    return result


@define("time(from: time|date and time)")
def _time_of(scope: Scope, value: Any) -> Time:
    return Time(value.time(), value.tzinfo) if isinstance(value, datetime) else value


@define("time(hour: number, minute: number, second: number, offset?: days and time duration?)")
def _time(scope: Scope, hour: Decimal, minute: Decimal, second: Decimal, offset: timedelta | None) -> Time:
    whole, micros = int(second), int((second % 1) * 1_000_000)
    clock = clock_time(integer(hour, "the hour"), integer(minute, "the minute"), whole, micros)
    return Time(clock, None if offset is None else timezone(offset))


@define("date and time(from: string)")
def _moment_text(scope: Scope, text: str) -> datetime:
    result: datetime = _parsed(texts.parse_datetime(text), text, "date and time")
    return result


@define("date and time(from: date|date and time)")
def _moment_of(scope: Scope, value: date) -> datetime:
    return value if isinstance(value, datetime) else datetime(value.year, value.month, value.day)


@define("date and time(date: date|date and time, time: time)")
def _moment(scope: Scope, day: date, time: Time) -> datetime:
    day = day.date() if isinstance(day, datetime) else day
    return datetime.combine(day, time.clock, time.zone)


@define("date and time(date: date and time, timezone: string)")
def _moved(scope: Scope, moment: datetime, zone: str) -> datetime:
    try:
        return moment.astimezone(ZoneInfo(zone))
    except (KeyError, OSError) as error:
        raise NoResult(f"unknown zone “{zone}”") from error


@define("duration(from: string)")
def _duration(scope: Scope, text: str) -> timedelta | YearsMonths:
    result: timedelta | YearsMonths = _parsed(texts.parse_duration(text), text, "duration")
    return result


@define("duration(from: days and time duration|years and months duration)")
def _duration_itself(scope: Scope, value: Any) -> Any:
    return value


@define("years and months duration(from: date|date and time, to: date|date and time)")
def _months_between(scope: Scope, start: date, end: date) -> YearsMonths:
    months = (end.year - start.year) * 12 + end.month - start.month
    if months > 0 and end.day < start.day:
        months -= 1
    elif months < 0 and end.day > start.day:
        months += 1
    return YearsMonths(months)
