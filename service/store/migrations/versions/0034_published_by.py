"""Who has published a message that waits."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0033"


def upgrade() -> None:
    op.add_column("message", sa.Column("published_by", sa.Text(), server_default="", nullable=False))


def downgrade() -> None:
    op.drop_column("message", "published_by")
