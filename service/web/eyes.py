"""How the caller sees matters: once for a request, by the table field-access."""

from __future__ import annotations

from collections.abc import Collection

from flask import g
from sqlalchemy import Connection

from service.engine import audit
from service.hotline import fields, matters, protections
from service.hotline.fields import Eyes
from service.hotline.protections import NOTHING, Marks, of
from service.store.tables import matter
from service.web import here
from service.web.auth import caller


def eyes() -> Eyes:
    """The eyes of whoever makes this request."""
    if "eyes" not in g:
        with here().database.read() as connection:
            g.eyes = fields.eyes(connection, here().engine, caller(), scopes=caller().scopes)
    mine: Eyes = g.eyes
    return mine


def eyes_to_take_away(connection: Connection, purpose: str = "EXPORT") -> Eyes:
    """The same, of what is taken away, or published."""
    return fields.eyes(connection, here().engine, caller(), purpose=purpose, scopes=caller().scopes)


def titles(numbers: Collection[str]) -> dict[str, str]:
    """The titles of matters, as far as the caller is shown them."""
    query = protections.matters_with_marks().where(matter.c.number.in_(numbers))
    with here().database.read() as connection:
        rows = connection.execute(query).mappings().all()
    seen, told = eyes(), {}
    for row in rows:
        how = protections.of_row(row)
        told[row["number"]] = seen.shown("title", matters.told_to(here().secrets, row, seen, how)["title"], how) or ""
    return told


def tell_secret(subject: str, secret: Marks) -> None:
    """Tell auditors that something secret was shown to the caller, if it was."""
    if secret.secrecy == NOTHING.secrecy or not eyes().of_kind("SAID", secret).is_whole:
        return
    parts = here()
    with parts.database.write() as connection:
        what = {"secrecy": secret.secrecy}
        audit.record(connection, parts.engine.clock(), "secret-read", who=caller().id, subject=subject, **what)


def marks(root_key: int) -> Marks:
    """What is secret in a matter, by its first process instance."""
    with here().database.read() as connection:
        return of(connection, [root_key]).get(root_key, NOTHING)
