"""With which systems matters are shared."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from service.store.tables.columns import Instant

revision = "0032"
down_revision = "0031"


def upgrade() -> None:
    op.create_table(
        "consumer",
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("unit_id", sa.String(80), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("scope", sa.String(20), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("secret", sa.Text(), nullable=False),
        sa.Column("document", sa.Text(), server_default="", nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("opened_at", Instant(), nullable=False),
        sa.Column("closed_at", Instant()),
        sa.Column("sent_until", Instant(), nullable=False),
        sa.Column("sent_number", sa.String(32), server_default="", nullable=False),
        sa.Column("job_key", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consumer")),
        sa.UniqueConstraint("job_key", name=op.f("uq_consumer_job_key")),
    )
    op.create_index("ix_consumer_unit_id", "consumer", ["unit_id"])


def downgrade() -> None:
    op.drop_table("consumer")
