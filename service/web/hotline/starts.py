"""What the caller may begin: an entry of the knowledge base, a training, …"""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields

from service.hotline import starts
from service.web import here
from service.web.auth import caller
from service.web.hotline.wire import Section

section = Section("starts", "Begin what nobody has asked for from outside.")


class Start(Schema):
    process_id = fields.String(required=True)
    name = fields.String(required=True)
    begins_with = fields.String(required=True, metadata={"description": "The name of the start event."})
    begins_with_en = fields.String(required=True)
    legal_basis = fields.String(required=True)


class Starts(Schema):
    items = fields.List(fields.Nested(Start), required=True)


class Begun(Schema):
    process_instance_key = fields.String(required=True)


@section.on("GET", "/starts")
@section.answers(200, Starts)
def list_starts() -> Any:
    """What you may begin, as the diagrams that count now say it."""
    parts = here()
    with parts.database.read() as connection:
        found = starts.open_to(connection, parts.engine, caller())
    return {"items": [_told(one) for one in found]}


@section.on("POST", "/starts/<process_id>")
@section.answers(201, Begun)
def begin(process_id: str) -> Any:
    """Begin it; its first user task waits for whoever does it. What a unit's person begins is the unit's."""
    parts = here()
    with parts.database.write() as connection:
        key = starts.begin(connection, parts.engine, caller(), process_id)
    return {"process_instance_key": str(key)}


def _told(start: starts.Start) -> dict[str, Any]:
    return {
        "process_id": start.process_id,
        "name": start.name,
        "begins_with": start.element.name,
        "begins_with_en": start.element.properties.get("name:en", ""),
        "legal_basis": start.element.properties.get("legalBasis", ""),
    }
