"""Sign-ins that have failed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from service.store.tables.columns import Instant

revision = "0036"
down_revision = "0035"


def upgrade() -> None:
    op.create_table(
        "sign_in_attempt",
        sa.Column("mark", sa.String(64), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("failed_at", Instant(), nullable=False),
        sa.Column("waits_until", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("mark", name=op.f("pk_sign_in_attempt")),
    )
    op.create_index("ix_sign_in_attempt_failed_at", "sign_in_attempt", ["failed_at"])


def downgrade() -> None:
    op.drop_table("sign_in_attempt")
