"""Values as text and back: the literals of ISO 8601 and of numbers, and JSON."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from service.exact_json import nearest
from service.feel.scanner import WORD
from service.feel.temporal import (
    DAY,
    LARGEST_OFFSET,
    SECOND,
    Date,
    DateTime,
    DaysTime,
    Time,
    YearsMonths,
    standard_offset,
)
from service.feel.values import NUMBERS, FeelLimit, Function, Range

# As XML Schema writes them: a year of more than four digits begins with none of them being 0.
_DATE = re.compile(r"(-?(?:[0-9]{4}|[1-9][0-9]{4,8}))-([0-9]{2})-([0-9]{2})")
_ZONE = re.compile(r"([Zz])|([+-])([0-9]{2}):([0-9]{2})(?::([0-9]{2}))?|@([A-Za-z0-9_+\-/]+)")
# The seconds may be left out, as Camunda allows.
_TIME = re.compile(rf"T?([0-9]{{2}}):([0-9]{{2}})(?::([0-9]{{2}})(?:\.([0-9]+))?)?({_ZONE.pattern})?")
_DAYS = re.compile(r"(-?)P(?:([0-9]+)D)?(?:T(?=[0-9])(?:([0-9]+)H)?(?:([0-9]+)M)?(?:([0-9]+)(?:\.([0-9]*))?S)?)?")
_MONTHS = re.compile(r"(-?)P(?:([0-9]+)Y)?(?:([0-9]+)M)?")
# More digits than any date or duration can have.
_LONGEST = 100
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,5})?")


def parse_number(text: str) -> Decimal | None:
    if not _NUMBER.fullmatch(text) or len(text) > 100:
        return None
    try:
        return NUMBERS.create_decimal(text)
    except (InvalidOperation, ArithmeticError):
        return None


def parse_date(text: str) -> Date | None:
    found = _DATE.fullmatch(text)
    if not found:
        return None
    try:
        return Date.of(int(found[1]), int(found[2]), int(found[3]))
    except ValueError:
        return None


def parse_time(text: str) -> Time | None:
    try:
        time = _time(text)
    except ValueError:
        return None
    return time if time.nanos < DAY else Time(0, time.offset, time.zone)


def _time(text: str) -> Time:
    """24:00:00 has the nanoseconds of a whole day. Raises ValueError for text that is no time."""
    found = _TIME.fullmatch(text)
    if not found:
        raise ValueError("it is no time")
    hour, minute, second = int(found[1]), int(found[2]), int(found[3] or 0)
    nanos = ((hour * 60 + minute) * 60 + second) * SECOND + _fraction(found[4])
    if minute > 59 or second > 59 or nanos > DAY:
        raise ValueError("the clock does not show it")
    return Time(nanos, *parse_zone(found[5]))


def _fraction(digits: str | None) -> int:
    """The nanoseconds of what stands behind the point of a second."""
    return int((digits or "0")[:9].ljust(9, "0"))


def parse_zone(text: str | None) -> tuple[int | None, str | None]:
    """The offset in seconds and the name of `Z`, `+08:00` or `@Asia/Shanghai`. Raises ValueError for others."""
    if not text:
        return None, None
    found = _ZONE.fullmatch(text)
    if not found:
        raise ValueError(f"{text[:80]} is no zone")
    if found[1]:
        return 0, None
    if found[6]:
        return standard_offset(found[6]), found[6]
    minutes, seconds = int(found[4]), int(found[5] or 0)
    offset = (int(found[3]) * 60 + minutes) * 60 + seconds
    if minutes > 59 or seconds > 59 or offset > LARGEST_OFFSET:
        raise ValueError(f"{text} is no offset")
    return -offset if found[2] == "-" else offset, None


def parse_datetime(text: str) -> DateTime | None:
    """A date with a time, its zone, or neither: that is its midnight."""
    day_text, sign, time_text = text.partition("T")
    try:
        if sign:
            date, time = parse_date(day_text), _time(time_text)
        else:
            found = re.fullmatch(rf"({_DATE.pattern})([Zz]|[+-][0-9:]+)?", text)
            date, time = (parse_date(found[1]), Time(0, *parse_zone(found[5]))) if found else (None, Time(0))
        if date is None:
            return None
        if time.nanos == DAY:
            date, time = Date(date.days + 1), Time(0, time.offset, time.zone)
        return DateTime.at(date, time)
    except ValueError:
        return None


def parse_duration(text: str) -> DaysTime | YearsMonths | None:
    if len(text) > _LONGEST:
        return None
    try:
        found = _MONTHS.fullmatch(text)
        if found and (found[2] or found[3]):
            months = int(found[2] or 0) * 12 + int(found[3] or 0)
            return YearsMonths(-months if found[1] else months)
        found = _DAYS.fullmatch(text)
        if not found or not any(found.groups()[1:]):
            return None
        days, hours, minutes, seconds = (int(part or 0) for part in found.groups()[1:5])
        nanos = (((days * 24 + hours) * 60 + minutes) * 60 + seconds) * SECOND + _fraction(found[6])
        return DaysTime(-nanos if found[1] else nanos)
    except ValueError:
        return None


def parse_literal(text: str) -> Any:
    """The value of `@"…"`; None if it is none of date, date and time, time, duration."""
    for parse in (parse_date, parse_time, parse_duration, parse_datetime):
        value = parse(text)
        if value is not None:
            return value
    return None


def show(value: Any, *, inside: bool = False) -> str:
    """The value as FEEL's `string()` shows it; text inside a list or context is quoted."""
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case str():
            return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"' if inside else value
        case Decimal():
            return show_number(value)
        case Date():
            return show_date(value)
        case Time():
            return show_time(value)
        case DateTime():
            plain = DateTime(value.days, value.nanos, value.offset) if value.shown_again else value
            return f"{show_date(value.date)}T{show_time(plain)}"
        case DaysTime():
            return show_days(value)
        case YearsMonths():
            return show_months(value)
        case list():
            return "[" + ", ".join(show(item, inside=True) for item in value) + "]"
        case Range(is_point=True, start=end):
            return f"(= {show(end, inside=True)})"
        case Range(start=None):
            return f"(<{'=' if value.end_included else ''} {show(value.end, inside=True)})"
        case Range(end=None):
            return f"(>{'=' if value.start_included else ''} {show(value.start, inside=True)})"
        case Range():
            left, right = "[" if value.start_included else "(", "]" if value.end_included else ")"
            return f"{left}{show(value.start, inside=True)}..{show(value.end, inside=True)}{right}"
        case Mapping():
            return "{" + ", ".join(f"{_key(key)}: {show(item, inside=True)}" for key, item in value.items()) + "}"
        case Function():
            return f"function({', '.join(value.parameters)})"
    return str(value)


