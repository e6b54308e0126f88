"""The units that matters are given to."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields

from service.hotline import units
from service.web import here
from service.web.hotline.wire import Section

section = Section("units", "The agency, counties, zones, departments and enterprises.")


class Unit(Schema):
    id = fields.String(required=True)
    name = fields.String(required=True)
    name_en = fields.String(required=True)
    kind = fields.String(required=True)
    division_code = fields.String(required=True)
    parent_id = fields.String(required=True, allow_none=True)


class Units(Schema):
    items = fields.List(fields.Nested(Unit), required=True)


@section.on("GET", "/units")
@section.answers(200, Units)
def list_units() -> Any:
    """All units."""
    with here().database.read() as connection:
        return {"items": units.listed(connection)}
