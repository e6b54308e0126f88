"""What the system of the call centre tells of its calls."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, post_load, validate

from service.hotline import calls
from service.web import here
from service.web.hotline.matter_schemas import about, one_of
from service.web.hotline.wire import Body, Section, given_instant, words

section = Section("calls", "The calls of the call centre, for the figures; nothing of who called.")

MOST = 500


class CallEvent(Body):
    """A call was offered, answered, given up or ended. There is no field for a phone number, and none is taken."""

    call_id = words(200, required=True, metadata=about("The centre's own id; only a blind mark of it is kept."))
    event = one_of(tuple(calls.EVENTS), required=True)
    at = given_instant("When it happened.", required=True)
    agent = words(80, load_default="", metadata=about("Who answered: the id by which the agent signs in here."))
    matter_no = fields.String(
        load_default="",
        validate=validate.Regexp(r"^(WF\d{8}-\d{6,10})?$", error="It is no number of a matter."),
        metadata=about("The number of the matter that came of it."),
    )

    @post_load
    def _read(self, told: dict[str, Any], **_: Any) -> calls.Told:
        return calls.Told(**told)


class CallEvents(Body):
    events = fields.List(fields.Nested(CallEvent), required=True, validate=validate.Length(1, MOST))


class Kept(Schema):
    told = fields.Integer(required=True, metadata=about("How many events the request had."))
    new = fields.Integer(required=True, metadata=about("How many of them were not known before."))


@section.on("POST", "/calls")
@section.takes(CallEvents)
@section.answers(200, Kept)
def tell_calls(given: dict[str, Any]) -> Any:
    """Keep what happened to calls: all events of the request or none. An event that is told again changes nothing."""
    events, parts = given["events"], here()
    with parts.database.write() as connection:
        new = calls.tell(connection, parts.engine, parts.secrets, events)
    return {"told": len(events), "new": new}
