"""Tokens may be for some of what their person may do."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"


def upgrade() -> None:
    op.add_column("api_token", sa.Column("scopes", sa.Text(), server_default="", nullable=False))


def downgrade() -> None:
    op.drop_column("api_token", "scopes")
