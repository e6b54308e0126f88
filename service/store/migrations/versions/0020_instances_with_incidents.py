"""An index of the process instances that have incidents."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"

_INDEX = "ix_process_instance_incidents"


def upgrade() -> None:
    where = sa.text("incidents > 0")
    op.create_index(_INDEX, "process_instance", ["key"], sqlite_where=where, postgresql_where=where)


def downgrade() -> None:
    op.drop_index(_INDEX, "process_instance")
