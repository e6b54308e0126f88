"""User tasks found by who has completed them: everybody's list asks for those."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"

_NAME = "ix_user_task_completed_by"


def upgrade() -> None:
    done = sa.text("completed_by IS NOT NULL")
    op.create_index(_NAME, "user_task", ["completed_by"], sqlite_where=done, postgresql_where=done)


def downgrade() -> None:
    op.drop_index(_NAME, table_name="user_task")
