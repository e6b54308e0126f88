"""The chain of audit records, what waits to be sealed into it, and the anchors of its days."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0022"
down_revision = "0021"

INSTANT = sa.DateTime(timezone=True)


def _told() -> tuple[sa.Column[Any], ...]:
    return (
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("what", sa.JSON().with_variant(JSONB(), "postgresql"), nullable=False),
    )


def upgrade() -> None:
    op.create_table(
        "audit_pending",
        sa.Column("key", sa.BigInteger(), autoincrement=False, nullable=False),
        *_told(),
        sa.PrimaryKeyConstraint("key", name="pk_audit_pending"),
    )
    op.create_table(
        "audit_record",
        sa.Column("sequence", sa.BigInteger(), autoincrement=False, nullable=False),
        *_told(),
        sa.Column("previous_hash", sa.String(64), nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("sequence", name="pk_audit_record"),
    )
    op.create_table(
        "audit_anchor",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.Column("made_at", INSTANT, nullable=False),
        sa.Column("signed_by", sa.Text(), server_default="", nullable=False),
        sa.Column("signature", sa.Text(), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("day", name="pk_audit_anchor"),
    )


def downgrade() -> None:
    for table in ("audit_anchor", "audit_record", "audit_pending"):
        op.drop_table(table)
