"""The registers: what the agency knows and publishes, who sits when, who has been trained."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Date, Index, Integer, String, Table, Text, UniqueConstraint, false

from service.store.tables.columns import Instant, key_column, metadata, ref_column, text_column

# Each version is a row; the one that is PUBLISHED is found and read, the others are kept.
knowledge_entry = Table(
    "knowledge_entry",
    metadata,
    key_column(),
    Column("id", String(40), nullable=False),
    Column("version", Integer, nullable=False),
    Column("title", Text, nullable=False),
    # How else it is asked, a line each.
    text_column("questions"),
    text_column("short_answer"),
    Column("answer", Text, nullable=False),
    text_column("legal_basis"),
    Column("unit_id", String(80), nullable=False),
    Column("kind", String(20), nullable=False),
    Column("audience", String(20), nullable=False),
    Column("state", String(20), nullable=False),
    Column("valid_from", Date),
    Column("valid_until", Date),
    Column("review_date", Date),
    Column("published_at", Instant, nullable=False),
    Column("withdrawn_at", Instant),
    ref_column("job_key"),
    UniqueConstraint("id", "version"),
    UniqueConstraint("job_key"),
    Index("ix_knowledge_entry_state_published_at", "state", "published_at"),
    Index("ix_knowledge_entry_unit_id", "unit_id"),
)

publication = Table(
    "publication",
    metadata,
    key_column(),
    Column("id", String(40), nullable=False),
    Column("version", Integer, nullable=False),
    Column("kind", String(20), nullable=False),
    Column("title", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("state", String(20), nullable=False),
    Column("published_at", Instant, nullable=False),
    Column("withdrawn_at", Instant),
    ref_column("job_key"),
    UniqueConstraint("id", "version"),
    UniqueConstraint("job_key"),
)

roster_shift = Table(
    "roster_shift",
    metadata,
    key_column(),
    Column("week_from", Date, nullable=False, index=True),
    Column("from_at", Instant, nullable=False),
    Column("to_at", Instant, nullable=False),
    Column("seat", Integer, nullable=False),
    Column("person_id", String(80), nullable=False),
    Column("stands_in", Boolean, nullable=False, server_default=false(), default=False),
    ref_column("job_key"),
    Index("ix_roster_shift_from_at", "from_at"),
)

certificate = Table(
    "certificate",
    metadata,
    key_column(),
    Column("person_id", String(80), nullable=False, index=True),
    Column("unit_id", String(80)),
    Column("course", Text, nullable=False),
    Column("score", Integer, nullable=False),
    Column("issued_at", Instant, nullable=False),
    Column("valid_until", Date, nullable=False),
    ref_column("job_key"),
    UniqueConstraint("job_key"),
)