def _key(key: str) -> str:
    return key if all(WORD.fullmatch(word) for word in key.split(" ")) else show(key, inside=True)


def show_number(value: Decimal) -> str:
    return format(value.normalize(NUMBERS), "f") if value else "0"


def show_date(value: Date) -> str:
    year, month, day = value.parts
    return f"{'-' if year < 0 else ''}{abs(year):04}-{month:02}-{day:02}"


def show_time(value: Time | DateTime) -> str:
    seconds, nanos = divmod(value.nanos, SECOND)
    minutes, second = divmod(seconds, 60)
    fraction = f".{nanos:09}".rstrip("0") if nanos else ""
    return f"{minutes // 60:02}:{minutes % 60:02}:{second:02}{fraction}{_show_zone(value.offset, value.zone)}"


def _show_zone(offset: int | None, zone: str | None) -> str:
    if zone is not None:
        return f"@{zone}"
    if not offset:
        return "" if offset is None else "Z"
    minutes, seconds = divmod(abs(offset), 60)
    text = f"{'-' if offset < 0 else '+'}{minutes // 60:02}:{minutes % 60:02}"
    return f"{text}:{seconds:02}" if seconds else text


def show_days(value: DaysTime) -> str:
    seconds, nanos = divmod(abs(value.nanos), SECOND)
    minutes, second = divmod(seconds, 60)
    hours, minute = divmod(minutes, 60)
    days, hour = divmod(hours, 24)
    fraction = f".{nanos:09}".rstrip("0") if nanos else ""
    clock = (f"{hour}H" if hour else "") + (f"{minute}M" if minute else "")
    clock += f"{second}{fraction}S" if second or nanos else ""
    if not days and not clock:
        return "PT0S"
    return ("-" if value.nanos < 0 else "") + "P" + (f"{days}D" if days else "") + (f"T{clock}" if clock else "")


def show_months(value: YearsMonths) -> str:
    years, months = divmod(abs(value.months), 12)
    text = (f"{years}Y" if years else "") + (f"{months}M" if months else "")
    return f"{'-' if value.months < 0 else ''}P{text or '0M'}"


def to_json(value: Any) -> Any:
    """A FEEL value for JSON: dates, times and durations as ISO 8601 text; numbers with all their digits.

    Whole ones are int, others float, or Decimal where that holds more digits.

    Raises FeelLimit for a number that is too large.
    """
    match value:
        case None | bool() | str() | int() | float():
            return value
        case Decimal():
            # What others read as a double would be infinite to them.
            if value.adjusted() > 300:
                raise FeelLimit("the number is too large for JSON")
            return int(value) if value == value.to_integral_value() else nearest(value)
        case list() | tuple():
            return [to_json(item) for item in value]
        case Mapping():
            return {key: to_json(item) for key, item in value.items()}
        case Function():
            return None
        case DateTime():
            # Others read an offset, not FEEL's name of a zone.
            return show(DateTime(value.days, value.nanos, value.offset))
    return show(value)
