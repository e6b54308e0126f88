"""For service objects: their own matter, by its number and the code that came with it."""

from __future__ import annotations

from collections.abc import Mapping
from math import ceil
from typing import Any

from marshmallow import EXCLUDE, Schema, fields
from sqlalchemy import RowMapping
from werkzeug.exceptions import TooManyRequests

from service.hotline import duplicates, matters, notes, protections, sealed_fields, tracking
from service.hotline import fields as seen
from service.web import here
from service.web.hotline import matter_schemas as schemas
from service.web.hotline.wire import Body, Section, described, instant

section = Section("track", "Follow one's own matter, without an account.")

BY = "service-object"


class Code(Schema):
    """The code travels in a header: addresses are kept in logs and histories."""

    class Meta:
        unknown = EXCLUDE

    code = fields.String(
        data_key="Query-Code", required=True, metadata={"description": "The code that came with the number."}
    )


class PublicNote(Schema):
    at = instant(required=True)
    text = fields.String(required=True)


class Progress(Schema):
    number = fields.String(required=True)
    title = fields.String(required=True)
    status = fields.String(required=True)
    outcome = fields.String(required=True)
    refusal_ground = fields.String(required=True)
    unit_id = fields.String(required=True, allow_none=True)
    round = fields.Integer(required=True)
    received_at = instant(required=True)
    accepted_at = instant(required=True, allow_none=True)
    deadline_at = instant(required=True, allow_none=True)
    deadline_provisional = fields.Boolean(required=True)
    closed_at = instant(required=True, allow_none=True)
    merged = fields.Boolean(required=True, metadata={"description": "Whether it is handled as one with another's."})
    reply = fields.String(required=True, allow_none=True, metadata={"description": "What the unit has answered."})
    notes = fields.List(
        fields.Nested(PublicNote), required=True, metadata={"description": "What was told meanwhile, the oldest first."}
    )
    shown = fields.String(
        required=True,
        metadata={
            "description": "SHOW, SHOW_WITHOUT_IDENTITY of a matter that others have raised too, or SHOW_STATUS_ONLY: "
            "the title and the reply are kept back."
        },
    )
    shown_because = fields.String(
        required=True,
        metadata={
            "description": "OWN; FOLLOWED: merged; SECRECY: a secret or somebody's privacy is touched (Art. 13)."
        },
    )


@section.on("GET", "/track/<number>")
@section.takes(Code, location="headers")
@section.answers(200, Progress)
def track(headers: dict[str, Any], number: str) -> Any:
    """How one's matter stands."""
    return progress(own(number, headers["code"]))


def progress(row: RowMapping) -> dict[str, Any]:
    """How the matter of a row stands, as far as its service object is told."""
    with here().database.read() as connection:
        handled = duplicates.handled(connection, row)
        merged = handled is not row
        may = tracking.disclosure(connection, here().engine, handled, by_follower=merged)
        reply = matters.public_reply(connection, here().engine, handled) if may.tells_content else None
        marks = protections.of(connection, [row["instance_key"], handled["instance_key"]])
        mine, theirs = (
            seen.eyes(connection, here().engine, who) for who in ("OWNER", "FOLLOWER" if merged else "OWNER")
        )
        secret = marks.get(handled["instance_key"], protections.NOTHING)
        noted = notes.of_matter(connection, here().engine, handled, theirs, secret, only_public=True)
    nothing = protections.NOTHING
    told = sealed_fields.opened(here().secrets, row)["title"]
    title = mine.shown("title", told, marks.get(row["instance_key"], nothing)) if may.tells_content else None
    if reply is not None:
        reply = theirs.shown("public_reply_text", reply, secret)
    own_ = {"number": row["number"], "received_at": row["received_at"], "title": title or ""}
    own_["notes"] = [one._asdict() for one in noted] if may.tells_content else []
    return {**handled, **own_, "merged": merged, "reply": reply, "shown": may.shown, "shown_because": may.reason}


def _hear(what: str, schema: type[Body]) -> None:
    @section.on("POST", f"/track/<number>/{what}")
    @section.takes(schema)
    @section.takes(Code, location="headers")
    @section.answers(204)
    @described(what, schema)
    def say(given: dict[str, Any], headers: dict[str, Any], number: str) -> None:
        _tell(number, headers["code"], what, given)


for _what, _schema in schemas.SAID.items():
    _hear(_what, _schema)


def own(number: str, code: str) -> RowMapping:
    """The row of the matter that the code belongs to; raises NotFound, TooManyRequests."""
    parts = here()
    at = parts.engine.clock()
    try:
        return tracking.find(parts.database, number, code, at)
    except tracking.TooManyTries as error:
        rest = ceil((error.until - at).total_seconds())
        raise TooManyRequests(error.message, retry_after=rest) from None


def _tell(number: str, code: str, what: str, given: Mapping[str, Any]) -> None:
    own(number, code)
    with here().database.write() as connection:
        matters.tell(connection, here().engine, here().secrets, number, what, given, by=BY)
