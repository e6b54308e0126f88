"""A matter may be merged into another, and its notices go to both; open ones are found by area and category."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"

_INDEX, _ONE_LETTER = "ix_matter_open", "uq_notice_job_key"


def upgrade() -> None:
    op.add_column("matter", sa.Column("merged_into", sa.String(32)))
    op.create_index(op.f("ix_matter_merged_into"), "matter", ["merged_into"])
    where = sa.text("closed_at IS NULL")
    op.create_index(_INDEX, "matter", ["area", "category_l1"], sqlite_where=where, postgresql_where=where)
    with op.batch_alter_table("notice") as notice:
        notice.drop_constraint(_ONE_LETTER)
        notice.create_unique_constraint(op.f("uq_notice_job_key_instance_key"), ["job_key", "instance_key"])


def downgrade() -> None:
    with op.batch_alter_table("notice") as notice:
        notice.drop_constraint("uq_notice_job_key_instance_key")
        notice.create_unique_constraint(op.f(_ONE_LETTER), ["job_key"])
    op.drop_index(_INDEX, "matter")
    op.drop_index(op.f("ix_matter_merged_into"), "matter")
    op.drop_column("matter", "merged_into")
