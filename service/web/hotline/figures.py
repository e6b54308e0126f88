"""Figures: each with its definition, its numerator and its denominator, down to the matters that they count."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from flask import Response
from marshmallow import Schema, ValidationError, fields, validate, validates_schema
from sqlalchemy import Connection

from service.clock import in_city
from service.engine import audit
from service.errors import NotFound
from service.hotline import figure_lists, figures, protections
from service.hotline.countable import DIMENSIONS
from service.hotline.figure_counts import Counted
from service.hotline.figures import Asked
from service.hotline.kpis import Figure
from service.hotline.protections import NOTHING, Marks
from service.web import here
from service.web.auth import caller
from service.web.eyes import eyes_to_take_away, titles
from service.web.hotline.matter_schemas import about, one_of
from service.web.hotline.wire import Body, Section, csv_file, instant, words

section = Section("figures", "Figures of a period, each with its definition and the matters that it counts.")

PARTS = ("numerator", "denominator")
_ONLY = tuple(one for one in DIMENSIONS if one != figures.ALL)
_LONGEST = timedelta(days=3_660)
_MOST = 10_000
_COLUMNS = ("number", "at", "unit_id", "division", "channel", "category", "status", "adds")


class Span(Body):
    """Which matters: those whose day is in the span, and with these values."""

    begin = fields.Date(data_key="from", metadata=about("The first day; the first of this month if it is not given."))
    end = fields.Date(data_key="to", metadata=about("The last day; today if it is not given."))
    unit = words(80, metadata=about("A unit and those below it."))
    division = words(9)
    channel = words(40)
    category = words(100)
    type = words(40)

    @validates_schema
    def _in_order(self, given: Mapping[str, Any], **_: Any) -> None:
        begin, end = given.get("begin"), given.get("end")
        if begin and end and not timedelta(0) <= end - begin <= _LONGEST:
            raise ValidationError("It must not be after `to`, and at most ten years before.", "from")


class Table(Span):
    by = one_of(tuple(DIMENSIONS), load_default=figures.ALL, metadata=about("A row for each value of this."))


class MatterSpan(Span):
    after = words(100, metadata=about("`next` of the page before."))
    limit = fields.Integer(load_default=50, validate=validate.Range(1, 200))


class Definition(Schema):
    id = fields.String(required=True)
    name = fields.String(required=True)
    name_en = fields.String(required=True)
    formula = fields.String(required=True)
    formula_en = fields.String(required=True)
    source = fields.String(required=True, metadata=about("The article, or whose rule it is."))
    counted_by = fields.String(required=True, metadata=about("The fact by whose day a matter is in a period."))
    definition = fields.Dict(required=True, metadata=about("`of`, `where`, `sum`, `sum_of` in FEEL over the facts."))


class Value(Schema):
    figure = fields.String(required=True)
    numerator = fields.Integer(required=True)
    denominator = fields.Integer(required=True, allow_none=True, metadata=about("Null: it is a number, no rate."))
    rate = fields.Float(required=True, allow_none=True, metadata=about("Null where there is nothing to divide by."))


class Row(Schema):
    value = fields.String(required=True, metadata=about("Of the dimension; empty for all together."))
    figures = fields.List(fields.Nested(Value), required=True)


class Figures(Schema):
    begin = fields.Date(required=True, data_key="from")
    end = fields.Date(required=True, data_key="to")
    by = fields.String(required=True)
    items = fields.List(fields.Nested(Row), required=True)


class OneFigure(Definition):
    rows = fields.List(fields.Nested(Row), required=True)


class Counting(Schema):
    number = fields.String(required=True)
    title = fields.String(required=True)
    status = fields.String(required=True)
    at = instant(required=True)
    unit_id = fields.String(required=True)
    division = fields.String(required=True)
    channel = fields.String(required=True)
    category = fields.String(required=True)
    adds = fields.Integer(required=True, metadata=about("What it adds to the numerator, or to the denominator."))


class Countings(Schema):
    items = fields.List(fields.Nested(Counting), required=True)
    next = fields.String(required=True, allow_none=True)


@section.on("GET", "/figures")
@section.takes(Table, location="query")
@section.answers(200, Figures)
def list_figures(wanted: dict[str, Any]) -> Any:
    """All figures of the matters that you may see."""
    asked = _asked(wanted)
    with here().database.read() as connection:
        return {"begin": asked.begin, "end": asked.end, "by": wanted["by"], "items": _rows(connection, asked, wanted)}


@section.on("GET", "/figures/<figure>")
@section.takes(Table, location="query")
@section.answers(200, OneFigure)
def read_figure(wanted: dict[str, Any], figure: str) -> Any:
    """One figure with its definition."""
    found = figures.get(figure)
    with here().database.read() as connection:
        return _defined(found) | {"rows": _rows(connection, _asked(wanted), wanted, [found])}


@section.on("GET", "/figures/<figure>/<part>")
@section.takes(MatterSpan, location="query")
@section.answers(200, Countings)
def list_counted(wanted: dict[str, Any], figure: str, part: str) -> Any:
    """The matters of a numerator or a denominator, the latest first."""
    after = figure_lists.cursor(wanted.get("after"))
    with here().database.read() as connection:
        rows = _counted(connection, wanted, figure, part, wanted["limit"], after)
    said = titles([row["number"] for row in rows])
    rows = [{**row, "title": said.get(row["number"], "")} for row in rows]
    last = rows[-1] if len(rows) == wanted["limit"] else None
    return {"items": rows, "next": figure_lists.following(last) if last else None}


@section.on("POST", "/figures/export")
@section.takes(Table)
def export_figures(given: dict[str, Any]) -> Response:
    """All figures as CSV; who took which is kept for auditors."""
    return exported(given)


def exported(given: Mapping[str, Any]) -> Response:
    """The file of what `Table` asks for."""
    asked, by = _asked(given), given["by"]
    with here().database.write() as connection:
        rows = _rows(connection, asked, given)
        lines = [{by: row["value"], **one} for row in rows for one in row["figures"]]
        told = _taken_away(connection, ((line, NOTHING) for line in lines))
        _note(connection, "figures", given)
    return csv_file("figures", (by, "figure", "numerator", "denominator", "rate"), told)


@section.on("POST", "/figures/<figure>/<part>/export")
@section.takes(Span)
def export_counted(given: dict[str, Any], figure: str, part: str) -> Response:
    """The matters of a numerator or a denominator as CSV, without anything that somebody has said."""
    with here().database.write() as connection:
        rows = _counted(connection, given, figure, part, _MOST)
        marked = ((row, protections.of_row(row)) for row in rows)
        told = _taken_away(connection, (({name: row[name] for name in _COLUMNS}, marks) for row, marks in marked))
        _note(connection, f"figure {figure} {part}", given)
    return csv_file(f"{figure}-{part}", _COLUMNS, told)


def _taken_away(connection: Connection, lines: Iterable[tuple[Mapping[str, Any], Marks]]) -> list[list[Any]]:
    """What of these lines may be taken away, as the table field-access says."""
    told = eyes_to_take_away(connection).lines(lines)
    return [list(line.values()) for line in told]


def _asked(wanted: Mapping[str, Any]) -> Asked:
    today = in_city(here().engine.clock()).date()
    end: date = wanted.get("end") or max(today, wanted.get("begin") or today)
    begin: date = wanted.get("begin") or end.replace(day=1)
    return Asked(begin, end, {name: wanted[name] for name in _ONLY if name in wanted})


def _rows(
    connection: Connection, asked: Asked, wanted: Mapping[str, Any], which: list[Figure] | None = None
) -> list[dict[str, Any]]:
    at, by = here().engine.clock(), wanted["by"]
    shown = [one for one in figures.tellable(caller(), asked, by) if which is None or one in which]
    told = figures.told(connection, caller(), asked, at, by=by, figures=shown)
    values = sorted(told) if by != figures.ALL else [""] if shown else []
    return [{"value": one, "figures": [_value(figure, told.get(one, {})) for figure in shown]} for one in values]


def _value(figure: Figure, counted: Counted) -> dict[str, Any]:
    numerator, denominator = counted.get(figure.id, (0, 0))
    rate = round(numerator / denominator, 6) if figure.is_rate and denominator else None
    of = denominator if figure.is_rate else None
    return {"figure": figure.id, "numerator": numerator, "denominator": of, "rate": rate}


def _defined(figure: Figure) -> dict[str, Any]:
    return {
        "id": figure.id,
        "name": figure.name["zh"],
        "name_en": figure.name["en"],
        "formula": figure.formula["zh"],
        "formula_en": figure.formula["en"],
        "source": figure.source,
        "counted_by": figure.at,
        "definition": figure.said,
    }


def _counted(
    connection: Connection,
    wanted: Mapping[str, Any],
    figure: str,
    part: str,
    limit: int,
    after: tuple[datetime, str] | None = None,
) -> list[Mapping[str, Any]]:
    found = figures.get(figure)
    if part not in PARTS or (part == "denominator" and not found.is_rate):
        raise NotFound(f"The figure {figure} has no {part[:40]}.")
    at = here().engine.clock()
    rows = figure_lists.counted(connection, caller(), _asked(wanted), at, found, part, limit=limit, after=after)
    return [dict(row) for row in rows]


def _note(connection: Connection, subject: str, given: Mapping[str, Any]) -> None:
    asked = {name: str(value) for name, value in given.items()}
    audit.record(connection, here().engine.clock(), "export", who=caller().id, subject=subject, asked=asked)
