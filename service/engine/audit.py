"""What happened, for auditors: told in the transaction of the deed itself, and sealed into a chain of hashes later.

Who tells adds a row to `audit_pending`, without a number, so that no step waits for another. Who seals takes what is
committed and numbers it without a gap, each record with the hash of the one before it. A transaction that commits late
is sealed late; one that was rolled back has left nothing to seal. So a number that is missing was taken away.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, delete, insert, select, text

from service.store import rows
from service.store.keys import new_key
from service.store.tables import audit_pending, audit_record
from service.store.unit_of_work import Database

# What the first record follows.
BEGINNING = "0" * 64
# So many are sealed in one transaction: others write in between.
_AT_ONCE = 500
_LOCK = 12348


def row(at: datetime, kind: str, who: str, subject: str, what: Mapping[str, Any]) -> dict[str, Any]:
    """A record as `audit_pending` takes it. Nothing in it may be personal: the chain keeps it for ever."""
    return {"key": new_key(), "at": at, "kind": kind, "who": who, "subject": subject, "what": dict(what)}


def record(connection: Connection, at: datetime, kind: str, *, who: str, subject: str = "", **what: Any) -> None:
    """Tell of a deed in the transaction that does it. Nothing personal: who did it is an id, what it was to a key."""
    connection.execute(rows.add(audit_pending), [row(at, kind, who, subject, what)])


def seal(database: Database, *, waits: bool = False) -> int:
    """Chain all that is committed by now; answers how many records that were.

    One process seals at a time, and steps never wait for it; another's sealing is left to it, unless one `waits`.
    """
    with database.glance() as connection:
        if connection.execute(select(audit_pending.c.key).limit(1)).first() is None:
            return 0
    sealed = 0
    while True:
        with database.write() as connection:
            found = _seal(connection, waits=waits)
        sealed += found
        if found < _AT_ONCE:
            return sealed


def digest(sequence: int, told: Mapping[str, Any] | RowMapping, previous_hash: str) -> str:
    """The hash of a record: SHA-256 over JSON with sorted names, no blanks, UTF-8, and moments in UTC."""
    moment = told["at"]
    at = moment.astimezone(UTC).isoformat(timespec="microseconds") if isinstance(moment, datetime) else moment
    whole = {
        "sequence": sequence,
        "at": at,
        "kind": told["kind"],
        "who": told["who"],
        "subject": told["subject"],
        "what": told["what"],
        "previous_hash": previous_hash,
    }
    return hashlib.sha256(canonical(whole)).hexdigest()


def canonical(value: Any) -> bytes:
    """JSON of which there is one only. What no record holds that was written here is spelled as it can be."""
    spelled = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=repr)
    return spelled.encode("utf-8", "surrogatepass")


def head(connection: Connection) -> tuple[int, str]:
    """Number and hash of the last record; 0 and BEGINNING before the first."""
    record_ = audit_record.c
    query = select(record_.sequence, record_.hash).order_by(record_.sequence.desc()).limit(1)
    found = connection.execute(query).first()
    return (found.sequence, found.hash) if found else (0, BEGINNING)


def _seal(connection: Connection, *, waits: bool) -> int:
    if connection.dialect.name == "postgresql":
        kind = "pg_advisory_xact_lock" if waits else "pg_try_advisory_xact_lock"
        if connection.execute(text(f"SELECT {kind}(:key)"), {"key": _LOCK}).scalar() is False:
            return 0
    # Read after the lock is had, by statements of their own: they see what the sealer before has committed.
    sequence, previous_hash = head(connection)
    query = select(audit_pending).order_by(audit_pending.c.key).limit(_AT_ONCE)
    found = connection.execute(query).mappings().all()
    if not found:
        return 0
    chained = []
    for told in found:
        sequence += 1
        hash_ = digest(sequence, told, previous_hash)
        columns = {name: told[name] for name in ("at", "kind", "who", "subject", "what")}
        chained.append({"sequence": sequence, **columns, "previous_hash": previous_hash, "hash": hash_})
        previous_hash = hash_
    connection.execute(insert(audit_record), chained)
    # By their keys: one with a smaller key may be committed meanwhile.
    connection.execute(delete(audit_pending).where(audit_pending.c.key.in_([told["key"] for told in found])))
    return len(found)
