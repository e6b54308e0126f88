"""Supervision of matters (Art. 26): ask for it, and see how far up its ladder each is."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from marshmallow import Schema, fields

from service.hotline import matters, supervision
from service.web import here
from service.web.auth import caller
from service.web.hotline.matter_schemas import one_of
from service.web.hotline.wire import Body, Section, instant, words

section = Section("supervision", "Supervise how a matter is handled.")

IMPACTS = ("NONE", "LOCAL", "CITY", "PROVINCIAL")
LEVELS = ("NONE", "LISTED", "INTERVIEW")


class SupervisionWish(Body):
    """Why it is to be supervised; by what level, the table supervision-level says."""

    reason = words(2_000, required=True)
    impact = one_of(IMPACTS, load_default="NONE")
    level = one_of(LEVELS, load_default="NONE", metadata={"description": "What the department asks for itself."})
    by_leader = fields.Boolean(load_default=False, metadata={"description": "Whether a leader has instructed it."})


class Stage(Schema):
    element_id = fields.String(required=True)
    name = fields.String(required=True)
    name_en = fields.String(required=True)
    started_at = instant(required=True)
    ended_at = instant(required=True, allow_none=True)


class Wait(Schema):
    name = fields.String(required=True)
    name_en = fields.String(required=True)
    due_at = instant(required=True, allow_none=True)
    groups = fields.List(fields.String(), required=True)


class Course(Schema):
    number = fields.String(required=True)
    unit_id = fields.String(required=True, allow_none=True)
    began_at = instant(required=True)
    stages = fields.List(
        fields.Nested(Stage), required=True, metadata={"description": "The steps of the ladder until now."}
    )
    waits = fields.List(fields.Nested(Wait), required=True, metadata={"description": "What comes next."})


class Courses(Schema):
    items = fields.List(fields.Nested(Course), required=True)
    disputes = fields.List(fields.Nested(Course), required=True, metadata={"description": "Of whose duty it is."})


@section.on("GET", "/supervision")
@section.answers(200, Courses)
def list_supervised() -> Any:
    """The matters that are supervised now, and those of which it is in dispute whose duty they are."""
    return {name: [asdict(one) for one in some] for name, some in going_on().items()}


@section.on("POST", "/matters/<number>/supervision")
@section.takes(SupervisionWish)
@section.answers(204)
def ask_for_supervision(given: dict[str, Any], number: str) -> None:
    """Ask for supervision of a matter."""
    ask(number, given)


def ask(number: str, given: dict[str, Any]) -> None:
    """The same, as pages ask for it."""
    with here().database.write() as connection:
        row = matters.get(connection, number, caller())
        supervision.ask(connection, here().engine, row, given, by=caller().id)


def going_on() -> dict[str, list[supervision.Course]]:
    parts = here()
    with parts.database.read() as connection:
        return {
            name: supervision.going_on(connection, parts.engine, caller(), process_id)
            for name, process_id in (("items", supervision.PROCESS), ("disputes", supervision.DISPUTE))
        }
