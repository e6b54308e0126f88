"""How another application knows the form of a user task."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    op.add_column("user_task", sa.Column("outside_form", sa.Text(), nullable=True))


def downgrade() -> None:
    op.drop_column("user_task", "outside_form")
