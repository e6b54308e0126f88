"""How the caller sees matters: once for a request, by the table field-access."""

from __future__ import annotations

from flask import g

from service.engine import audit
from service.hotline import fields
from service.hotline.fields import Eyes
from service.hotline.protections import NOTHING, Marks, of
from service.web import here
from service.web.auth import caller


def eyes() -> Eyes:
    """The eyes of whoever makes this request."""
    if "eyes" not in g:
        with here().database.read() as connection:
            g.eyes = fields.eyes(connection, here().engine, caller(), scopes=caller().scopes)
    mine: Eyes = g.eyes
    return mine


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
