"""Requests that name what is to be done and to what, and nothing more."""

from __future__ import annotations

from typing import Protocol

from sqlalchemy import Connection

from service.engine import Engine
from service.web import here
from service.web.access import require_free
from service.web.api.wire import body, key_of
from service.web.auth import caller


class Act(Protocol):
    """What the engine does to one thing, in the transaction that it is given."""

    def __call__(self, connection: Connection, engine: Engine, key: int, /, *, by: str) -> None: ...


def done(act: Act, key: str) -> tuple[str, int]:
    """Do it to what the key names, and answer that it is done; for those who may do everything."""
    body()
    parts = here()
    with parts.database.write() as connection:
        require_free(connection, key_of(key))
        act(connection, parts.engine, key_of(key), by=caller().id)
    return "", 204
