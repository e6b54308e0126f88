"""Filters that people keep, and what they have begun to write in the forms of tasks."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from service.store.tables.columns import Instant

revision = "0042"
down_revision = "0041"


def upgrade() -> None:
    op.create_table(
        "saved_filter",
        sa.Column("key", sa.BigInteger, autoincrement=False, nullable=False),
        sa.Column("person_id", sa.String(80), nullable=False),
        sa.Column("sealed", sa.Text, nullable=False, server_default=""),
        sa.PrimaryKeyConstraint("key", name="pk_saved_filter"),
    )
    op.create_index("ix_saved_filter_person_id", "saved_filter", ["person_id"])
    op.create_table(
        "task_draft",
        sa.Column("task_key", sa.BigInteger, autoincrement=False, nullable=False),
        sa.Column("person_id", sa.String(80), nullable=False),
        sa.Column("instance_key", sa.BigInteger, nullable=False),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        sa.Column("changed_at", Instant, nullable=False),
        sa.PrimaryKeyConstraint("task_key", "person_id", name="pk_task_draft"),
    )
    op.create_index("ix_task_draft_instance_key", "task_draft", ["instance_key"])


def downgrade() -> None:
    op.drop_table("task_draft")
    op.drop_table("saved_filter")
