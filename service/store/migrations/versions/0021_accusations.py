"""Whom matters are against, so that every search can leave them out."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from service.store.tables.columns import Json

revision = "0021"
down_revision = "0020"

_LONGEST = 80


def upgrade() -> None:
    made = op.create_table(
        "accusation",
        sa.Column("root_key", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("name", sa.String(_LONGEST), nullable=False),
        sa.PrimaryKeyConstraint("root_key", "kind", "name", name=op.f("pk_accusation")),
    )
    op.create_index("ix_accusation_kind_name", "accusation", ["kind", "name"])
    instance = sa.table("process_instance", sa.column("root_key"), sa.column("variables", Json))
    accused = instance.c.variables["accused_unit"].as_string()
    found = sa.select(instance.c.root_key, accused.label("name")).where(
        accused.is_not(None), sa.func.length(accused).between(1, _LONGEST)
    )
    kind = sa.literal("unit").label("kind")
    rows = found.add_columns(kind).distinct().subquery()
    columns = ["root_key", "kind", "name"]
    op.execute(made.insert().from_select(columns, sa.select(rows.c.root_key, rows.c.kind, rows.c.name)))


def downgrade() -> None:
    op.drop_table("accusation")
