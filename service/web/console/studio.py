"""The studio: what is deployed, in which versions, what runs by them, and how each is drawn."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from flask import Response, render_template, request

from service.errors import NotFound
from service.hotline import deployed, drawn, model_drafts
from service.web import here
from service.web.auth import caller
from service.web.console import languages
from service.web.console.clocks import shown
from service.web.console.words import named
from service.web.permissions import may_ask

KINDS: Mapping[str, str] = {
    "process": named("Diagrams"),
    "decision": named("Tables"),
    "form": named("Forms"),
}
ONE: Mapping[str, str] = {"process": named("Diagram"), "decision": named("Table"), "form": named("Form")}
STATES: Mapping[str, str] = {
    deployed.NOW: named("in force"),
    deployed.TO_COME: named("to come"),
    deployed.FORMER: named("former"),
    deployed.DELETED: named("deleted"),
}
_LONGEST = 100


def page() -> str:
    """The list; what is sought and which kind stand in the URL."""
    kind, text = request.args.get("kind", ""), request.args.get("text", "").strip()[:_LONGEST]
    kind = kind if kind in KINDS else ""
    with here().database.read() as connection:
        things = deployed.listed(connection, here().engine.clock(), kind, text)
        drafts = model_drafts.waiting(connection)
    return render_template(
        "console/studio.html",
        groups=[(one, [thing for thing in things if thing.kind == one]) for one in KINDS],
        kind=kind,
        text=text,
        count=len(things),
        drafts=drafts,
        may_change=may_ask(caller(), "GET /studio/new"),
        **words(),
    )


def thing(kind: str, id_: str) -> str:
    """One diagram, file of tables or form: its versions, and the one that is chosen as it is drawn."""
    parts = here()
    with parts.database.read() as connection:
        found = deployed.get(connection, kind, id_, parts.engine.clock())
        version = found.version(chosen())
        content = deployed.content(connection, kind, version.key)
        draft = model_drafts.find(connection, kind, id_)
    return render_template(
        "console/studio_thing.html",
        thing=found,
        draft=draft,
        may_change=may_ask(caller(), "POST /studio/<kind>/<id_>/draft"),
        version=version,
        decisions=drawn.decisions(content, version.file) if kind == "decision" else (),
        fields=list(drawn.fields(json.loads(content))) if kind == "form" else (),
        **words(),
    )


def file(kind: str, id_: str) -> Response:
    """The file of a version, as it was deployed."""
    parts = here()
    with parts.database.read() as connection:
        found = deployed.get(connection, kind, id_, parts.engine.clock())
        version = found.version(chosen())
        content = deployed.content(connection, kind, version.key)
    return sent(content, kind, id_)


def sent(content: bytes, kind: str, id_: str) -> Response:
    """A file to be saved: a browser never shows it."""
    answer = Response(content, content_type="application/octet-stream")
    answer.headers.set("Content-Disposition", "attachment", filename=id_.replace("#", "-") + deployed.ENDINGS[kind])
    return answer


def words() -> dict[str, Any]:
    return {"language": languages.language(), "kinds": KINDS, "one": ONE, "states": STATES, "shown": shown}


def chosen() -> int | None:
    """The version that the URL names; raises NotFound for what no version can be."""
    told = request.args.get("version", "")
    if told and not (told.isascii() and told.isdecimal() and len(told) < 10):
        raise NotFound("There is no such version.")
    return int(told) if told else None
