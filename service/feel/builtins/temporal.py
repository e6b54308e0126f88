"""Built-ins for dates, times and durations."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from service.clock import CITY_ZONE
from service.feel.builtins.define import define
from service.feel.environment import Scope
from service.feel.temporal import Date, DateTime, DaysTime, Time, YearsMonths
from service.feel.values import equal, from_python, kind

_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)


def day_of(value: Date | DateTime) -> Date:
    """The date, or that of a date and time."""
    return value.date if isinstance(value, DateTime) else value


@define("now()")
def _now(scope: Scope) -> Any:
    return from_python(scope.env.now().astimezone(CITY_ZONE))


@define("today()")
def _today(scope: Scope) -> Any:
    return from_python(scope.env.now().astimezone(CITY_ZONE).date())


@define("day of week(date: date|date and time)")
def _day_of_week(scope: Scope, day: Date | DateTime) -> str:
    return _DAYS[day_of(day).weekday - 1]


@define("day of year(date: date|date and time)")
def _day_of_year(scope: Scope, day: Date | DateTime) -> Decimal:
    return Decimal(day_of(day).day_of_year)


@define("week of year(date: date|date and time)")
def _week_of_year(scope: Scope, day: Date | DateTime) -> Decimal:
    return Decimal(day_of(day).week_of_year)


@define("month of year(date: date|date and time)")
def _month_of_year(scope: Scope, day: Date | DateTime) -> str:
    return _MONTHS[day_of(day).month - 1]


@define("last day of month(date: date|date and time)")
def _last_day(scope: Scope, day: Date | DateTime) -> Date:
    return day_of(day).last_of_month


@define("abs(n: number)")
def _abs_number(scope: Scope, value: Decimal) -> Decimal:
    return abs(value)


@define("abs(n: days and time duration)")
def _abs_days(scope: Scope, value: DaysTime) -> DaysTime:
    return DaysTime(abs(value.nanos))


@define("abs(n: years and months duration)")
def _abs_months(scope: Scope, value: YearsMonths) -> YearsMonths:
    return YearsMonths(abs(value.months))


@define("is(value1: any, value2: any)")
def _is(scope: Scope, first: Any, second: Any) -> bool:
    """Whether two values are the same element of the domain: a zone and an offset tell times apart."""
    if kind(first) != kind(second):
        return False
    return first == second if isinstance(first, Time | DateTime) else equal(first, second) is True
