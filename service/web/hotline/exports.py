"""What happened in matters, to be taken away: of one or of many, as XES or OCEL. Auditors are told."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from flask import Response
from sqlalchemy import ColumnElement

from service.engine import audit
from service.hotline import event_logs, matters, ocel, xes
from service.hotline.matter_searches import conditions
from service.hotline.people import is_agency, visible_to
from service.store.tables import matter
from service.web import here
from service.web.auth import caller
from service.web.eyes import eyes, eyes_to_take_away
from service.web.hotline import matter_schemas as schemas
from service.web.hotline.matter_schemas import one_of
from service.web.hotline.wire import Body, Section

section = Section("exports", "Take matters away, without who has raised them.")

LOGS = ("xes", "ocel")
_TYPES: Mapping[str, tuple[str, str]] = {
    "xes": ("application/xml", "xes"),
    "ocel": ("application/json", "jsonocel"),
}


class One(Body):
    """In which format: XES (IEEE 1849-2016) or OCEL 2.0 (JSON)."""

    format = one_of(LOGS, required=True)


class Chosen(schemas.Wanted):
    """Which matters, as in their list, and in which format."""

    class Meta:
        exclude = ("after", "limit")

    format = one_of(LOGS, required=True)


@section.on("POST", "/matters/<number>/export")
@section.takes(One)
def export_matter(given: dict[str, Any], number: str) -> Response:
    """The events of one matter."""
    return one(number, given["format"])


@section.on("POST", "/matters/export")
@section.takes(Chosen)
def export_matters(given: dict[str, Any]) -> Response:
    """All matters that you may see and that fit, as a log of events."""
    return chosen(given)


def one(number: str, format_: str) -> Response:
    """The same, as pages ask for it."""
    with here().database.read() as connection:
        matters.get(connection, number, caller())
    note(f"matter {number}", {"format": format_})
    return _log(format_, [matter.c.number == number], number)


def chosen(wanted: Mapping[str, Any]) -> Response:
    told = {name: value for name, value in wanted.items() if name != "format"}
    may_compare = eyes().may_compare("text", matter.c.instance_key)
    with here().database.read() as connection:
        meant = list(conditions(connection, here().secrets, told, may_compare, sees_all=is_agency(caller())))
    note("matters", wanted)
    return _log(wanted["format"], meant, "matters")


def _log(format_: str, meant: Sequence[ColumnElement[bool]], name: str) -> Response:
    parts = here()
    with parts.database.read() as connection:
        seen = eyes_to_take_away(connection)
    cases = event_logs.cases(parts.database, seen, [visible_to(caller()), *meant], parts.engine.clock())
    writer = xes if format_ == "xes" else ocel
    type_, ending = _TYPES[format_]
    return sent((piece.encode() for piece in writer.written(cases)), type_, f"{name}.{ending}")


def sent(pieces: Iterable[bytes], type_: str, name: str) -> Response:
    """A file to be saved, piece by piece."""
    answer = Response(pieces, content_type=type_)
    answer.headers.set("Content-Disposition", "attachment", filename=name)
    answer.cache_control.no_store = True
    return answer


def note(subject: str, given: Mapping[str, Any]) -> None:
    """Tell auditors who takes away what."""
    asked = {name: str(value) for name, value in given.items()}
    with here().database.write() as connection:
        audit.record(connection, here().engine.clock(), "export", who=caller().id, subject=subject, asked=asked)
