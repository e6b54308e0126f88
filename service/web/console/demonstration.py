"""Whom one can be where anybody on this machine is let in: people of the made-up organisation, to see their work."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from flask import render_template, request
from sqlalchemy import Connection, RowMapping, select

from service.errors import NotFound
from service.hotline import sessions
from service.hotline.people import AGENCY_ROLES
from service.store.tables import person, unit
from service.web import here
from service.web.console import languages, words
from service.web.console.signing_in import keep, let_in

# Of each role in units so many are shown, those of departments first.
_SOME, _FIRST = 3, "DEPARTMENT"


class Group(NamedTuple):
    role: str
    people: Sequence[RowMapping]


def page() -> str:
    _require_local()
    with here().database.read() as connection:
        groups = _groups(connection)
    return render_template(
        "console/demonstration.html",
        language=languages.language(),
        agency=[one for one in groups if one.role in AGENCY_ROLES],
        others=[one for one in groups if one.role not in AGENCY_ROLES],
        roles={**words.ROLES, **words.UNIT_ROLES},
    )


def become() -> Any:
    """Be somebody from now on, until one signs out."""
    _require_local()
    wanted = request.form.get("person", "")
    with here().database.read() as connection:
        if connection.execute(select(person.c.id).where(person.c.id == wanted)).first() is None:
            raise NotFound("There is nobody of this id here.")
    return keep(let_in(wanted, sessions.DEMONSTRATION, request.script_root + "/"))


def _require_local() -> None:
    if here().settings.auth != "local":
        raise NotFound("Whoever uses this service signs in as themselves: AUTH is not local.")


def _groups(connection: Connection) -> Sequence[Group]:
    """The people of each role."""
    names = (unit.c.name.label("unit"), unit.c.name_en.label("unit_en"), unit.c.kind)
    query = select(person.c.id, person.c.name, person.c.name_en, person.c.roles, *names)
    query = query.outerjoin(unit, unit.c.id == person.c.unit_id).order_by(unit.c.kind != _FIRST, person.c.id)
    found: dict[str, list[RowMapping]] = {role: [] for role in (*words.ROLES, *words.UNIT_ROLES)}
    for row in connection.execute(query).mappings():
        for role in row["roles"]:
            known = found.get(role)
            if known is not None and (role in AGENCY_ROLES or len(known) < _SOME):
                known.append(row)
    return [Group(role, rows) for role, rows in found.items() if rows]
