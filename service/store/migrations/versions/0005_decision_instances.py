"""What was decided is looked for in the history."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.create_index(
        "ix_history_decision",
        "history",
        ["key"],
        sqlite_where=sa.text("kind = 'decision'"),
        postgresql_where=sa.text("kind = 'decision'"),
    )


def downgrade() -> None:
    op.drop_index("ix_history_decision", table_name="history")
