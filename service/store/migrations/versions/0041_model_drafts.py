"""Changes of diagrams, tables and forms before they are deployed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from service.store.tables.columns import Instant, Json

revision = "0041"
down_revision = "0040"

_OPEN = sa.text("state IN ('DRAFT', 'PROPOSED')")


def upgrade() -> None:
    op.create_table(
        "model_draft",
        sa.Column("key", sa.BigInteger, autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("resource_id", sa.Text, nullable=False),
        sa.Column("resource_name", sa.Text, nullable=False, server_default=""),
        sa.Column("content", sa.LargeBinary, nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("authors", Json, nullable=False),
        sa.Column("note", sa.Text, nullable=False, server_default=""),
        sa.Column("answer", sa.Text, nullable=False, server_default=""),
        sa.Column("effective_at", Instant),
        sa.Column("created_at", Instant, nullable=False),
        sa.Column("changed_at", Instant, nullable=False),
        sa.Column("decided_by", sa.Text),
        sa.Column("decided_at", Instant),
        sa.Column("deployment_key", sa.BigInteger),
        sa.PrimaryKeyConstraint("key", name="pk_model_draft"),
    )
    op.create_index(
        "ix_model_draft_open",
        "model_draft",
        ["kind", "resource_id"],
        unique=True,
        sqlite_where=_OPEN,
        postgresql_where=_OPEN,
    )


def downgrade() -> None:
    op.drop_table("model_draft")
