"""Bearer tokens of people and systems: given, listed and taken back; what is kept of one is its hash."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection, RowMapping, delete, insert, select

from service.engine import audit
from service.errors import Forbidden, NotFound
from service.store.tables import api_token, person

# Enough of a hash to know a token by, and not enough to be one.
ID = 16
MOST_DAYS = 3650


def give(
    connection: Connection,
    person_id: str,
    hash_: str,
    *,
    scopes: str,
    label: str,
    days: int,
    at: datetime,
    by: str,
) -> datetime:
    """Keep a token of a system, or of whoever gives it, by its hash; answers when it runs out.

    Raises NotFound; Forbidden for other people: who has their token would be taken for them.
    """
    if not _is_system(connection, person_id) and person_id != by:
        raise Forbidden("A token is given to a system, or to oneself. Other people sign in by themselves.")
    expires_at = at + timedelta(days=days)
    values = {"token_hash": hash_, "person_id": person_id, "label": label, "scopes": scopes}
    connection.execute(insert(api_token).values(**values, created_at=at, expires_at=expires_at))
    audit.record(connection, at, "token-created", who=by, subject=f"person {person_id}", id=hash_[:ID], scopes=scopes)
    return expires_at


def listed(connection: Connection, person_id: str) -> Sequence[RowMapping]:
    """Those of somebody, the newest first. Raises NotFound."""
    _roles(connection, person_id)
    mine = select(api_token).where(api_token.c.person_id == person_id)
    return connection.execute(mine.order_by(api_token.c.created_at.desc())).mappings().all()


def take_back(connection: Connection, id_: str, *, at: datetime, by: str) -> None:
    """It lets nobody in from now on, nor do the access tokens that were given for it. Raises NotFound."""
    mine = api_token.c.token_hash.startswith(id_, autoescape=True)
    found = connection.execute(select(api_token).where(mine)).mappings().all() if len(id_) == ID else []
    if len(found) != 1:
        raise NotFound(f"There is no token {id_[:40]}.")
    connection.execute(delete(api_token).where(api_token.c.token_hash == found[0]["token_hash"]))
    audit.record(connection, at, "token-deleted", who=by, subject=f"person {found[0]['person_id']}", id=id_)


def new() -> str:
    return secrets.token_urlsafe(32)


def id_of(row: RowMapping) -> str:
    """What a token is called."""
    return str(row["token_hash"][:ID])


def _is_system(connection: Connection, person_id: str) -> bool:
    return _roles(connection, person_id) == ["INTEGRATOR"]


def _roles(connection: Connection, person_id: str) -> list[str]:
    row = connection.execute(select(person.c.roles).where(person.c.id == person_id)).first()
    if row is None:
        raise NotFound(f"There is nobody with the id {person_id[:80]}.")
    return list(row.roles)
