"""What is protected of what is kept of processes, and what was said in matters, is sealed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"

_UNSEALED = "ix_process_instance_unsealed"
_SEALED = ("process_instance", "element_instance", "history", "notice")


def upgrade() -> None:
    for table in _SEALED:
        op.add_column(table, sa.Column("sealed", sa.LargeBinary()))
    op.add_column("process_instance", sa.Column("data_key", sa.Text()))
    # Those without a key are sealed when the service starts, which has the keys.
    where = sa.text("data_key IS NULL")
    op.create_index(_UNSEALED, "process_instance", ["key"], sqlite_where=where, postgresql_where=where)
    op.add_column("message", sa.Column("sealed", sa.Text(), server_default="", nullable=False))
    op.add_column("matter", sa.Column("word_marks", sa.Text(), server_default="", nullable=False))


def downgrade() -> None:
    op.drop_column("matter", "word_marks")
    op.drop_column("message", "sealed")
    op.drop_index(_UNSEALED, "process_instance")
    op.drop_column("process_instance", "data_key")
    for table in reversed(_SEALED):
        op.drop_column(table, "sealed")
