"""The calls of the call centre, from which it is reckoned how many were answered, and how soon."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from service.store.tables.columns import Instant

revision = "0039"
down_revision = "0038"

_INSTANTS = ("offered_at", "short_until", "answer_by", "occupied_from", "answered_at", "abandoned_at", "ended_at")


def upgrade() -> None:
    op.create_table(
        "phone_call",
        sa.Column("mark", sa.String(64), nullable=False),
        sa.Column("is_counted", sa.Boolean(), server_default=sa.false(), nullable=False),
        *(sa.Column(name, Instant()) for name in _INSTANTS),
        sa.Column("agent", sa.String(80), server_default="", nullable=False),
        sa.Column("matter_no", sa.String(32), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("mark", name=op.f("pk_phone_call")),
    )
    op.create_index("ix_phone_call_offered_at", "phone_call", ["offered_at"])
    where = sa.text("NOT is_counted")
    op.create_index("ix_phone_call_uncounted", "phone_call", ["offered_at"], sqlite_where=where, postgresql_where=where)


def downgrade() -> None:
    op.drop_table("phone_call")
