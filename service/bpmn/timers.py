"""When timers are due: dates, durations and cycles of ISO 8601 or cron (Camunda 8, timer events)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime, time
from typing import Any

from croniter import CroniterError, croniter

from service import feel
from service.bpmn.model import Schedule, StartEvent
from service.clock import CITY_ZONE

_CYCLE = re.compile(r"R(\d*)(?:/([^/]+))?/([+-]?P[^/]+)")
# ISO 8601 knows weeks, and years beside hours; FEEL's durations do not.
_LENGTH = re.compile(r"([+-]?)P((?:\d+Y)?(?:\d+M)?)(?:(\d+)W)?(?:(\d+)D)?(T.+)?")
# Java writes the zone behind an offset that says the same.
_ZONED = re.compile(r"([^\[]+?)(Z|[+-]\d\d:\d\d)?\[([^\]]+)\]")

# The last Friday of a month is FRIL or 5L there, and L5 for croniter.
_LAST_WEEKDAY = re.compile(r"([0-7]|[A-Z]{3})L", re.IGNORECASE)
_WEEKDAYS = {"SUN": "0", "MON": "1", "TUE": "2", "WED": "3", "THU": "4", "FRI": "5", "SAT": "6"}


class BadTimer(ValueError):
    """A value that is no date, duration or cycle."""


def schedule(kind: str, value: Any, now: datetime) -> Schedule:
    """The first time of a timer, from the value of its definition. Raises BadTimer."""
    match kind:
        case "date":
            return Schedule(moment(value))
        case "duration":
            return Schedule(_after(now, _length(value)))
        case "cycle":
            return _first_of_cycle(str(value), now)
    raise BadTimer(f"{kind} is no kind of timer")


def following(interval: str | None, repeats_left: int | None, due: datetime, now: datetime) -> Schedule | None:
    """The next time of a cycle that was due; None after the last one. Cron that was missed comes once, then goes on."""
    if interval is None or repeats_left == 0:
        return None
    left = None if repeats_left is None else repeats_left - 1
    if interval.lstrip("+-").startswith("P"):
        coming = _after(due, _length(interval))
    else:
        coming = _cron(interval, max(due, now))
    return Schedule(coming, interval, left)


def first_schedule(start: StartEvent, env: feel.Environment) -> Schedule:
    """When a timer start event is due first. Raises BadTimer."""
    text = start.timer_expression
    if text is None:
        raise BadTimer("the timer has no value")
    value = text.expression.evaluate({}, env) if text.expression else text.text
    return schedule(start.timer_kind, value, env.now())


def next_schedule(row: Mapping[str, Any], env: feel.Environment) -> Schedule | None:
    """When the timer start event of a row is due again; None if never."""
    return following(row["interval"], row["repeats_left"], row["due_at"], env.now())


def check_static(kind: str, text: str) -> str | None:
    """Why a literal is no timer, or None if it is one."""
    try:
        schedule(kind, text, datetime(2026, 1, 1, tzinfo=CITY_ZONE))
    except BadTimer as error:
        return str(error)
    return None


def _first_of_cycle(text: str, now: datetime) -> Schedule:
    found = _CYCLE.fullmatch(text.strip())
    if found:
        count = max(int(found[1]) - 1, 0) if found[1] else None
        length = _length(found[3])
        first = moment(found[2]) if found[2] else _after(now, length)
        return Schedule(first, found[3], count)
    return Schedule(_cron(text, now), text, None)


def _cron(text: str, after: datetime) -> datetime:
    try:
        fields = text.split()
        has_seconds = len(fields) == 6
        if has_seconds:
            fields[5] = _LAST_WEEKDAY.sub(lambda found: f"L{_WEEKDAYS.get(found[1].upper(), found[1])}", fields[5])
        # With seconds, as Camunda 8 has it, a day has to fit both its date and its weekday.
        start = after.astimezone(CITY_ZONE)
        iterator = croniter(" ".join(fields), start, second_at_beginning=has_seconds, day_or=not has_seconds)
        coming: datetime = iterator.get_next(datetime)
    except (CroniterError, ValueError, KeyError) as error:
        raise BadTimer(f"“{text}” is neither a cycle (R3/PT1H) nor cron (0 0 8 * * *)") from error
    return coming


def moment(value: Any) -> datetime:
    """A date and time, its text, or the midnight of a date; the city's if it has no offset. Raises BadTimer."""
    if isinstance(value, str):
        value = feel.parse_literal(_ZONED.sub(lambda found: found[1] + (found[2] or f"@{found[3]}"), value.strip()))
    match _in_python(value):
        case datetime() as told:
            return told if told.tzinfo else told.replace(tzinfo=CITY_ZONE)
        case date() as day:
            return datetime.combine(day, time(0), CITY_ZONE)
    raise BadTimer("it is no date and time (2026-03-01T09:00:00+08:00)")


def _length(value: Any) -> tuple[feel.DaysTime | feel.YearsMonths, ...]:
    """A duration, or the text of one, in parts: the months come first. Raises BadTimer."""
    parts = [value]
    if isinstance(value, str) and (found := _LENGTH.fullmatch(value.strip())):
        sign, months, weeks, days, hours = found.groups(default="")
        texts = [f"{sign}P{months}"] if months else []
        if weeks or days or hours:
            texts.append(f"{sign}P{7 * int(weeks or 0) + int(days or 0)}D{hours}")
        parts = [feel.parse_duration(text.lstrip("+")) for text in texts]
    if not parts or not all(isinstance(one, feel.DaysTime | feel.YearsMonths) for one in parts):
        raise BadTimer("it is no duration (PT2H, P5D)")
    return tuple(parts)


def _after(start: datetime, length: tuple[feel.DaysTime | feel.YearsMonths, ...]) -> datetime:
    """That much later, by the city's calendar if it is months. Raises BadTimer."""
    coming = start
    for part in length:
        try:
            if isinstance(part, feel.YearsMonths):
                began: feel.DateTime = feel.from_python(coming.astimezone(CITY_ZONE))
                coming = feel.to_python(began.plus_months(part.months))
            else:
                coming = feel.to_python(feel.from_python(coming).plus(part))
        except ValueError as error:
            raise BadTimer(f"{feel.show(part)} from then is beyond the calendar") from error
    return coming


def _in_python(value: Any) -> Any:
    try:
        return feel.to_python(value)
    except ValueError as error:
        raise BadTimer(str(error)) from error
