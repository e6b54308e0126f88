"""Who is calling: a bearer token, basic credentials, or this machine itself where that is allowed."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from flask import g, request
from sqlalchemy import Connection, RowMapping, select

from service.store.tables import api_token, person
from service.web import here
from service.web.problems import Unauthorized

_HASHER = PasswordHasher()


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who has signed in; `roles` are those of the regulation's lanes."""

    id: str
    name: str
    unit_id: str | None
    roles: tuple[str, ...]


LOCAL = Person("local", "本机 · this machine", None, ("ADMIN",))


def hash_token(token: str) -> str:
    """How a token is stored: it is long and random, so a plain digest keeps it."""
    return hashlib.sha256(token.encode()).hexdigest()


def hash_password(password: str) -> str:
    return _HASHER.hash(password)


def require_person() -> None:
    """Find out who calls before anything else is done; raises Unauthorized."""
    g.person = _authenticate()


def caller() -> Person:
    """Who makes this request."""
    person_: Person = g.person
    return person_


def _authenticate() -> Person:
    parts = here()
    kind, _, value = request.headers.get("Authorization", "").strip().partition(" ")
    if not kind:
        if parts.settings.auth == "local" and request.remote_addr in ("127.0.0.1", "::1"):
            return LOCAL
        raise Unauthorized("Sign in with a bearer token, or with name and password.")
    with parts.database.read() as connection:
        row = None
        if kind.lower() == "bearer":
            row = _by_token(connection, value.strip())
        elif kind.lower() == "basic" and request.authorization is not None:
            given = request.authorization
            row = _by_password(connection, given.username or "", given.password or "")
    if row is None:
        raise Unauthorized("The token, or the name and password, are not known here.")
    return Person(row["id"], row["name"], row["unit_id"], tuple(row["roles"]))


def _by_token(connection: Connection, token: str) -> RowMapping | None:
    now = here().engine.clock()
    query = (
        select(person)
        .join(api_token, api_token.c.person_id == person.c.id)
        .where(api_token.c.token_hash == hash_token(token))
        .where(api_token.c.expires_at.is_(None) | (api_token.c.expires_at > now))
    )
    return connection.execute(query).mappings().first()


def _by_password(connection: Connection, name: str, password: str) -> RowMapping | None:
    row = connection.execute(select(person).where(person.c.id == name)).mappings().first()
    # A name that is not known takes as long as a wrong password.
    stored = row["password_hash"] if row and row["password_hash"] else _NOBODY
    try:
        _HASHER.verify(stored, password)
    except (VerificationError, InvalidHashError):
        return None
    return row


_NOBODY = _HASHER.hash("nobody has this password")
