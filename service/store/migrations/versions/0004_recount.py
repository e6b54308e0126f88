"""Timers that are to be computed again, because the calendar has changed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.add_column("timer", sa.Column("recount", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.create_index(
        "ix_timer_recount",
        "timer",
        ["recount"],
        sqlite_where=sa.text("recount"),
        postgresql_where=sa.text("recount"),
    )


def downgrade() -> None:
    op.drop_index("ix_timer_recount", table_name="timer")
    op.drop_column("timer", "recount")
