"""Notes beside a matter, for those who work on it and for its service object."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from service.store.tables.columns import Instant

revision = "0045"
down_revision = "0044"


def upgrade() -> None:
    op.create_table(
        "matter_note",
        sa.Column("key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("number", sa.String(32), nullable=False),
        sa.Column("instance_key", sa.BigInteger(), nullable=False),
        sa.Column("is_public", sa.Boolean(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_matter_note")),
    )
    op.create_index("ix_matter_note_number", "matter_note", ["number"])
    op.create_index("ix_matter_note_instance_key", "matter_note", ["instance_key"])


def downgrade() -> None:
    op.drop_table("matter_note")
