"""The city's working days: closures of its own, and the years whose days are final."""

from __future__ import annotations

from datetime import date
from typing import Any

from marshmallow import Schema, fields, validate

from service.errors import NotFound
from service.hotline import calendars
from service.web import here
from service.web.auth import caller
from service.web.hotline.wire import Body, Section, instant, words

section = Section("calendar", "Working days: what the city sets beside the public holidays.")

YEARS = (2020, 2099)


class Closure(Schema):
    day = fields.Date(required=True)
    kind = fields.String(required=True)
    reason = fields.String(required=True)
    set_by = fields.String(required=True)
    set_at = instant(required=True)


class Year(Schema):
    year = fields.Integer(required=True)
    confirmed_at = instant(required=True)
    confirmed_by = fields.String(required=True)


class Closures(Schema):
    items = fields.List(fields.Nested(Closure), required=True)
    confirmed_years = fields.List(fields.Nested(Year), required=True)


class Day(Body):
    kind = fields.String(
        validate=validate.OneOf(calendars.KINDS),
        load_default="off",
        metadata={"description": "`off`: nobody works; `work`: people do, also on a weekend."},
    )
    reason = words(200, load_default="")


class WhichYear(Body):
    year = fields.Integer(validate=validate.Range(*YEARS))


@section.on("GET", "/calendar/closures")
@section.takes(WhichYear, location="query")
@section.answers(200, Closures)
def list_closures(wanted: dict[str, Any]) -> Any:
    """What the city has set, by day."""
    with here().database.read() as connection:
        return {
            "items": calendars.closures_of(connection, wanted.get("year")),
            "confirmed_years": calendars.confirmed(connection),
        }


@section.on("PUT", "/calendar/closures/<day>")
@section.takes(Day)
@section.answers(204)
def set_closure(given: dict[str, Any], day: str) -> None:
    """Set a day; deadlines that it moves are counted again."""
    parts = here()
    with parts.database.write() as connection:
        calendars.close(connection, parts.engine, _day(day), given["kind"], given["reason"], by=caller().id)
    parts.engine.reread_calendar()


@section.on("DELETE", "/calendar/closures/<day>")
@section.answers(204)
def remove_closure(day: str) -> None:
    """Leave a day as the country has it."""
    parts = here()
    with parts.database.write() as connection:
        calendars.reopen(connection, parts.engine, _day(day))
    parts.engine.reread_calendar()


@section.on("POST", "/calendar/years/<int:year>")
@section.answers(200, Year)
def confirm_year(year: int) -> Any:
    """Say that the working days of a year are final."""
    if not YEARS[0] <= year <= YEARS[1]:
        raise NotFound(f"There is no calendar for {year}.")
    parts = here()
    with parts.database.write() as connection:
        row = calendars.confirm(connection, parts.engine, year, by=caller().id)
    parts.engine.reread_calendar()
    return row


def _day(text_: str) -> date:
    try:
        day = date.fromisoformat(text_)
    except ValueError:
        raise NotFound(f"“{text_[:20]}” is no day, such as 2026-10-01.") from None
    if not YEARS[0] <= day.year <= YEARS[1]:
        raise NotFound(f"There is no calendar for {day.year}.")
    return day
