"""What is secret or confidential in a matter stands beside it, so that every search can ask for it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from service.store.tables.columns import Json

revision = "0026"
down_revision = "0025"


def upgrade() -> None:
    made = op.create_table(
        "protection",
        sa.Column("root_key", sa.BigInteger(), nullable=False),
        sa.Column("secrecy", sa.String(20), server_default="NONE", nullable=False),
        sa.Column("confidential", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.PrimaryKeyConstraint("root_key", name=op.f("pk_protection")),
    )
    instance = sa.table("process_instance", sa.column("key"), sa.column("variables", Json))
    matter = sa.table("matter", sa.column("instance_key"), sa.column("confidential", sa.Boolean))
    secrecy = sa.func.coalesce(instance.c.variables["secrecy"].as_string(), "NONE")
    rows = sa.select(instance.c.key, secrecy, matter.c.confidential)
    rows = rows.join_from(instance, matter, matter.c.instance_key == instance.c.key)
    special = sa.and_(secrecy != "NONE", sa.func.length(secrecy).between(1, 20))
    op.execute(
        made.insert().from_select(
            ["root_key", "secrecy", "confidential"], rows.where(sa.or_(special, matter.c.confidential))
        )
    )


def downgrade() -> None:
    op.drop_table("protection")
