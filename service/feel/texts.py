"""Values as text and back: the literals of ISO 8601 and of numbers, and JSON."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime, timedelta, timezone, tzinfo
from datetime import time as clock_time
from decimal import Decimal, InvalidOperation
from typing import Any
from zoneinfo import ZoneInfo

from service.feel.values import NUMBERS, FeelLimit, Function, Range, Time, YearsMonths, zone_name

_DATE = re.compile(r"(-?\d{4,9})-(\d{2})-(\d{2})")
_TIME = re.compile(r"(\d{2}):(\d{2}):(\d{2})(\.\d+)?(Z|z|[+-]\d{2}:\d{2}(?::\d{2})?|@[A-Za-z0-9_+\-/]+)?")
_DAYS = re.compile(r"(-?)P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?")
_MONTHS = re.compile(r"(-?)P(?:(\d+)Y)?(?:(\d+)M)?")
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,5})?")


def parse_number(text: str) -> Decimal | None:
    if not _NUMBER.fullmatch(text) or len(text) > 100:
        return None
    try:
        return NUMBERS.create_decimal(text)
    except (InvalidOperation, ArithmeticError):
        return None


def parse_date(text: str) -> date | None:
    found = _DATE.fullmatch(text)
    if not found:
        return None
    try:
        return date(int(found[1]), int(found[2]), int(found[3]))
    except ValueError:
        return None


def parse_time(text: str) -> Time | None:
    found = _TIME.fullmatch(text.removeprefix("T"))
    if not found:
        return None
    micros = round(float(found[4] or 0) * 1_000_000)
    try:
        clock = clock_time(int(found[1]), int(found[2]), int(found[3]), min(micros, 999_999))
        return Time(clock, _zone(found[5]))
    except ValueError:
        return None


def parse_datetime(text: str) -> datetime | None:
    day_text, sign, time_text = text.partition("T")
    day = parse_date(day_text)
    if day is None:
        return None
    if not sign:
        return datetime(day.year, day.month, day.day)
    if time_text.startswith("24:00:00"):
        following = parse_datetime(f"{day_text}T00{time_text[2:]}")
        return following + timedelta(days=1) if following else None
    moment = parse_time(time_text)
    return datetime.combine(day, moment.clock, moment.zone) if moment else None


def parse_duration(text: str) -> timedelta | YearsMonths | None:
    found = _MONTHS.fullmatch(text)
    if found and (found[2] or found[3]):
        months = int(found[2] or 0) * 12 + int(found[3] or 0)
        return YearsMonths(-months if found[1] else months)
    found = _DAYS.fullmatch(text)
    if not found or not any(found.groups()[1:]) or text.endswith("T"):
        return None
    days, hours, minutes = (int(part or 0) for part in found.groups()[1:4])
    try:
        length = timedelta(days=days, hours=hours, minutes=minutes, seconds=float(found[5] or 0))
    except OverflowError:
        return None
    return -length if found[1] else length


def parse_literal(text: str) -> Any:
    """The value of `@"…"`; None if it is none of date, date and time, time, duration."""
    for parse in (parse_date, parse_time, parse_duration, parse_datetime):
        value = parse(text)
        if value is not None:
            return value
    return None


def _zone(text: str | None) -> tzinfo | None:
    if not text:
        return None
    if text in "Zz":
        return timezone.utc  # noqa: UP017 - compared by identity nowhere, and reads as an offset
    if text.startswith("@"):
        try:
            return ZoneInfo(text[1:])
        except (KeyError, OSError, ValueError) as error:
            raise ValueError(f"unknown zone {text[1:]}") from error
    parts = [int(part) for part in text[1:].split(":")]
    if parts[0] > 18 or any(part > 59 for part in parts[1:]):
        raise ValueError(f"{text} is no offset")
    length = timedelta(hours=parts[0], minutes=parts[1], seconds=parts[2] if len(parts) > 2 else 0)
    return timezone(-length if text[0] == "-" else length)


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
        case datetime():
            clock = show_time(Time(value.timetz().replace(tzinfo=None), value.tzinfo), value)
            return f"{value.date().isoformat()}T{clock}"
        case date():
            return value.isoformat()
        case Time():
            return show_time(value)
        case timedelta():
            return show_days(value)
        case YearsMonths():
            return show_months(value)
        case list():
            return "[" + ", ".join(show(item, inside=True) for item in value) + "]"
        case Range():
            left, right = "[" if value.start_included else "(", "]" if value.end_included else ")"
            return f"{left}{show(value.start, inside=True)}..{show(value.end, inside=True)}{right}"
        case Mapping():
            return "{" + ", ".join(f"{_key(key)}: {show(item, inside=True)}" for key, item in value.items()) + "}"
        case Function():
            return f"function({', '.join(value.parameters)})"
    return str(value)


def _key(key: str) -> str:
    return key if re.fullmatch(r"[^\W\d][\w ]*", key) else show(key, inside=True)


def show_number(value: Decimal) -> str:
    if value == value.to_integral_value() and value.adjusted() < 34:
        return str(value.quantize(Decimal(1)) if value.adjusted() < 33 else int(value)) if value else "0"
    return format(value.normalize(NUMBERS), "f")


def show_time(value: Time, at: datetime | None = None) -> str:
    text = value.clock.isoformat()
    if "." in text:
        text = text.rstrip("0")
    if value.zone is None:
        return text
    name = zone_name(value.zone)
    if name:
        return f"{text}@{name}"
    seconds = int((value.zone.utcoffset(at) or timedelta(0)).total_seconds())
    if not seconds:
        return text + "Z"
    hours, rest = divmod(abs(seconds), 3600)
    offset = f"{'-' if seconds < 0 else '+'}{hours:02}:{rest // 60:02}"
    return text + offset + (f":{rest % 60:02}" if rest % 60 else "")


def show_days(value: timedelta) -> str:
    sign, value = ("-", -value) if value < timedelta(0) else ("", value)
    hours, rest = divmod(value.seconds, 3600)
    minutes, seconds = divmod(rest, 60)
    fraction = f".{value.microseconds:06}".rstrip("0") if value.microseconds else ""
    day = f"{value.days}D" if value.days else ""
    clock = "".join(
        f"{amount}{unit}"
        for amount, unit in ((hours, "H"), (minutes, "M"), (f"{seconds}{fraction}", "S"))
        if amount not in (0, "0")
    )
    return f"{sign}P{day}T{clock}" if clock else f"{sign}P{day or 'T0S'}" if day else "PT0S"


def show_months(value: YearsMonths) -> str:
    years, months = divmod(abs(value.months), 12)
    text = (f"{years}Y" if years else "") + (f"{months}M" if months else "")
    return f"{'-' if value.months < 0 else ''}P{text or '0M'}"


def to_json(value: Any) -> Any:
    """A FEEL value for JSON: whole numbers int, others float; dates, times and durations as ISO 8601 text.

    Raises FeelLimit for a number that is too large.
    """
    match value:
        case None | bool() | str() | int() | float():
            return value
        case Decimal():
            # What others read as a double would be infinite to them.
            if value.adjusted() > 300:
                raise FeelLimit("the number is too large for JSON")
            return int(value) if value == value.to_integral_value() else float(value)
        case list() | tuple():
            return [to_json(item) for item in value]
        case Mapping():
            return {key: to_json(item) for key, item in value.items()}
        case Function():
            return None
        case datetime() if value.tzinfo is not None:
            # Others read an offset, not FEEL's name of a zone.
            return show(value.astimezone(timezone(value.utcoffset() or timedelta(0))))
    return show(value)
