"""What a message has started, from when a version counts, and what is deleted."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from service.store.tables.columns import Instant

revision = "0013"
down_revision = "0012"

_VERSIONED = ("process_definition", "decision_requirements", "decision_definition", "form")
_STARTED = sa.text("started_by_key IS NOT NULL")
_deployment = sa.table("deployment", sa.column("key"), sa.column("deployed_at"))
_LONG_AGO = "1970-01-01 00:00:00+00"


def upgrade() -> None:
    op.add_column("process_instance", sa.Column("started_by_key", sa.Text(), nullable=True))
    op.create_index(
        "ix_process_instance_started_by_key",
        "process_instance",
        ["process_id", "started_by_key"],
        sqlite_where=_STARTED,
        postgresql_where=_STARTED,
    )
    op.add_column("message", sa.Column("business_id", sa.Text(), nullable=True))
    connection = op.get_bind()
    default = _LONG_AGO if connection.dialect.name == "postgresql" else _LONG_AGO.removesuffix("+00") + ".000000"
    for name in _VERSIONED:
        op.add_column(name, sa.Column("effective_at", Instant(), server_default=default, nullable=False))
        op.add_column(name, sa.Column("deleted_at", Instant(), nullable=True))
        table = sa.table(name, sa.column("deployment_key"), sa.column("effective_at"))
        made = sa.select(_deployment.c.deployed_at).where(_deployment.c.key == table.c.deployment_key)
        op.execute(sa.update(table).values(effective_at=sa.func.coalesce(made.scalar_subquery(), table.c.effective_at)))
        if connection.dialect.name == "postgresql":
            op.alter_column(name, "effective_at", server_default=None)


def downgrade() -> None:
    for name in reversed(_VERSIONED):
        op.drop_column(name, "deleted_at")
        op.drop_column(name, "effective_at")
    op.drop_column("message", "business_id")
    op.drop_index("ix_process_instance_started_by_key", table_name="process_instance")
    op.drop_column("process_instance", "started_by_key")
