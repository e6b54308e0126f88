"""The elements after which an instance is to be ended."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from service.store.tables.columns import Json

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    op.add_column("process_instance", sa.Column("ends_after", Json, server_default="[]", nullable=False))


def downgrade() -> None:
    op.drop_column("process_instance", "ends_after")
