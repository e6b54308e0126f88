"""How the caller sees matters: once for a request, by the table field-access."""

from __future__ import annotations

from flask import g

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


def marks(root_key: int) -> Marks:
    """What is secret in a matter, by its first process instance."""
    with here().database.read() as connection:
        return of(connection, [root_key]).get(root_key, NOTHING)
