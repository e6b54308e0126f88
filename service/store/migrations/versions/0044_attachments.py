"""Files that belong to a matter."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from service.store.tables.columns import Instant

revision = "0044"
down_revision = "0043"


def upgrade() -> None:
    op.create_table(
        "attachment",
        sa.Column("key", sa.BigInteger, autoincrement=False, nullable=False),
        sa.Column("number", sa.String(32), nullable=False),
        sa.Column("data_key", sa.Text, nullable=False, server_default=""),
        sa.Column("sealed_name", sa.LargeBinary, nullable=False),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("size", sa.Integer, nullable=False),
        sa.Column("of_object", sa.Boolean, nullable=False),
        sa.Column("task_key", sa.BigInteger),
        sa.Column("added_by", sa.Text, nullable=False, server_default=""),
        sa.Column("added_at", Instant, nullable=False),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_attachment"),
    )
    op.create_index("ix_attachment_number", "attachment", ["number"])


def downgrade() -> None:
    op.drop_table("attachment")
