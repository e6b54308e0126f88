"""Tokens of the leases of jobs."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    op.add_column("job", sa.Column("lease_token", sa.Text(), nullable=False, server_default=""))


def downgrade() -> None:
    op.drop_column("job", "lease_token")
