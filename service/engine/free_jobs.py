"""Which jobs can be leased now, and when the next."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, func, literal_column, or_, select, true

from service.engine import Engine
from service.store.tables import job

# Written out, so that SQLite sees that the indexes of these states serve.
IS_READY = job.c.state == literal_column("'READY'")
IS_LOCKED = job.c.state == literal_column("'LOCKED'")
HAS_NO_TOKEN = job.c.lease_token == ""


def is_free(at: datetime, *, with_token: bool = False) -> ColumnElement[bool]:
    """Now; one that was leased with a token only to a worker that asks for one."""
    ready = IS_READY & (job.c.due_at <= at)
    lapsed = IS_LOCKED & (job.c.locked_until < at)
    return or_(ready, lapsed) & _fits(with_token)


def waiting(connection: Connection, engine: Engine, types: Collection[str], *, with_token: bool = False) -> bool:
    """Whether a job of these types can be leased now; a look that takes no lock."""
    query = select(job.c.key).where(job.c.type.in_(types), is_free(engine.clock(), with_token=with_token)).limit(1)
    return connection.execute(query).first() is not None


def next_free(connection: Connection, types: Collection[str], *, with_token: bool = False) -> dict[str, datetime]:
    """By type, when the next job can be leased: its back-off is over, or the lease of another has lapsed."""
    found: dict[str, datetime] = {}
    for state, column in ((IS_READY, job.c.due_at), (IS_LOCKED, job.c.locked_until)):
        earliest = (
            select(job.c.type, func.min(column))
            .where(state, job.c.type.in_(types), _fits(with_token))
            .group_by(job.c.type)
        )
        for type_, at in connection.execute(earliest):
            found[type_] = min(at, found.get(type_, at))
    return found


def _fits(with_token: bool) -> ColumnElement[bool]:
    return true() if with_token else HAS_NO_TOKEN
