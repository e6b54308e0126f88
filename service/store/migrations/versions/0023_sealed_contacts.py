"""Names and phone numbers are sealed; a number is found by its mark."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from service.store.tables.columns import Instant

revision = "0023"
down_revision = "0022"

_INDEX = "ix_matter_phone_mark"


def upgrade() -> None:
    op.add_column("matter", sa.Column("phone_mark", sa.String(64), server_default="", nullable=False))
    where = sa.text("phone_mark <> ''")
    op.create_index(_INDEX, "matter", ["phone_mark"], sqlite_where=where, postgresql_where=where)
    op.create_table(
        "data_key",
        sa.Column("id", sa.String(20), nullable=False),
        sa.Column("proof", sa.String(64), nullable=False),
        sa.Column("since", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_data_key")),
    )


def downgrade() -> None:
    op.drop_table("data_key")
    op.drop_index(_INDEX, "matter")
    op.drop_column("matter", "phone_mark")
