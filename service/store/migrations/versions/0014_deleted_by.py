"""Who has deleted a version."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"

_VERSIONED = ("process_definition", "decision_requirements", "decision_definition", "form")


def upgrade() -> None:
    for name in _VERSIONED:
        op.add_column(name, sa.Column("deleted_by", sa.Text(), nullable=True))


def downgrade() -> None:
    for name in reversed(_VERSIONED):
        op.drop_column(name, "deleted_by")
