"""Explanations: a service object asks why there is no reply, or objects to one (Art. 14)."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields

from service.hotline import explanations, matters
from service.web import here
from service.web.auth import caller
from service.web.hotline.track import BY, Code, own
from service.web.hotline.wire import Body, Section, words

public = Section("own-explanations", "Ask for an explanation of one's own matter, without an account.")
section = Section("explanations", "Ask for an explanation of a matter, as its service object says on the phone.")


class Wish(Body):
    """Without a reply nothing need be said; who objects to one says to what."""

    objection = words(2_000, load_default="", metadata={"description": "What is wrong with the reply."})
    new_facts = words(2_000, load_default="", metadata={"description": "What was not known at the last explanation."})


class Answered(Schema):
    answer = fields.String(
        required=True,
        metadata={
            "description": "EXPLAIN: the unit explains. NOT_YET: the time limit is not over. SAY_OBJECTION: there is "
            "a reply; say what is wrong with it. FINAL_EXPLAINED: it was explained, and nothing is new. DENY."
        },
    )
    not_before = fields.String(
        required=True, allow_none=True, metadata={"description": "NOT_YET: until when the unit may still reply."}
    )


@public.on("POST", "/track/<number>/explanation")
@public.takes(Wish)
@public.takes(Code, location="headers")
@public.answers(200, Answered)
def ask_for_own(given: dict[str, Any], headers: dict[str, Any], number: str) -> Any:
    """Ask for an explanation: there was no reply in time, or the reply is not right."""
    row = own(number, headers["code"])
    with here().database.write() as connection:
        return explanations.ask(connection, here().engine, row, given, by=BY)


@section.on("POST", "/matters/<number>/explanation")
@section.takes(Wish)
@section.answers(200, Answered)
def ask_for(given: dict[str, Any], number: str) -> Any:
    """Ask for an explanation on behalf of the service object, who is on the phone."""
    with here().database.write() as connection:
        row = matters.get(connection, number, caller())
        return explanations.ask(connection, here().engine, row, given, by=caller().id)
