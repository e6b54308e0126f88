"""The systems that matters are shared with: who they are, for what, and the end of it (Art. 30)."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, validate

from service.hotline import sharing
from service.web import here
from service.web.auth import caller
from service.web.hotline.wire import Section, instant

section = Section("sharing", "The systems of counties and departments that are told of matters.")


class Consumer(Schema):
    id = fields.String(required=True)
    unit_id = fields.String(required=True)
    name = fields.String(required=True)
    purpose = fields.String(required=True)
    scope = fields.String(required=True, validate=validate.OneOf(sharing.SCOPES))
    url = fields.String(required=True)
    document = fields.String(required=True, metadata={"description": "By what it was approved."})
    state = fields.String(required=True, validate=validate.OneOf((sharing.OPEN, sharing.CLOSED)))
    opened_at = instant(required=True)
    closed_at = instant(required=True, allow_none=True)
    sent_until = instant(required=True, metadata={"description": "What has changed until here is told."})


class Consumers(Schema):
    items = fields.List(fields.Nested(Consumer), required=True)


class Secret(Schema):
    secret = fields.String(required=True, metadata={"description": "As Standard Webhooks write it: whsec_…"})


@section.on("GET", "/sharing")
@section.answers(200, Consumers)
def list_consumers() -> Any:
    """The systems that you may see: the agency and the office of the government all, a unit its own."""
    with here().database.read() as connection:
        return {"items": sharing.listed(connection, caller())}


@section.on("POST", "/sharing/<consumer_id>/secret")
@section.answers(200, Secret)
def renew_secret(consumer_id: str) -> Any:
    """A new secret that signs what is sent from now on; told this once, to the liaison officer of the unit."""
    with here().database.write() as connection:
        sharing.get(connection, consumer_id, caller(), is_secret=True)
        return {"secret": sharing.renew_secret(connection, here().secrets, consumer_id)}


@section.on("POST", "/sharing/<consumer_id>/revocation")
@section.answers(204)
def revoke(consumer_id: str) -> None:
    """Take the approval back: the system is told nothing any more."""
    with here().database.write() as connection:
        sharing.get(connection, consumer_id, caller())
        sharing.revoke(connection, here().engine, consumer_id, by=caller().id)
