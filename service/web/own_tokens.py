"""Our own access tokens: short-lived, signed by a key that the store keeps for all nodes."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey
from sqlalchemy import Connection, delete, insert, select, text

from service.store.tables import signing_key

ALGORITHM = "ES256"
AUDIENCE = "hotline"
LIFETIME = timedelta(minutes=10)
_SIGNS_FOR = timedelta(days=90)  # then another key signs, and this one is known until its last token has run out
_KNOWN_FOR = _SIGNS_FOR + 6 * LIFETIME
_LEEWAY_SECONDS = 30  # between the clocks of two nodes
_LOCK = 12347


def issue(connection: Connection, person_id: str, secret_hash: str, issuer: str, now: datetime, scope: str = "") -> str:
    """A signed token (RFC 9068) that lets this person in for LIFETIME, or until the secret it was given for is gone."""
    kid, key = _signing(connection, now)
    at = int(now.timestamp())
    claims = {
        "iss": issuer,
        "sub": person_id,
        "client_id": person_id,
        "secret_hash": secret_hash,
        "aud": AUDIENCE,
        "iat": at,
        "exp": at + int(LIFETIME.total_seconds()),
        "jti": secrets.token_urlsafe(16),
    }
    if scope:
        claims["scope"] = scope
    return jwt.encode({"alg": ALGORITHM, "typ": "at+jwt", "kid": kid}, claims, key, [ALGORITHM])


def knows(connection: Connection, kid: str, now: datetime) -> str | None:
    """The stored key of this id, if it is one of ours that is still known."""
    query = select(signing_key.c.private_key)
    return connection.execute(
        query.where(signing_key.c.kid == kid, signing_key.c.created_at > now - _KNOWN_FOR)
    ).scalar()


def read(token: str, private_key: str, now: datetime) -> tuple[str, str] | None:
    """The hash of the secret that it was given for, and its scope; nothing if it was not signed by this key, or has
    run out.

    The issuer is not compared: it is the name under which this service was asked for the token, and it may have
    several. That a token is ours is shown by the key, which nobody else has.
    """
    claims = jwt.JWTClaimsRegistry(
        now=int(now.timestamp()),
        leeway=_LEEWAY_SECONDS,
        aud={"essential": True, "value": AUDIENCE},
        exp={"essential": True},
        sub={"essential": True},
        secret_hash={"essential": True},
    )
    try:
        told = jwt.decode(token, _imported(private_key), [ALGORITHM])
        claims.validate(told.claims)
    except (JoseError, ValueError):
        return None
    if told.header.get("typ") != "at+jwt":
        return None
    return str(told.claims["secret_hash"]), str(told.claims.get("scope", ""))


def public_keys(connection: Connection, now: datetime) -> list[dict[str, Any]]:
    """What others check our tokens with, the newest first."""
    query = select(signing_key).where(signing_key.c.created_at > now - _KNOWN_FOR)
    rows = connection.execute(query.order_by(signing_key.c.created_at.desc())).mappings()
    return [
        {**_imported(row["private_key"]).as_dict(private=False), "kid": row["kid"], "use": "sig", "alg": ALGORITHM}
        for row in rows
    ]


def _signing(connection: Connection, now: datetime) -> tuple[str, ECKey]:
    """The key that signs now; the first that is asked for after its time makes another."""
    query = select(signing_key.c.kid, signing_key.c.private_key).where(signing_key.c.created_at > now - _SIGNS_FOR)
    query = query.order_by(signing_key.c.created_at.desc(), signing_key.c.kid).limit(1)
    found = connection.execute(query).first()
    if found is None and connection.dialect.name == "postgresql":
        # Another node may be making one.
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
        found = connection.execute(query).first()
    if found is not None:
        return found.kid, _imported(found.private_key)
    key, kid = ECKey.generate_key("P-256"), secrets.token_urlsafe(12)
    connection.execute(delete(signing_key).where(signing_key.c.created_at <= now - _KNOWN_FOR))
    stored = {"kid": kid, "private_key": key.as_pem(private=True).decode(), "created_at": now}
    connection.execute(insert(signing_key).values(stored))
    return kid, key


@lru_cache(maxsize=16)
def _imported(private_key: str) -> ECKey:
    return ECKey.import_key(private_key)
