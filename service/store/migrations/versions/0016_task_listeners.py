"""Listeners of user tasks: what is asked of a task while they are, and their jobs."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from service.store.tables.columns import Json

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    op.add_column("user_task", sa.Column("listens", sa.Text(), server_default="", nullable=False))
    op.add_column("user_task", sa.Column("transition", Json, nullable=True))
    op.add_column("job", sa.Column("task_key", sa.BigInteger(), nullable=True))


def downgrade() -> None:
    op.drop_column("job", "task_key")
    for name in ("transition", "listens"):
        op.drop_column("user_task", name)
