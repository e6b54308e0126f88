"""Whatever a message has begun is found by its key alone, as all that was begun for a matter is."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0046"
down_revision = "0045"

_NAME, _TABLE = "ix_process_instance_started_by_key", "process_instance"
_STARTED = sa.text("started_by_key IS NOT NULL")


def upgrade() -> None:
    _turn("started_by_key", "process_id")


def downgrade() -> None:
    _turn("process_id", "started_by_key")


def _turn(*columns: str) -> None:
    op.drop_index(_NAME, table_name=_TABLE)
    op.create_index(_NAME, _TABLE, [*columns], sqlite_where=_STARTED, postgresql_where=_STARTED)
