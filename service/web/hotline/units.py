"""The units that matters are given to, whose duty what is, and who sits at the hotline when."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from marshmallow import Schema, fields
from sqlalchemy import RowMapping

from service.clock import in_city
from service.hotline import duties, rosters, units
from service.web import here
from service.web.hotline.wire import Body, Section, instant

section = Section("units", "The agency, counties, zones, departments and enterprises, with their towns and duties.")


class Unit(Schema):
    id = fields.String(required=True)
    name = fields.String(required=True)
    name_en = fields.String(required=True)
    kind = fields.String(required=True)
    division_code = fields.String(required=True)
    parent_id = fields.String(required=True, allow_none=True)
    state = fields.String(required=True, metadata={"description": "ACTIVE: it is given matters."})
    hotline_body = fields.String(required=True, metadata={"description": "Who does its hotline work."})
    principal_id = fields.String(required=True, allow_none=True, metadata={"description": "Main person in charge."})
    liaison_id = fields.String(required=True, allow_none=True, metadata={"description": "Liaison officer."})
    activated_at = instant(required=True, allow_none=True)


class Units(Schema):
    items = fields.List(fields.Nested(Unit), required=True)


class Duty(Schema):
    """A row of a decision table, as it is drawn."""

    rule_id = fields.String(required=True)
    cells = fields.List(fields.String(), required=True)
    about = fields.String(required=True)
    unit_ids = fields.List(fields.String(), required=True)


class DutyTable(Schema):
    decision_id = fields.String(required=True)
    name = fields.String(required=True)
    version = fields.Integer(required=True)
    columns = fields.List(fields.String(), required=True)
    rows = fields.List(fields.Nested(Duty), required=True)


class DutyTables(Schema):
    items = fields.List(fields.Nested(DutyTable), required=True)


class Shift(Schema):
    seat = fields.Integer(required=True)
    person_id = fields.String(required=True)
    from_at = instant(required=True)
    to_at = instant(required=True)
    stands_in = fields.Boolean(required=True)


class Gap(Schema):
    from_at = instant(required=True)
    to_at = instant(required=True)


class Roster(Schema):
    begins = instant(required=True)
    ends = instant(required=True)
    shifts = fields.List(fields.Nested(Shift), required=True)
    gaps = fields.List(fields.Nested(Gap), required=True, metadata={"description": "When nobody sits."})


class Week(Body):
    week = fields.Date(metadata={"description": "A day of it; today if it is not given."})


@section.on("GET", "/units")
@section.answers(200, Units)
def list_units() -> Any:
    """All units."""
    with here().database.read() as connection:
        return {"items": units.listed(connection)}


@section.on("GET", "/units/<unit_id>")
@section.answers(200, Unit)
def read_unit(unit_id: str) -> Any:
    """One unit."""
    with here().database.read() as connection:
        return units.get(connection, unit_id)


@section.on("GET", "/duties")
@section.answers(200, DutyTables)
def list_duties() -> Any:
    """Whose duty what is: the tables that are deployed and count now."""
    parts = here()
    with parts.database.read() as connection:
        known = [row["id"] for row in units.listed(connection)]
        tables = duties.in_force(connection, parts.engine.clock(), known)
    return {
        "items": [
            {
                "decision_id": table.decision_id,
                "name": table.name,
                "version": table.version,
                "columns": table.columns,
                "rows": [
                    {"rule_id": row.id, "cells": row.cells, "about": row.about, "unit_ids": row.units}
                    for row in table.rows
                ],
            }
            for table in tables
        ]
    }


@section.on("GET", "/roster")
@section.takes(Week, location="query")
@section.answers(200, Roster)
def read_roster(asked: dict[str, Any]) -> Any:
    """Who sits in a week, and when nobody does."""
    parts = here()
    day: date = asked.get("week") or in_city(parts.engine.clock()).date()
    begins = rosters.monday(day)
    ends = begins + timedelta(days=7)
    with parts.database.read() as connection:
        rows = rosters.between(connection, begins, ends)
    return {"begins": begins, "ends": ends, "shifts": rows, "gaps": _gaps(rows, begins, ends)}


def _gaps(rows: Any, begins: Any, ends: Any) -> list[dict[str, Any]]:
    told: list[RowMapping] = list(rows)
    return [{"from_at": one, "to_at": other} for one, other in rosters.gaps(told, begins, ends)]
