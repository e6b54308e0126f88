"""Browsers of people that are let in: each by a random token, of which the hash is kept."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from hashlib import sha256
from typing import NamedTuple

from sqlalchemy import Connection, delete, insert, select

from service.store.tables import session

LIFETIME = timedelta(hours=12)
# How long somebody may look for the code after the password.
PATIENCE = timedelta(minutes=10)
PASSWORD, SIGNED = "PASSWORD", "SIGNED"
# How whoever is somebody for a demonstration has come in.
DEMONSTRATION = "demonstration"


class Session(NamedTuple):
    """Whose it is, and how far: the password alone, or signed in."""

    person_id: str
    stage: str
    how: str


def begin(connection: Connection, person_id: str, stage: str, how: str, at: datetime, *, instead_of: str = "") -> str:
    """A new token; that of the stage before lets in no more. Those that have run out are forgotten."""
    token = secrets.token_urlsafe(32)
    gone = (session.c.expires_at <= at) | (session.c.token_hash == _hash(instead_of))
    connection.execute(delete(session).where(gone))
    until = at + (LIFETIME if stage == SIGNED else PATIENCE)
    values = {"token_hash": _hash(token), "person_id": person_id, "stage": stage, "how": how}
    connection.execute(insert(session).values(**values, created_at=at, expires_at=until))
    return token


def find(connection: Connection, token: str, at: datetime) -> Session | None:
    query = select(session).where(session.c.token_hash == _hash(token), session.c.expires_at > at)
    row = connection.execute(query).first()
    return Session(row.person_id, row.stage, row.how) if row else None


def end(connection: Connection, token: str) -> None:
    connection.execute(delete(session).where(session.c.token_hash == _hash(token)))


def _hash(token: str) -> str:
    return sha256(token.encode()).hexdigest()
