"""Built-ins for dates, times and durations."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from service.clock import CITY_ZONE
from service.feel.builtins.define import define
from service.feel.environment import Scope
from service.feel.values import YearsMonths, equal

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


@define("now()")
def _now(scope: Scope) -> datetime:
    return scope.env.now().astimezone(CITY_ZONE)


@define("today()")
def _today(scope: Scope) -> date:
    return scope.env.now().astimezone(CITY_ZONE).date()


@define("day of week(date: date|date and time)")
def _day_of_week(scope: Scope, day: date) -> str:
    return _DAYS[day.weekday()]


@define("day of year(date: date|date and time)")
def _day_of_year(scope: Scope, day: date) -> Decimal:
    return Decimal(day.timetuple().tm_yday)


@define("week of year(date: date|date and time)")
def _week_of_year(scope: Scope, day: date) -> Decimal:
    return Decimal(day.isocalendar().week)


@define("month of year(date: date|date and time)")
def _month_of_year(scope: Scope, day: date) -> str:
    return _MONTHS[day.month - 1]


@define("last day of month(date: date|date and time)")
def _last_day(scope: Scope, day: date) -> date:
    following = date(day.year + day.month // 12, day.month % 12 + 1, 1)
    return following - timedelta(days=1)


@define("abs(n: number)")
def _abs_number(scope: Scope, value: Decimal) -> Decimal:
    return abs(value)


@define("abs(n: days and time duration)")
def _abs_days(scope: Scope, value: timedelta) -> timedelta:
    return abs(value)


@define("abs(n: years and months duration)")
def _abs_months(scope: Scope, value: YearsMonths) -> YearsMonths:
    return YearsMonths(abs(value.months))


@define("is(value1?: any, value2?: any)")
def _is(scope: Scope, first: Any, second: Any) -> bool:
    if isinstance(first, datetime) and isinstance(second, datetime) and str(first.tzinfo) != str(second.tzinfo):
        return False
    return equal(first, second) is True
