"""When what is personal in a matter was erased."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from service.store.tables.columns import Instant

revision = "0031"
down_revision = "0030"


def upgrade() -> None:
    op.add_column("matter", sa.Column("erased_at", Instant()))


def downgrade() -> None:
    op.drop_column("matter", "erased_at")
