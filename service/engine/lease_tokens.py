"""Tokens that fence the leases of jobs: a worker whose lease was given on can do nothing to the job any more.

Once a job was leased with a token, it is given only to workers that ask for tokens.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable

from sqlalchemy import Connection, RowMapping

from service.errors import Conflict
from service.store import rows
from service.store.tables import job


def give(connection: Connection, keys: Iterable[int]) -> None:
    """A new one for each of these jobs, which are being leased."""
    connection.execute(rows.change(job), [{"row_key": key, "lease_token": secrets.token_urlsafe(16)} for key in keys])


def check(row: RowMapping, token: str | None, *, is_needed: bool = True) -> None:
    """Raises Conflict for another token than that of the job's lease, and if it has one and none is told."""
    kept = row["lease_token"]
    if token is None and not is_needed:
        return
    if kept and (token is None or not secrets.compare_digest(token.encode(), kept.encode())):
        told = "was leased with a token, which is not told" if token is None else "has been leased anew since"
        raise Conflict(f"Job {row['key']} {told}. Tell the jobLeaseToken of its last activation.", job=str(row["key"]))
