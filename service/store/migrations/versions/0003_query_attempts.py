"""Wrong query codes are counted, so that nobody can try them all."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.add_column("matter", sa.Column("code_failures", sa.Integer(), server_default="0", nullable=False))
    op.add_column("matter", sa.Column("code_locked_until", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    op.drop_column("matter", "code_locked_until")
    op.drop_column("matter", "code_failures")
