"""The variables of element instances, and which one each is in; those of user tasks are among them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
import structlog
from alembic import op

from service.bpmn import state
from service.errors import StuckError
from service.store.tables.columns import Json, OptionalJson

log = structlog.get_logger()

revision = "0018"
down_revision = "0017"

_instance = sa.table("process_instance", sa.column("key", sa.BigInteger), sa.column("state_blob", sa.LargeBinary))
_element = sa.table(
    "element_instance",
    sa.column("key", sa.BigInteger),
    sa.column("instance_key", sa.BigInteger),
    sa.column("number", sa.Integer),
    sa.column("parent_number", sa.Integer),
    sa.column("variables", OptionalJson),
)
_task = sa.table(
    "user_task", sa.column("key", sa.BigInteger), sa.column("element_instance_key"), sa.column("variables", Json)
)
_OF_RUN = sa.update(_element).where(
    _element.c.instance_key == sa.bindparam("of_instance"), _element.c.number == sa.bindparam("of_number")
)


def upgrade() -> None:
    op.add_column("element_instance", sa.Column("parent_number", sa.Integer(), server_default="0", nullable=False))
    op.add_column("element_instance", sa.Column("variables", OptionalJson, nullable=True))
    index = "ix_element_instance_variables"
    where = sa.text("variables IS NOT NULL")
    op.create_index(index, "element_instance", ["instance_key"], sqlite_where=where, postgresql_where=where)
    connection = op.get_bind()
    for key, variables in connection.execute(sa.select(_task.c.element_instance_key, _task.c.variables)).all():
        if key and variables:
            connection.execute(sa.update(_element).where(_element.c.key == key).values(variables=variables))
    living = sa.select(_instance).where(sa.func.length(_instance.c.state_blob) > 0)
    for key, dumped in connection.execute(living).all():
        try:
            inside = list(_inside(bytes(dumped)))
        except StuckError:  # it stands with an incident already, and keeps no other from being migrated
            log.warning("unreadable", instance=key)
            continue
        for number, values in inside:
            connection.execute(_OF_RUN, {"of_instance": key, "of_number": number, **values})
    op.drop_column("user_task", "variables")


def downgrade() -> None:
    op.add_column("user_task", sa.Column("variables", Json, server_default="{}", nullable=False))
    own = sa.select(_element.c.variables).where(_element.c.key == _task.c.element_instance_key).scalar_subquery()
    op.execute(sa.update(_task).values(variables=sa.func.coalesce(own, sa.literal({}, Json))))
    op.drop_index("ix_element_instance_variables", "element_instance")
    op.drop_column("element_instance", "variables")
    op.drop_column("element_instance", "parent_number")


def _inside(dumped: bytes) -> Iterator[tuple[int, dict[str, Any]]]:
    """What a run that goes on says of its element instances, by number."""
    _, scopes, tokens = state.load(dumped)
    for number, _, _, parent, _ in tokens:
        yield number, {"parent_number": max(parent, 0)}
    for number, _, variables in scopes:
        if number and variables:
            yield number, {"variables": variables}
