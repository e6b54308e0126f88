"""Requests that may come twice: the second gets the answer of the first, and nothing is done again."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, delete, select, update

from service.errors import HotlineError
from service.store import rows
from service.store.tables import idempotency

KEPT = timedelta(hours=24)
_RUNNING = 0


class OtherRequest(HotlineError):
    """The key was used before, for a request that said something else."""


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Request:
    """One request under a key of its caller's choice; the key itself is not kept."""

    key: str
    scope: str
    body: bytes

    @property
    def stored_key(self) -> str:
        return hashlib.sha256(self.key.encode()).hexdigest()

    @property
    def digest(self) -> str:
        return hashlib.sha256(self.body).hexdigest()

    def sealed(self, secret: str) -> str:
        """A short secret of the answer, hidden from whoever reads the table without the key; opens what it sealed."""
        pad = hashlib.sha256(f"{self.scope} {self.key}".encode()).digest()
        mixed = bytes(one ^ other for one, other in zip(bytes.fromhex(secret), pad, strict=False))
        return mixed.hex()


def begin(connection: Connection, request: Request, at: datetime) -> Answer | None:
    """Take the key in the transaction that does what is asked, or give the answer that was given under it.

    A second request waits for the transaction of the first. Raises OtherRequest if that was for something else.
    """
    connection.execute(delete(idempotency).where(idempotency.c.created_at < at - KEPT))
    values = {
        "key": request.stored_key,
        "scope": request.scope,
        "request_hash": request.digest,
        "status": _RUNNING,
        "response": {},
        "created_at": at,
    }
    if rows.add_once(connection, idempotency, values):
        return None
    row = connection.execute(select(idempotency).where(_mine(request))).mappings().one()
    if row["request_hash"] != request.digest:
        raise OtherRequest("This Idempotency-Key was used for another request. Choose a new one for each request.")
    return Answer(row["status"], row["response"])


def finish(connection: Connection, request: Request, answer: Answer) -> None:
    """Keep the answer."""
    values = {"status": answer.status, "response": dict(answer.body)}
    connection.execute(update(idempotency).where(_mine(request)).values(values))


def give_up(connection: Connection, request: Request) -> None:
    """Let the key go: nothing was done under it, though the transaction is committed."""
    connection.execute(delete(idempotency).where(_mine(request)))


def _mine(request: Request) -> Any:
    return (idempotency.c.key == request.stored_key) & (idempotency.c.scope == request.scope)
