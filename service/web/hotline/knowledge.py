"""The knowledge base: found by its words, read by everybody where it is public."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, validate
from sqlalchemy import RowMapping

from service.hotline import knowledge
from service.hotline.kept_versions import PUBLISHED
from service.hotline.knowledge import KINDS, STATES, Wish
from service.web import here
from service.web.auth import caller, visitor
from service.web.hotline.wire import Body, Section, instant, words
from service.web.idempotent import Headers, once

section = Section("knowledge", "What the hotline answers, for call takers and for everybody.")

_AUDIENCES = ("PUBLIC", "INTERNAL")


def _one_of(values: tuple[str, ...], **options: Any) -> fields.String:
    return fields.String(validate=validate.OneOf(values), **options)


class Piece(Schema):
    text = fields.String(required=True)
    is_hit = fields.Boolean(required=True, metadata={"description": "Whether it was looked for."})


class Entry(Schema):
    """An entry in a list."""

    id = fields.String(required=True)
    version = fields.Integer(required=True)
    title = fields.String(required=True)
    short_answer = fields.String(required=True, metadata={"description": "What to say on the phone."})
    kind = _one_of(KINDS, required=True)
    audience = _one_of(_AUDIENCES, required=True)
    unit_id = fields.String(required=True, metadata={"description": "The unit that answers for it."})
    state = _one_of(STATES, required=True)
    published_at = instant(required=True)
    review_date = fields.Date(required=True, allow_none=True)
    snippet = fields.List(fields.Nested(Piece), required=True)


class WholeEntry(Entry):
    """An entry by itself."""

    questions = fields.String(required=True, metadata={"description": "How else it is asked, a line each."})
    answer = fields.String(required=True)
    legal_basis = fields.String(required=True)
    valid_from = fields.Date(required=True, allow_none=True)
    valid_until = fields.Date(required=True, allow_none=True)
    withdrawn_at = instant(required=True, allow_none=True)


class Entries(Schema):
    items = fields.List(fields.Nested(Entry), required=True)
    total = fields.Integer(required=True)
    is_near = fields.Boolean(
        required=True, metadata={"description": "Nothing has all the words; these have most of them."}
    )


class Wanted(Body):
    """Which entries; those with all the words in the title first, without words the newest first."""

    q = words(200, load_default="", metadata={"description": "Words, or a question, in Chinese or English."})
    kind = _one_of(KINDS)
    unit = words(80)
    state = _one_of(STATES, load_default=PUBLISHED)
    limit = fields.Integer(load_default=20, validate=validate.Range(1, 100))
    offset = fields.Integer(load_default=0, validate=validate.Range(0, 10_000))


@section.on("GET", "/knowledge")
@section.takes(Wanted, location="query")
@section.answers(200, Entries)
def find_entries(wanted: dict[str, Any]) -> Any:
    """Entries that you may read: without signing in those for the public."""
    wish = Wish(wanted["q"], wanted.get("kind"), wanted.get("unit"), wanted["state"], wanted["limit"], wanted["offset"])
    viewer, at = visitor(), here().engine.clock()
    with here().database.read() as connection:
        found = knowledge.search(connection, viewer, at, wish)
    return {
        "items": [_told(row, wanted["q"]) for row in found.rows],
        "total": found.total,
        "is_near": found.is_near,
    }


class Pushed(Body):
    """A new policy, or the answer to what very many ask; the form `write-entry` asks a person for the same."""

    unit_id = words(80, metadata={"description": "The unit that answers for it; a unit's own people leave it out."})
    entry_title = words(300, required=True)
    entry_questions = words(1000, load_default="", metadata={"description": "How else it is asked, a line each."})
    entry_kind = _one_of(KINDS, required=True)
    entry_short = words(200, required=True, metadata={"description": "What to say on the phone."})
    entry_text = words(10_000, required=True)
    entry_basis = words(300, required=True)
    review_date = fields.Date(required=True, metadata={"description": "When it is to be looked through again."})
    valid_from = fields.Date(load_default=None, allow_none=True)
    valid_until = fields.Date(load_default=None, allow_none=True)


class Pushing(Schema):
    process_instance_key = fields.String(required=True)


@section.on("POST", "/knowledge")
@section.takes(Pushed)
@section.takes(Headers, location="headers")
@section.answers(201, Pushing)
def push_entry(given: dict[str, Any], headers: dict[str, Any]) -> Any:
    """Push an entry: call takers are alerted and find it within seconds; the public may once it was reviewed."""

    def do(connection: Any) -> tuple[int, dict[str, Any]]:
        key = knowledge.push(connection, here().engine, caller(), given)
        return 201, {"process_instance_key": str(key)}

    return once(headers.get("key"), do)


@section.on("GET", "/knowledge/<entry_id>")
@section.answers(200, WholeEntry)
def read_entry(entry_id: str) -> Any:
    """One entry, in its newest version."""
    viewer, at = visitor(), here().engine.clock()
    with here().database.read() as connection:
        row = knowledge.read(connection, viewer, at, entry_id)
    return _told(row, "")


def _told(row: RowMapping, sought: str) -> dict[str, Any]:
    return {**row, "snippet": [one._asdict() for one in knowledge.snippet(row, sought)]}
