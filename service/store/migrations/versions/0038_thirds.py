"""Figures of two dimensions, counted by thirds of months."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0038"
down_revision = "0037"

_KEY = ("dimensions", "figure", "begins_on", "value", "other")
_COUNTS = ("numerator", "denominator")


def upgrade() -> None:
    op.create_table(
        "figure_third",
        sa.Column("dimensions", sa.String(24), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("other", sa.Text(), nullable=False),
        sa.Column("begins_on", sa.Date(), nullable=False),
        sa.Column("figure", sa.String(40), nullable=False),
        *(sa.Column(name, sa.Integer(), server_default="0", nullable=False) for name in _COUNTS),
        sa.PrimaryKeyConstraint(*_KEY, name=op.f("pk_figure_third")),
    )
    op.create_index("ix_figure_third_counts", "figure_third", [*_KEY, *_COUNTS])
    # As if they were counted by other rules: all is counted anew.
    op.execute("DELETE FROM figure_rule")


def downgrade() -> None:
    op.drop_table("figure_third")
