"""The file of a matter: what was said and answered, what comes next, what is noted; who raised it only for a reason."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from flask import redirect, render_template, request, url_for
from marshmallow import Schema

from service.errors import Conflict, Forbidden, Invalid
from service.hotline import protections, units, waits
from service.hotline.matters import get, public_reply
from service.web import here
from service.web.auth import caller
from service.web.console import tasks, words
from service.web.console.clocks import clock, shown
from service.web.console.doers import doers
from service.web.console.forms import Checked, checked
from service.web.console.languages import language
from service.web.console.words import named
from service.web.eyes import eyes
from service.web.hotline import matter_schemas, matters, notes, supervision
from service.web.permissions import may_ask

_LONGEST = 500
DONE: Mapping[str, str] = {
    "urge": named("It is urged; whoever handles it is told."),
    "note": named("It is noted."),
    "public": named("The service object reads it where they follow their matter."),
    "supervision": named("Supervision is asked for; how it goes on stands under Way."),
}
IMPACTS: Mapping[str, str] = {
    "NONE": named("None that is known"),
    "LOCAL": named("In the neighbourhood"),
    "CITY": named("In the whole city"),
    "PROVINCIAL": named("In the province"),
}
LEVELS: Mapping[str, str] = {
    "NONE": named("As the table says"),
    "LISTED": named("By listing"),
    "INTERVIEW": named("By interview"),
}


def page(number: str) -> str:
    return _page(number)


def unmask(number: str) -> Any:
    """The name and the phone number, for whoever says why."""
    reason = request.form.get("reason", "").strip()[:_LONGEST]
    if not reason:
        return _page(number, refused="Say why you need to know."), 400
    try:
        return _page(number, contact=matters.unmasked(number, reason))
    except (Conflict, Forbidden) as error:
        return _page(number, refused=error.message), tasks.status_of(error)


def urge(number: str) -> Any:
    """The service object asks to hurry."""
    return _do(number, "urge", matter_schemas.Urge, ("text",), lambda given: matters.tell(number, "urge", given))


def note(number: str) -> Any:
    """For those who work on it."""
    return _do(number, "note", notes.Text, ("text",), lambda given: notes.add(number, given["text"], is_public=False))


def public_note(number: str) -> Any:
    """For its service object."""
    return _do(number, "public", notes.Text, ("text",), lambda given: notes.add(number, given["text"], is_public=True))


def supervise(number: str) -> Any:
    names = ("reason", "impact", "level")
    more = {"by_leader": "by_leader" in request.form}
    return _do(
        number, "supervision", supervision.SupervisionWish, names, lambda given: supervision.ask(number, given), more
    )


def _do(
    number: str,
    what: str,
    schema: type[Schema],
    names: tuple[str, ...],
    do: Callable[[dict[str, Any]], None],
    more: Mapping[str, Any] | None = None,
) -> Any:
    """Do it and come back to the file; what is wrong stands beside its field, and what was typed stays."""
    told = checked(schema, request.form, names, more)
    if told.wrong:
        return _page(number, open_=what, told=told), 400
    try:
        do(told.given)
    except (Conflict, Forbidden, Invalid) as error:
        status = 400 if isinstance(error, Invalid) else tasks.status_of(error)
        return _page(number, refused=error.message, open_=what, told=told), status
    return redirect(url_for("console.matter", number=number, told=what), 303)


def head(number: str) -> dict[str, Any]:
    """What stands above every page of a matter: what is seen of it, its clock, the unit that has it."""
    told = matters.whole(number)
    with here().database.read() as connection:
        home = units.find(connection, told["unit_id"]) if told["unit_id"] else None
    is_english = language() == "en" and home is not None and home["name_en"]
    return {
        "language": language(),
        "matter": told,
        "clock": None if told["closed_at"] else clock(told["deadline_at"], here().engine.clock(), told["light"] or ""),
        "unit": (home["name_en"] if is_english else home["name"]) if home else told["unit_id"],
        "shown": shown,
        "spelled": spelled,
        "doers": doers,
        "statuses": words.STATUSES,
    }


def spelled(value: Any) -> str:
    """A value as tables and diagrams write it."""
    return json.dumps(value, ensure_ascii=False, default=str)


def _page(
    number: str,
    *,
    contact: Mapping[str, str] | None = None,
    refused: str = "",
    open_: str = "",
    told: Checked | None = None,
) -> str:
    parts, above = here(), head(number)
    now = parts.engine.clock()
    with parts.database.read() as connection:
        row = get(connection, number, caller())
        answer = public_reply(connection, parts.engine, row)
        keys = waits.open_of(connection, row["instance_key"])
        ahead = [one for some in waits.of(connection, parts.engine, keys).values() for one in some]
        people = units.people(connection, (one.assignee for one in ahead))
    return render_template(
        "console/matter.html",
        contact=contact,
        refused=refused,
        open=open_,
        told=told or Checked(),
        none_said=Checked(),
        done=DONE.get(request.args.get("told", "")),
        notes=notes.of_matter(number),
        longest=notes.LONGEST,
        reply=eyes().shown("public_reply_text", answer, protections.of_row(row)) if answer else None,
        ahead=[(one, clock(one.due_at, now)) for one in sorted(ahead, key=lambda one: (not one.due_at, one.due_at))],
        people={id_: one["name"] for id_, one in people.items()},
        may=lambda what: may_ask(caller(), f"POST /matters/<number>/{what}"),
        impacts=IMPACTS,
        levels=LEVELS,
        channels=words.CHANNELS,
        types=words.TYPES,
        **above,
    )
