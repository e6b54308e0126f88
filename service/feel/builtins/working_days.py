"""Built-ins that ask the calendar: what the regulation counts in working days."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal

from service.clock import CITY_ZONE
from service.feel.builtins.define import NoResult, define, integer
from service.feel.environment import Scope, WorkingDays
from service.feel.temporal import SECOND, Date, DateTime, Time, to_python


def _calendar(scope: Scope) -> WorkingDays:
    if scope.env.working_days is None:
        raise NoResult("there is no calendar of working days here")
    return scope.env.working_days


def _city_day(value: Date | DateTime) -> Date:
    """The city's day of a moment; one without an offset is the city's already."""
    if isinstance(value, Date):
        return value
    return value.date if value.offset is None else DateTime.of_instant(value.instant, CITY_ZONE.key).date


def _day(value: Date | DateTime) -> date:
    """The city's day as calendars count; raises NoResult for a year that they do not know."""
    try:
        day: date = to_python(_city_day(value))
    except ValueError as error:
        raise NoResult(str(error)) from error
    return day


@define("add working days(date: date|date and time, count: number)")
def _add(scope: Scope, day: Date | DateTime, count: Decimal) -> Date:
    number = integer(count, "the count")
    if abs(number) > 10_000:
        raise NoResult("the count is out of range")
    scope.env.step(abs(number))
    return Date(_calendar(scope).add(_day(day), number).toordinal())


# The second name is for modelers, which take “between” for an operator wherever it stands.
@define("working days between(from: date|date and time, to: date|date and time)")
@define("elapsed working days(from: date|date and time, to: date|date and time)")
def _between(scope: Scope, start: Date | DateTime, end: Date | DateTime) -> Decimal:
    first, last = _day(start), _day(end)
    scope.env.step(abs((last - first).days))
    return Decimal(_calendar(scope).between(first, last))


def _asks(question: Callable[[WorkingDays, date], bool]) -> Callable[[Scope, Date | DateTime], bool]:
    return lambda scope, day: question(_calendar(scope), _day(day))


define("is working day(date: date|date and time)")(_asks(lambda calendar, day: calendar.is_working_day(day)))
define("is provisional(date: date|date and time)")(_asks(lambda calendar, day: calendar.is_provisional(day)))


@define("end of working day(date: date|date and time)")
def _end(scope: Scope, day: Date | DateTime) -> DateTime:
    return DateTime.at(_city_day(day), Time(86_399 * SECOND, 0, CITY_ZONE.key))
