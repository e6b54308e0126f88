"""What touches a state secret, kept apart."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from service.store.tables.columns import Instant

revision = "0033"
down_revision = "0032"


def upgrade() -> None:
    op.create_table(
        "quarantine",
        sa.Column("key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("number", sa.String(32), nullable=False),
        sa.Column("sealed", sa.Text(), server_default="", nullable=False),
        sa.Column("taken_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_quarantine")),
    )
    op.create_index("ix_quarantine_number", "quarantine", ["number"])


def downgrade() -> None:
    op.drop_table("quarantine")
