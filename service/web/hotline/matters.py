"""Matters: file, find, read, their path; and what the service object says later."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from sqlalchemy import ColumnElement, Connection, RowMapping, and_

from service.errors import Forbidden
from service.hotline import matters, protections, quarantine, query_codes, sealed_fields
from service.hotline.matter_searches import conditions
from service.hotline.people import is_agency, visible_to
from service.store.queries import MAX_LIMIT, Field, Search, search
from service.store.tables import matter
from service.web import here
from service.web.auth import caller
from service.web.eyes import eyes, tell_secret
from service.web.hotline import matter_schemas as schemas
from service.web.hotline import path
from service.web.hotline.wire import Body, Section, described
from service.web.idempotent import Headers, once

section = Section("matters", "File a matter, find matters, read one and the way that it went.")

# Why the table field-access keeps an identity back, in words.
_KEPT_ANYWAY = "The service object's identity is kept from you (Art. 7)."
_KEPT = {
    "CONFIDENTIAL": "The service object's identity is kept from you (Art. 11).",
    "NO_NEED": "The service object's identity is for those who work with it (Art. 7).",
}
# Of common words each matter has to be asked whether it has them.
_COUNTED_WITH_WORDS = 1_000
_SORTS = {"received_at": Field(matter.c.received_at), "number": Field(matter.c.number)}


@section.on("POST", "/matters")
@section.takes(schemas.Intake)
@section.takes(Headers, location="headers")
@section.answers(201, schemas.Filed)
@section.may_answer(200, schemas.Filed, "The same source had filed it before.")
def file_matter(given: dict[str, Any], headers: dict[str, Any]) -> Any:
    """File a matter: it gets its number and its query code, and its process begins."""
    by, code = caller().id, query_codes.new()
    given.setdefault("title", given["text"].strip()[:40])

    def do(connection: Any) -> tuple[int, dict[str, Any]]:
        filed = matters.file(connection, here().engine, here().secrets, given, code, by=by)
        return 201 if filed.created else 200, {
            "number": filed.number,
            "created": filed.created,
            "query_code": filed.query_code,
            "status": filed.status,
        }

    return once(headers.get("key"), do, sealed="query_code")


@section.on("GET", "/matters")
@section.takes(schemas.Wanted, location="query")
@section.answers(200, schemas.Matters)
def find_matters(wanted: dict[str, Any]) -> Any:
    """Matters that you may see, newest first."""
    return listed(wanted)


def listed(wanted: Mapping[str, Any]) -> dict[str, Any]:
    """The same, as pages ask for it."""
    may_compare = eyes().may_compare("text", matter.c.instance_key)
    return found(
        wanted,
        lambda connection: conditions(connection, here().secrets, wanted, may_compare, sees_all=is_agency(caller())),
    )


@section.on("POST", "/matters/of-caller")
@section.takes(schemas.OfCaller)
@section.answers(200, schemas.Matters)
def find_matters_of_caller(given: dict[str, Any]) -> Any:
    """Matters that were raised from a phone number, newest first; it stands in no address, so in no log."""
    return found(given, lambda _: [sealed_fields.has_phone(here().secrets, given["phone"])])


def found(
    wanted: Mapping[str, Any], asked_for: Callable[[Connection], Iterable[ColumnElement[bool]]]
) -> dict[str, Any]:
    """A page of the matters that the caller may see and that these conditions mean, newest first."""
    query = protections.matters_with_marks()
    asked = Search(filter={}, sort=[("received_at", True)], limit=wanted["limit"], after=wanted.get("after"))
    with here().database.read() as connection:
        meant = and_(visible_to(caller()), *asked_for(connection))
        most = _COUNTED_WITH_WORDS if "text" in wanted else MAX_LIMIT
        page = search(connection, query, matter.c.number, _SORTS, asked, meant=meant, most=most)
    more = len(page.rows) == wanted["limit"]
    return {
        "items": [_listed(row) for row in page.rows],
        "total": page.total,
        "next": page.end_cursor if more else None,
    }


@section.on("GET", "/matters/<number>")
@section.answers(200, schemas.WholeMatter)
def read_matter(number: str) -> Any:
    """One matter; the name and the phone number are masked."""
    return whole(number)


def whole(number: str) -> dict[str, Any]:
    """The same, as pages ask for it."""
    with here().database.read() as connection:
        row = matters.get(connection, number, caller())
    marks, told = protections.of_row(row), _told(row)
    tell_secret(f"matter {number}", marks)
    name = sealed_fields.contact(here().secrets, row).name
    said = {one: eyes().shown(one, told[one], marks) or "" for one in ("text", "address")}
    return {**_listed(row), **said, "name": eyes().shown("name", name, marks)}


@section.on("POST", "/matters/<number>/contact")
@section.takes(schemas.Reason)
@section.answers(200, schemas.Contact)
def read_contact(given: dict[str, Any], number: str) -> Any:
    """The name and the phone number in full. Who asked and why stays in the history of the matter."""
    return unmasked(number, given["reason"])


def unmasked(number: str, reason: str) -> dict[str, Any]:
    """The same, as pages ask for it."""
    with here().database.write() as connection:
        row = matters.get(connection, number, caller())
        marks, by = protections.of_row(row), caller().id
        seen = [eyes().of(name, marks) for name in ("name", "phone")]
        granted = all(one.may_be_asked_for for one in seen)
        matters.contact_asked(connection, here().engine, row, granted=granted, reason=reason, by=by)
    if not granted:
        because = next(one.because for one in seen if not one.may_be_asked_for)
        raise Forbidden(f"{_KEPT.get(because, _KEPT_ANYWAY)} The agency passes messages on.", because=because)
    return sealed_fields.contact(here().secrets, row)._asdict()


@section.on("POST", "/matters/<number>/quarantine")
@section.takes(schemas.Reason)
@section.answers(200, schemas.AllKeptApart)
def open_quarantine(given: dict[str, Any], number: str) -> Any:
    """What was taken out of a matter that touches a state secret. Who asked and why stays in its history."""
    seen, by = eyes(), caller().id
    with here().database.write() as connection:
        row = matters.get(connection, number, caller())
        kept = quarantine.opened(connection, here().engine, row, seen, reason=given["reason"], by=by)
    return {"items": [one._asdict() for one in kept]}


@section.on("GET", "/matters/<number>/path")
@section.takes(path.WishSchema, location="query")
@section.answers(200, path.PathSchema)
def read_path(asked: dict[str, Any], number: str) -> Any:
    """The way that a matter went: elements, flows, the rules that fired, who did what, and on what legal basis."""
    return way(number, why=asked["why"])


def way(number: str, *, why: bool = False) -> dict[str, Any]:
    """The same, as pages ask for it."""
    with here().database.read() as connection:
        row = matters.get(connection, number, caller())
    marks = protections.of_row(row)
    tell_secret(f"matter {number}", marks)
    with here().database.read() as connection:
        return path.told(connection, here().engine, row, caller(), eyes(), marks, why=why)


def _hear(what: str, schema: type[Body]) -> None:
    @section.on("POST", f"/matters/<number>/{what}")
    @section.takes(schema)
    @section.answers(204)
    @described(what, schema)
    def say(given: dict[str, Any], number: str) -> None:
        tell(number, what, given)


for _what, _schema in schemas.SAID.items():
    _hear(_what, _schema)


def tell(number: str, what: str, given: Mapping[str, Any]) -> None:
    """What the service object says later, as the desk tells it and pages do."""
    with here().database.write() as connection:
        matters.get(connection, number, caller())
        matters.tell(connection, here().engine, here().secrets, number, what, given, by=caller().id)


def _listed(row: RowMapping) -> dict[str, Any]:
    key, marks, told = row["instance_key"], protections.of_row(row), _told(row)
    return {
        **told,
        "process_instance_key": None if key is None else str(key),
        "title": eyes().shown("title", told["title"], marks) or "",
        "phone": eyes().shown("phone", sealed_fields.contact(here().secrets, row).phone, marks),
    }


def _told(row: RowMapping) -> dict[str, Any]:
    return matters.told_to(here().secrets, row, eyes(), protections.of_row(row))
