"""Built-ins that ask the calendar: what the regulation counts in working days."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time
from decimal import Decimal

from service.clock import CITY_ZONE
from service.feel.builtins.define import NoResult, define, integer
from service.feel.environment import Scope, WorkingDays


def _calendar(scope: Scope) -> WorkingDays:
    if scope.env.working_days is None:
        raise NoResult("there is no calendar of working days here")
    return scope.env.working_days


def _day(value: date) -> date:
    """The city's day of a moment; one without an offset is the city's already."""
    if not isinstance(value, datetime):
        return value
    return value.astimezone(CITY_ZONE).date() if value.tzinfo else value.date()


@define("add working days(date: date|date and time, count: number)")
def _add(scope: Scope, day: date, count: Decimal) -> date:
    number = integer(count, "the count")
    if abs(number) > 10_000:
        raise NoResult("the count is out of range")
    scope.env.step(abs(number))
    return _calendar(scope).add(_day(day), number)


@define("working days between(from: date|date and time, to: date|date and time)")
def _between(scope: Scope, start: date, end: date) -> Decimal:
    first, last = _day(start), _day(end)
    scope.env.step(abs((last - first).days))
    return Decimal(_calendar(scope).between(first, last))


def _asks(question: Callable[[WorkingDays, date], bool]) -> Callable[[Scope, date], bool]:
    return lambda scope, day: question(_calendar(scope), _day(day))


define("is working day(date: date|date and time)")(_asks(lambda calendar, day: calendar.is_working_day(day)))
define("is provisional(date: date|date and time)")(_asks(lambda calendar, day: calendar.is_provisional(day)))


@define("end of working day(date: date|date and time)")
def _end(scope: Scope, day: date) -> datetime:
    return datetime.combine(_day(day), time(23, 59, 59), CITY_ZONE)
