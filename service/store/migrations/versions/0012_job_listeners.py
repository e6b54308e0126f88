"""Jobs that are listeners, and jobs in the order of their priority."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"

_INDEX = "ix_job_priority"


def upgrade() -> None:
    op.add_column("job", sa.Column("kind", sa.String(20), server_default="BPMN_ELEMENT", nullable=False))
    op.add_column("job", sa.Column("listener_event", sa.String(16), server_default="UNSPECIFIED", nullable=False))
    ready = sa.text("state = 'READY'")
    op.create_index(_INDEX, "job", ["type", "priority"], sqlite_where=ready, postgresql_where=ready)


def downgrade() -> None:
    op.drop_index(_INDEX, table_name="job")
    for name in ("listener_event", "kind"):
        op.drop_column("job", name)
