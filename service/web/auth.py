"""Who is calling: a bearer token, basic credentials, or this machine itself where that is allowed."""

from __future__ import annotations

import hashlib
import secrets
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from math import ceil
from urllib.parse import urlsplit

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from flask import current_app, g, request
from sqlalchemy import Connection, RowMapping, select
from werkzeug.exceptions import TooManyRequests

from service.errors import Forbidden
from service.hotline import attempts, second_factors, sessions
from service.hotline.people import is_of_agency
from service.store.tables import api_token, person
from service.web import here, own_tokens, scopes, sign_ins
from service.web.foreign_tokens import ISSUER, ForeignIssuer, key_id
from service.web.problems import Unauthorized

_HASHER = PasswordHasher()
_LOCAL_NAMES = ("127.0.0.1", "::1", "localhost")
# What is asked with one of these changes nothing.
_SAFE = ("GET", "HEAD", "OPTIONS")
COOKIE = "hotline_session"
_FORWARDED = ("Forwarded", "X-Forwarded-For", "X-Real-Ip", "Via")


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who has signed in; `roles` are those of the regulation's lanes, `scopes` what of all that they allow
    this token is for: None, which is everything, for whoever has come without one of ours."""

    id: str
    name: str
    unit_id: str | None
    roles: tuple[str, ...]
    scopes: frozenset[str] | None = None


LOCAL = Person("local", "本机 · this machine", None, ("ADMIN",))


def hash_token(token: str) -> str:
    """How a token is stored: it is long and random, so a plain digest keeps it."""
    return hashlib.sha256(token.encode()).hexdigest()


def hash_password(password: str) -> str:
    return _HASHER.hash(password)


def require_person() -> None:
    """Find out who calls before anything else is done; raises Unauthorized."""
    g.person = _authenticate()


def visitor() -> Person | None:
    """Who asks where anybody may; None for whoever has not signed in. Raises Unauthorized for who tried in vain."""
    try:
        require_person()
    except Unauthorized:
        if request.headers.get("Authorization", "").strip():
            raise
        return None
    return caller()


def caller() -> Person:
    """Who makes this request."""
    person_: Person = g.person
    return person_


def _authenticate() -> Person:
    parts = here()
    kind, _, value = request.headers.get("Authorization", "").strip().partition(" ")
    if not kind:
        if known := _by_session():
            return known
        if parts.settings.auth == "local" and _is_from_here():
            return LOCAL
        raise Unauthorized("Sign in with a bearer token, or with name and password.")
    row = None
    if kind.lower() == "bearer":
        person_ = _by_known_bearer(value.strip())
        if person_ is None:
            sign_ins.failed("bearer")
            raise Unauthorized("The token is not known here, or has run out.", scheme="Bearer")
        sign_ins.succeeded(person_.id, "bearer")
        if person_.scopes is not None and not person_.scopes:
            raise Forbidden("This token is without scopes, and for nothing. Give another with some, and take it back.")
        return person_
    if kind.lower() == "basic" and request.authorization is not None:
        name = request.authorization.username or ""
        row = by_password(name, request.authorization.password or "")
        if row is None:
            sign_ins.failed("basic", name)
        elif needs_code(_person(row)):
            sign_ins.failed("basic-without-code", name)
            raise Unauthorized("A password is not enough for you: sign in at /sign-in, or with a token.")
        else:
            sign_ins.succeeded(row["id"], "basic")
    if row is None:
        raise Unauthorized("The token, or the name and password, are not known here.")
    return _person(row)


def _person(row: RowMapping, scope: str | None = None) -> Person:
    """`scope` is that of the access token by which somebody comes who has a secret of this row."""
    mine = scopes.granted(scope, scopes.read(row["scopes"])) if "scopes" in row else None
    return Person(row["id"], row["name"], row["unit_id"], tuple(row["roles"]), mine)


def _by_known_bearer(token: str) -> Person | None:
    """The same, counting what is not known. Raises TooManyRequests where too many were not lately; a token that has let
    somebody in just now is not kept waiting for what others try from the same address."""
    parts, marks, mark = here(), attempts.marks_of_tokens(asked_from()), hash_token(token).encode()
    at = parts.engine.clock()
    if marks and not _LET_IN.knows(mark, at):
        with parts.database.read() as connection:
            _require_free(connection, marks, at)
    person_ = _by_bearer(token)
    if person_ is not None:
        _LET_IN.keep(mark, at)
    elif marks:
        with parts.database.write() as connection:
            attempts.failed(connection, marks, limits(), at)
    return person_


def _by_bearer(token: str) -> Person | None:
    """Whose token it is: one that the store keeps, one that we have signed, or one of the other issuer.

    Raises Forbidden for whom the other issuer knows and we do not, Unavailable when its keys cannot be had.
    """
    parts = here()
    now, kid = parts.engine.clock(), key_id(token)
    with parts.database.read() as connection:
        if kid is None:
            row = _by_token(connection, hash_token(token))
            return _person(row) if row else None
        key = own_tokens.knows(connection, kid, now)
        if key is not None:
            # Whose it is: whose secret it was given for, while that is kept.
            secret_hash, scope = own_tokens.read(token, key, now) or ("", "")
            row = _by_token(connection, secret_hash)
            return _person(row, scope) if row else None
    issuer: ForeignIssuer | None = current_app.extensions.get(ISSUER)
    signed = issuer.read(token, kid, now) if issuer else None
    if signed is None:
        return None
    with parts.database.read() as connection:
        known = by_id(connection, signed.id)
    if known is None and not signed.roles:
        raise Forbidden("The issuer of your token knows you, but nobody has given you a role here.")
    return known or Person(signed.id, signed.id, None, signed.roles)


def needs_code(person_: Person) -> bool:
    """Whether a password alone does not let somebody in: for the role, or as they have a second factor."""
    parts = here()
    roles = frozenset(parts.settings.second_factor.split())
    if parts.settings.auth == "required" and is_of_agency(person_) and not roles.isdisjoint(person_.roles):
        return True
    with parts.database.read() as connection:
        return second_factors.is_confirmed(connection, person_.id)


def _by_session() -> Person | None:
    """Whose browser it is, if it is signed in, and the page that asks is one of ours."""
    token, parts = request.cookies.get(COOKIE, ""), here()
    if not token or not (request.method in _SAFE or is_our_page()):
        return None
    with parts.database.read() as connection:
        found = sessions.find(connection, token, parts.engine.clock())
        if found is None or found.stage != sessions.SIGNED:
            return None
        # It has been begun where nobody was asked who they are.
        if found.how == sessions.DEMONSTRATION and parts.settings.auth != "local":
            return None
        return by_id(connection, found.person_id)


def is_our_page() -> bool:
    """Whether a page of this service sends this, which browsers say of all that is not just read."""
    try:
        return urlsplit(request.headers.get("Origin", "")).netloc == request.host
    except ValueError:
        return False


def by_id(connection: Connection, id_: str) -> Person | None:
    """Whom our register has under this id."""
    row = connection.execute(select(person).where(person.c.id == id_)).mappings().first()
    return _person(row) if row else None


def by_secret(person_id: str, token: str) -> Person | None:
    """This person, if it is one of the bearer tokens that the store keeps of them. Raises TooManyRequests where too
    many have failed lately."""
    parts, marks = here(), attempts.marks(f"client {person_id}", asked_from())
    at = parts.engine.clock()
    with parts.database.read() as connection:
        _require_free(connection, marks, at)
        row = _by_token(connection, hash_token(token))
        is_counted = attempts.has_failed(connection, marks)
    found = _person(row) if row is not None and row["id"] == person_id else None
    _count(marks, at, is_right=found is not None, is_counted=is_counted)
    return found


def _is_from_here() -> bool:
    """Whether a program of this machine asks: nobody behind a proxy, and no page of another site in a browser here."""
    if request.remote_addr not in ("127.0.0.1", "::1") or any(name in request.headers for name in _FORWARDED):
        return False
    origin = request.headers.get("Origin")
    try:
        is_ours = urlsplit(f"//{request.host}").hostname in _LOCAL_NAMES
        return is_ours and (origin is None or urlsplit(origin).netloc == request.host)
    except ValueError:
        return False


def _by_token(connection: Connection, token_hash: str) -> RowMapping | None:
    now = here().engine.clock()
    query = (
        select(person, api_token.c.scopes)
        .join(api_token, api_token.c.person_id == person.c.id)
        .where(api_token.c.token_hash == token_hash)
        .where(api_token.c.expires_at.is_(None) | (api_token.c.expires_at > now))
    )
    return connection.execute(query).mappings().first()


def by_password(name: str, password: str) -> RowMapping | None:
    """The row of whom this name and password belong to. Raises TooManyRequests where too many have failed lately."""
    if "\x00" in name:
        return None
    parts, marks = here(), attempts.marks(name, asked_from())
    at = parts.engine.clock()
    with parts.database.read() as connection:
        _require_free(connection, marks, at)
        row = connection.execute(select(person).where(person.c.id == name)).mappings().first()
        is_counted = attempts.has_failed(connection, marks)
    # A name that is not known takes as long as a wrong password. The database is not held meanwhile.
    stored = row["password_hash"] if row and row["password_hash"] else _nobody()
    is_right = _VERIFIED.verify(stored, password, at)
    _count(marks, at, is_right=is_right, is_counted=is_counted)
    return row if is_right else None


def _require_free(connection: Connection, marks: Mapping[str, str], at: datetime) -> None:
    """Raises TooManyRequests where too many have failed lately."""
    try:
        attempts.require_free(connection, marks, at)
    except attempts.TooManyTries as error:
        wait = ceil((error.until - at).total_seconds())
        raise TooManyRequests(error.message, retry_after=wait) from None


def _count(marks: Mapping[str, str], at: datetime, *, is_right: bool, is_counted: bool) -> None:
    """Keep that somebody has failed, or forget it; `is_counted`: there is something to forget."""
    if is_right and not is_counted:
        return
    with here().database.write() as connection:
        if is_right:
            attempts.succeeded(connection, marks)
        else:
            attempts.failed(connection, marks, limits(), at)


def limits(of_address: int | None = None) -> attempts.Limits:
    """How long to wait after how many tries; `of_address` where others than sign-ins are counted."""
    settings = here().settings
    first, longest = settings.sign_in_wait_seconds, settings.sign_in_longest_seconds
    tries = settings.sign_in_tries, settings.sign_in_tries_of_address if of_address is None else of_address
    return attempts.Limits(*tries, timedelta(seconds=first), timedelta(seconds=longest))


def asked_from() -> str | None:
    """From where somebody asks; nothing where a proxy stands in front that we were not told of."""
    if not any(name in request.headers for name in _FORWARDED):
        return request.remote_addr
    ours, route = here().settings.proxies, request.access_route
    return route[-ours] if 0 < ours <= len(route) else None


class _Lately:
    """What was right a moment ago in this process."""

    def __init__(self, keep: timedelta, most: int) -> None:
        self._for, self._most = keep, most
        self._until: dict[bytes, datetime] = {}
        self._lock = threading.Lock()

    def knows(self, mark: bytes, now: datetime) -> bool:
        with self._lock:
            return self._until.get(mark, now) > now

    def keep(self, mark: bytes, now: datetime) -> None:
        with self._lock:
            if len(self._until) >= self._most:
                self._until.clear()
            self._until[mark] = now + self._for


class _Verified:
    """Passwords that were right a moment ago, so that a client is not slowed down at every request.

    What is kept is a digest over the password and its stored hash, under a key of this process: it is of no use to
    anybody else, and a password that has been changed is not found any more.
    """

    def __init__(self, keep: timedelta, most: int) -> None:
        self._key, self._right = secrets.token_bytes(32), _Lately(keep, most)

    def verify(self, stored: str, password: str, now: datetime) -> bool:
        mark = hashlib.blake2b(f"{stored}\n{password}".encode(), key=self._key, digest_size=32).digest()
        if self._right.knows(mark, now):
            return True
        try:
            _HASHER.verify(stored, password)
        except (VerificationError, InvalidHashError):
            return False
        self._right.keep(mark, now)
        return True


@cache
def _nobody() -> str:
    return _HASHER.hash("nobody has this password")


_VERIFIED = _Verified(timedelta(minutes=5), 1_000)
_LET_IN = _Lately(timedelta(minutes=5), 10_000)
