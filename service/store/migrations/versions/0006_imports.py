"""Decision models that import others: what each is called by, and which versions it has imported."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from lxml import etree
from sqlalchemy.dialects.postgresql import JSONB

revision = "0006"
down_revision = "0005"

_table = sa.table("decision_requirements", sa.column("key"), sa.column("xml"), sa.column("namespace"))


def upgrade() -> None:
    json = sa.JSON().with_variant(JSONB(), "postgresql")
    op.add_column("decision_requirements", sa.Column("namespace", sa.Text(), server_default="", nullable=False))
    op.add_column("decision_requirements", sa.Column("imports", json, server_default="{}", nullable=False))
    connection = op.get_bind()
    parser = etree.XMLParser(resolve_entities=False, no_network=True)
    for key, xml in connection.execute(sa.select(_table.c.key, _table.c.xml)).all():
        namespace = etree.fromstring(bytes(xml), parser).get("namespace", "")
        connection.execute(sa.update(_table).where(_table.c.key == key).values(namespace=namespace))


def downgrade() -> None:
    op.drop_column("decision_requirements", "imports")
    op.drop_column("decision_requirements", "namespace")
