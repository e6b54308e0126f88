"""Notes beside a matter: for those who work on it, and for its service object."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields

from service.hotline import matters, notes, protections
from service.web import here
from service.web.auth import caller
from service.web.eyes import eyes, tell_secret
from service.web.hotline.wire import Body, Section, instant, words

section = Section("notes", "What is noted beside a matter.")

LONGEST = 2_000


class Note(Schema):
    at = instant(required=True)
    by = fields.String(required=True)
    by_name = fields.String(required=True)
    is_public = fields.Boolean(required=True, metadata={"description": "Whether its service object reads it too."})
    text = fields.String(required=True)


class Notes(Schema):
    items = fields.List(fields.Nested(Note), required=True)


class Text(Body):
    text = words(LONGEST, required=True)


@section.on("GET", "/matters/<number>/notes")
@section.answers(200, Notes)
def list_notes(number: str) -> Any:
    """The notes that you are shown, the oldest first."""
    return {"items": of_matter(number)}


@section.on("POST", "/matters/<number>/notes")
@section.takes(Text)
@section.answers(204)
def add_note(given: dict[str, Any], number: str) -> None:
    """Note something for those who work on the matter; its service object does not read it."""
    add(number, given["text"], is_public=False)


@section.on("POST", "/matters/<number>/public-notes")
@section.takes(Text)
@section.answers(204)
def add_public_note(given: dict[str, Any], number: str) -> None:
    """Tell the service object something: it stands where they follow their matter."""
    add(number, given["text"], is_public=True)


def of_matter(number: str) -> list[dict[str, Any]]:
    """The same, as pages ask for it."""
    parts = here()
    with parts.database.read() as connection:
        row = matters.get(connection, number, caller())
        marks = protections.of_row(row)
        told = notes.of_matter(connection, parts.engine, row, eyes(), marks)
    if told:
        tell_secret(f"matter {number}", marks)
    return [one._asdict() for one in told]


def add(number: str, text: str, *, is_public: bool) -> None:
    parts, mine = here(), eyes()
    with parts.database.write() as connection:
        row = matters.get(connection, number, caller())
        notes.add(connection, parts.engine, row, text.strip(), is_public=is_public, by=caller().id, eyes=mine)
