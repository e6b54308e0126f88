"""What is done to many instances, one after another."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Integer, String, Table, Text

from service.store.tables.columns import Instant, Json, index_where, key_column, metadata, ref_column, text_column

batch_operation = Table(
    "batch_operation",
    metadata,
    key_column(),
    Column("kind", String(40), nullable=False),
    Column("state", String(10), nullable=False),
    # What is to be done: for a migration its target and mapping.
    Column("plan", Json, nullable=False),
    text_column("by"),
    Column("started_at", Instant, nullable=False),
    Column("ended_at", Instant),
    Column("total", Integer, nullable=False),
    Column("completed", Integer, nullable=False, server_default="0", default=0),
    Column("failed", Integer, nullable=False, server_default="0", default=0),
    index_where("ix_batch_operation_active", "state = 'ACTIVE'", "key"),
)

batch_item = Table(
    "batch_item",
    metadata,
    Column("operation_key", BigInteger, primary_key=True, autoincrement=False),
    Column("instance_key", BigInteger, primary_key=True, autoincrement=False),
    ref_column("root_key"),
    Column("state", String(10), nullable=False),
    Column("processed_at", Instant),
    Column("error", Text),
    index_where("ix_batch_item_active", "state = 'ACTIVE'", "operation_key", "instance_key"),
)
