"""Which files of tables and diagrams others have approved."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from service.store.tables.columns import Instant

revision = "0035"
down_revision = "0034"


def upgrade() -> None:
    op.create_table(
        "approval",
        sa.Column("key", sa.BigInteger(), nullable=False),
        sa.Column("checksum", sa.String(64), nullable=False),
        sa.Column("process_id", sa.Text(), nullable=False),
        sa.Column("instance_key", sa.BigInteger(), nullable=False),
        sa.Column("job_key", sa.BigInteger(), nullable=False),
        sa.Column("counts_from", sa.Date(), nullable=False),
        sa.Column("document", sa.Text(), server_default="", nullable=False),
        sa.Column("approved_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_approval")),
        sa.UniqueConstraint("checksum", "job_key", name=op.f("uq_approval_checksum_job_key")),
    )


def downgrade() -> None:
    op.drop_table("approval")
