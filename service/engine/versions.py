"""Versions: which is meant (that in effect, one with a number or tag, the one deployed with a diagram), and new ones.

In effect is, of those that are not deleted, the one that began to count last; of several that began at one instant the
newest.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    RowMapping,
    Select,
    Table,
    bindparam,
    func,
    insert,
    select,
    tuple_,
    update,
)

from service.store.keys import new_key
from service.store.tables import Instant, decision_definition, deployment_resource, form, process_definition

_TABLES = {
    "process": (process_definition, "process_id"),
    "decision": (decision_definition, "decision_id"),
    "form": (form, "form_id"),
}
# What was deployed is read once, elsewhere; a step needs none of it.
_CONTENTS = ("xml", "schema_json")


def bound(
    connection: Connection,
    kind: str,
    target: str,
    binding: str,
    version_tag: str | None,
    definition_key: int,
    at: datetime,
) -> RowMapping | None:
    """The version of a process, decision or form that the diagram with this key means; None if there is none.

    A version that is named by its tag, or was deployed together with the diagram, counts before its date too.
    """
    if binding == "deployment":
        asked = {"target": target, "kind": kind, "definition_key": definition_key}
        return connection.execute(_deployed_with(kind), asked).mappings().first()
    if binding == "versionTag":
        return newest(connection, kind, **{_TABLES[kind][1]: target}, version_tag=version_tag)
    return in_effect(connection, kind, target, at)


def in_effect(connection: Connection, kind: str, id_: str, at: datetime) -> RowMapping | None:
    """The version that counts at an instant; None if none does."""
    return connection.execute(_in_effect(kind), {"id_": id_, "at": at}).mappings().first()


def is_in_effect(table: Table, id_column: str, at: datetime) -> ColumnElement[bool]:
    """Whether a version is the one that counts at an instant."""
    other = table.alias()
    later = tuple_(other.c.effective_at, other.c.version) > tuple_(table.c.effective_at, table.c.version)
    counts = (other.c[id_column] == table.c[id_column]) & other.c.deleted_at.is_(None) & (other.c.effective_at <= at)
    mine = table.c.deleted_at.is_(None) & (table.c.effective_at <= at)
    return mine & ~select(other.c.key).where(counts, later).exists()


def newest(connection: Connection, kind: str, **asked: Any) -> RowMapping | None:
    """The newest version whose columns are as asked, whether it counts yet or not; None if there is none.

    By its key, one that is deleted is found too: what runs, or ran, by it is read.
    """
    return connection.execute(_newest(kind, tuple(asked)), asked).mappings().first()


def processes_in_effect(connection: Connection, at: datetime) -> Sequence[RowMapping]:
    """The version of each process that counts at an instant, in the order in which they were deployed."""
    counts = is_in_effect(process_definition, "process_id", at)
    query = _described("process").where(counts).order_by(process_definition.c.key)
    return connection.execute(query).mappings().all()


@cache
def _newest(kind: str, columns: tuple[str, ...]) -> Select[Any]:
    table, _ = _TABLES[kind]
    wanted = [table.c[name] == bindparam(name) for name in columns]
    if "key" not in columns:
        wanted.append(table.c.deleted_at.is_(None))
    return _described(kind).where(*wanted).order_by(table.c.version.desc()).limit(1)


@cache
def _in_effect(kind: str) -> Select[Any]:
    table, id_column = _TABLES[kind]
    counts = table.c.deleted_at.is_(None) & (table.c.effective_at <= bindparam("at", type_=Instant))
    query = _described(kind).where(table.c[id_column] == bindparam("id_"), counts)
    return query.order_by(table.c.effective_at.desc(), table.c.version.desc()).limit(1)


@cache
def _deployed_with(kind: str) -> Select[Any]:
    table, _ = _TABLES[kind]
    deployment = select(process_definition.c.deployment_key).where(
        process_definition.c.key == bindparam("definition_key")
    )
    together = select(deployment_resource.c.resource_key).where(
        deployment_resource.c.deployment_key == deployment.scalar_subquery(),
        deployment_resource.c.kind == bindparam("kind"),
        deployment_resource.c.resource_id == bindparam("target"),
    )
    return _described(kind).where(table.c.key == together.scalar_subquery(), table.c.deleted_at.is_(None))


@dataclass(frozen=True, slots=True)
class Moment:
    """When a deployment is made, and from when what is new in it counts."""

    key: int
    at: datetime
    effective_at: datetime


def keep(
    connection: Connection,
    table: Table,
    id_column: str,
    id_: str,
    moment: Moment,
    resource_name: str,
    content: bytes,
    values: Mapping[str, Any],
    *,
    anew: bool = False,
) -> tuple[RowMapping, bool]:
    """The version with the same content that will count then, otherwise, or if wanted anew, one more; and whether
    what counts has changed by it.

    A version with the same content that does not count yet, and will not then, is moved to that instant.
    """
    sum_ = checksum(content)
    known = same(connection, table, id_column, id_, moment, sum_)
    if known is not None and not anew:
        if known["effective_at"] <= moment.at or known["effective_at"] == moment.effective_at:
            return known, False
        mine = table.c.key == known["key"]
        connection.execute(update(table).where(mine).values(effective_at=moment.effective_at))
        return connection.execute(select(table).where(mine)).mappings().one(), True
    key = new_key()
    numbers = select(func.max(table.c.version)).where(table.c[id_column] == id_)
    connection.execute(
        insert(table).values(
            key=key,
            deployment_key=moment.key,
            version=(connection.execute(numbers).scalar() or 0) + 1,
            resource_name=resource_name,
            checksum=sum_,
            effective_at=moment.effective_at,
            **{id_column: id_},
            **values,
        )
    )
    return connection.execute(select(table).where(table.c.key == key)).mappings().one(), True


def checksum(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def same(
    connection: Connection, table: Table, id_column: str, id_: str, moment: Moment, sum_: str
) -> RowMapping | None:
    """The version that a deployment of this content means: the one that will count then, or one that does not yet."""
    mine = (table.c[id_column] == id_) & table.c.deleted_at.is_(None)
    ordered = select(table).where(mine).order_by(table.c.effective_at.desc(), table.c.version.desc())
    then = connection.execute(ordered.where(table.c.effective_at <= moment.effective_at).limit(1)).mappings().first()
    if then is not None and then["checksum"] == sum_:
        return then
    pending = ordered.where(table.c.effective_at > moment.at, table.c.checksum == sum_)
    return connection.execute(pending.limit(1)).mappings().first()


def _described(kind: str) -> Select[Any]:
    return select(*[column for column in _TABLES[kind][0].c if column.name not in _CONTENTS])
