"""What people keep beside their work: filters of the inbox, and what they have begun to write in a task's form."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, LargeBinary, PrimaryKeyConstraint, String, Table

from service.store.tables.columns import Instant, instance_column, key_column, metadata, text_column

# Name and filter are sealed together, as store/secrets.py does it: somebody may look for a service object's words.
saved_filter = Table(
    "saved_filter",
    metadata,
    key_column(),
    Column("person_id", String(80), nullable=False, index=True),
    text_column("sealed"),
)

# Sealed by the key of the process instance, with which it is erased.
task_draft = Table(
    "task_draft",
    metadata,
    Column("task_key", BigInteger, nullable=False, autoincrement=False),
    Column("person_id", String(80), nullable=False),
    instance_column(),
    Column("sealed", LargeBinary, nullable=False),
    Column("changed_at", Instant, nullable=False),
    PrimaryKeyConstraint("task_key", "person_id"),
)
