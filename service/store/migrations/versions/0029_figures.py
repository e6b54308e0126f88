"""What figures are counted from: the facts of matters, the counts of days, frozen periods."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

from service.store.tables.columns import Instant, Json

revision = "0029"
down_revision = "0028"

_TEXTS = ("channel", "matter_type", "category", "division", "urgency")
_INSTANTS = (
    *("accepted_at", "answered_at", "refused_at", "redirected_at", "withdrawn_at", "terminated_at", "closed_at"),
    *("dispatched_at", "sign_in_by", "signed_at", "contact_by", "contacted_at", "deadline_at", "replied_at"),
    *("fed_back_at", "plan_at", "visited_at", "rectified_at"),
)
_COUNTS = (
    *("dispatches", "redos", "returns_asked", "returns_accepted", "extensions"),
    *("supervised_daily", "supervised_listed", "supervised_interview", "supervisions_withdrawn"),
)
_SOUGHT = ("received_at", "accepted_at", "dispatched_at", "deadline_at", "visited_at", "closed_at")


def upgrade() -> None:
    op.create_table(
        "matter_fact",
        sa.Column("number", sa.String(32), nullable=False),
        sa.Column("root_key", sa.BigInteger(), nullable=False),
        _flag("is_counted"),
        *(sa.Column(name, sa.Text(), server_default="", nullable=False) for name in _TEXTS),
        sa.Column("unit_id", sa.String(80), server_default="", nullable=False),
        sa.Column("received_at", Instant(), nullable=False),
        *(sa.Column(name, Instant(), nullable=True) for name in _INSTANTS),
        sa.Column("refusal_ground", sa.Text(), nullable=True),
        sa.Column("resolved", sa.Text(), nullable=True),
        sa.Column("visit_reached", sa.Boolean(), nullable=True),
        sa.Column("solved", sa.Text(), nullable=True),
        *(sa.Column(f"{name}satisfaction", sa.Integer(), nullable=True) for name in ("", "process_", "first_")),
        _flag("is_excluded"),
        _flag("is_fraud_suspected"),
        *(_count(name) for name in _COUNTS),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_matter_fact")),
    )
    op.create_index("ix_matter_fact_root_key", "matter_fact", ["root_key"])
    where = sa.text("NOT is_counted")
    op.create_index(
        "ix_matter_fact_uncounted", "matter_fact", ["closed_at"], sqlite_where=where, postgresql_where=where
    )
    op.create_index("ix_matter_fact_unit_id_received_at", "matter_fact", ["unit_id", "received_at"])
    for name in _SOUGHT:
        op.create_index(f"ix_matter_fact_{name}", "matter_fact", [name])
    op.create_table(
        "figure_day",
        sa.Column("dimension", sa.String(12), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("figure", sa.String(40), nullable=False),
        _count("numerator"),
        _count("denominator"),
        sa.PrimaryKeyConstraint("dimension", "figure", "value", "day", name=op.f("pk_figure_day")),
    )
    op.create_table(
        "figure_rule",
        sa.Column("checksum", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("checksum", name=op.f("pk_figure_rule")),
    )
    op.create_table(
        "figure_period",
        sa.Column("id", sa.String(80), nullable=False),
        sa.Column("period", sa.String(10), nullable=False),
        sa.Column("begins_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("frozen_at", Instant(), nullable=False),
        sa.Column("excluded", Json, nullable=False),
        sa.Column("figures", Json, nullable=False),
        sa.Column("published_at", Instant(), nullable=True),
        sa.Column("results", Json, nullable=True),
        sa.Column("exported_at", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_figure_period")),
    )
    op.create_index("ix_figure_period_ends_on", "figure_period", ["ends_on"])


def downgrade() -> None:
    for table in ("figure_period", "figure_rule", "figure_day", "matter_fact"):
        op.drop_table(table)


def _flag(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.Boolean(), server_default=sa.false(), nullable=False)


def _count(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.Integer(), server_default="0", nullable=False)
