"""Instances that are suspended, and their timers."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.add_column("process_instance", sa.Column("suspended_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("timer", sa.Column("suspended", sa.Boolean(), server_default=sa.false(), nullable=False))


def downgrade() -> None:
    op.drop_column("timer", "suspended")
    op.drop_column("process_instance", "suspended_at")
