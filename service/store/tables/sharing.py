"""With which systems matters are shared."""

from __future__ import annotations

from sqlalchemy import Column, String, Table, Text, UniqueConstraint

from service.store.tables.columns import Instant, metadata, ref_column, text_column

consumer = Table(
    "consumer",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("unit_id", String(80), nullable=False, index=True),
    Column("name", Text, nullable=False),
    Column("purpose", Text, nullable=False),
    Column("scope", String(20), nullable=False),
    Column("url", Text, nullable=False),
    # Sealed, as store/secrets.py writes it; it signs what is sent.
    Column("secret", Text, nullable=False),
    text_column("document"),
    Column("state", String(20), nullable=False),
    Column("opened_at", Instant, nullable=False),
    Column("closed_at", Instant),
    # What has changed until here is sent.
    Column("sent_until", Instant, nullable=False),
    Column("sent_number", String(32), nullable=False, server_default="", default=""),
    ref_column("job_key"),
    UniqueConstraint("job_key"),
)
