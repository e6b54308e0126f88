"""How long elements of processes took, by day and month."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0043"
down_revision = "0042"

_KEY = ("dimension", "definition_key", "value", "begins_on", "element_id", "stretch")
_INDEXES = {
    "ix_element_instance_open": ("instance_key", "ended_at IS NULL"),
    "ix_element_instance_uncounted": ("ended_at", "ended_at IS NOT NULL AND NOT is_counted"),
}


def upgrade() -> None:
    op.create_table(
        "element_span",
        sa.Column("dimension", sa.String(12), nullable=False),
        sa.Column("definition_key", sa.BigInteger(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("begins_on", sa.Date(), nullable=False),
        sa.Column("element_id", sa.Text(), nullable=False),
        sa.Column("stretch", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint(*_KEY, name=op.f("pk_element_span")),
        sqlite_with_rowid=False,
    )
    # What has ended before is counted by the ticks that follow.
    op.add_column("element_instance", sa.Column("is_counted", sa.Boolean(), server_default=sa.false(), nullable=False))
    for name, (column, where) in _INDEXES.items():
        op.create_index(
            name, "element_instance", [column], sqlite_where=sa.text(where), postgresql_where=sa.text(where)
        )


def downgrade() -> None:
    for name in _INDEXES:
        op.drop_index(name, "element_instance")
    op.drop_column("element_instance", "is_counted")
    op.drop_table("element_span")
