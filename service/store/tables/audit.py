"""What auditors read: records in a chain of hashes, those that wait to be sealed into it, and the anchors of days."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Date, String, Table, Text

from service.store.tables.columns import Instant, Json, key_column, metadata, text_column


def _told() -> tuple[Column[object], ...]:
    """What a record says; nothing in it is personal, but for the ids of those who work here."""
    return (
        Column("at", Instant, nullable=False),
        Column("kind", String(40), nullable=False),
        Column("who", Text, nullable=False),
        Column("subject", Text, nullable=False),
        Column("what", Json, nullable=False),
    )


# Written in the transaction of what it tells; no number, no hash and no index, so that no step waits for another.
audit_pending = Table("audit_pending", metadata, key_column(), *_told())

# Added to by whoever seals, and never changed.
audit_record = Table(
    "audit_record",
    metadata,
    Column("sequence", BigInteger, primary_key=True, autoincrement=False),
    *_told(),
    Column("previous_hash", String(64), nullable=False),
    Column("hash", String(64), nullable=False),
)

audit_anchor = Table(
    "audit_anchor",
    metadata,
    Column("day", Date, primary_key=True),
    Column("sequence", BigInteger, nullable=False),
    Column("hash", String(64), nullable=False),
    Column("made_at", Instant, nullable=False),
    text_column("signed_by"),
    text_column("signature"),
)
