"""What is counted of a unit by each of its moments."""

from __future__ import annotations

from alembic import op

revision = "0040"
down_revision = "0039"

_MOMENTS = ("accepted_at", "dispatched_at", "deadline_at", "visited_at", "closed_at")


def upgrade() -> None:
    for moment in _MOMENTS:
        op.create_index(f"ix_matter_fact_unit_id_{moment}", "matter_fact", ["unit_id", moment])


def downgrade() -> None:
    for moment in _MOMENTS:
        op.drop_index(f"ix_matter_fact_unit_id_{moment}", "matter_fact")
