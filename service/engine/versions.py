"""Versions: which is meant (the newest, one with a number or tag, the one deployed with a diagram), and new ones."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from sqlalchemy import Connection, RowMapping, Select, Table, bindparam, insert, select

from service.store.keys import new_key
from service.store.tables import decision_definition, deployment_resource, form, process_definition

_TABLES = {
    "process": (process_definition, "process_id"),
    "decision": (decision_definition, "decision_id"),
    "form": (form, "form_id"),
}
# What was deployed is read once, elsewhere; a step needs none of it.
_CONTENTS = ("xml", "schema_json")


def bound(
    connection: Connection, kind: str, target: str, binding: str, version_tag: str | None, definition_key: int
) -> RowMapping | None:
    """The version of a process, decision or form that the diagram with this key means; None if it is not deployed."""
    if binding == "deployment":
        asked = {"target": target, "kind": kind, "definition_key": definition_key}
        return connection.execute(_deployed_with(kind), asked).mappings().first()
    tagged = {"version_tag": version_tag} if binding == "versionTag" else {}
    return newest(connection, kind, **{_TABLES[kind][1]: target}, **tagged)


def newest(connection: Connection, kind: str, **asked: Any) -> RowMapping | None:
    """The newest version whose columns are as asked; None if there is none."""
    return connection.execute(_newest(kind, tuple(asked)), asked).mappings().first()


def newest_processes(connection: Connection) -> Sequence[RowMapping]:
    """The newest version of every process, in the order in which they were deployed."""
    return connection.execute(_newest_processes()).mappings().all()


@cache
def _newest_processes() -> Select[Any]:
    own, other = process_definition, process_definition.alias()
    newer = select(other.c.key).where(other.c.process_id == own.c.process_id, other.c.version > own.c.version)
    return _described("process").where(~newer.exists()).order_by(own.c.key)


@cache
def _newest(kind: str, columns: tuple[str, ...]) -> Select[Any]:
    table, _ = _TABLES[kind]
    wanted = [table.c[name] == bindparam(name) for name in columns]
    return _described(kind).where(*wanted).order_by(table.c.version.desc()).limit(1)


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
    return _described(kind).where(table.c.key == together.scalar_subquery())


def keep(
    connection: Connection,
    table: Table,
    id_column: str,
    id_: str,
    deployment_key: int,
    resource_name: str,
    content: bytes,
    values: Mapping[str, Any],
    *,
    anew: bool = False,
) -> tuple[RowMapping, bool]:
    """The newest version if its content is the same, otherwise, or if wanted anew, one more; and whether it is new."""
    checksum = hashlib.sha256(content).hexdigest()
    newest = newest_row(connection, table, id_column, id_)
    if newest is not None and newest["checksum"] == checksum and not anew:
        return newest, False
    key = new_key()
    connection.execute(
        insert(table).values(
            key=key,
            deployment_key=deployment_key,
            version=newest["version"] + 1 if newest else 1,
            resource_name=resource_name,
            checksum=checksum,
            **{id_column: id_},
            **values,
        )
    )
    return connection.execute(select(table).where(table.c.key == key)).mappings().one(), True


def newest_row(connection: Connection, table: Table, id_column: str, id_: str) -> RowMapping | None:
    query = select(table).where(table.c[id_column] == id_).order_by(table.c.version.desc()).limit(1)
    return connection.execute(query).mappings().first()


def _described(kind: str) -> Select[Any]:
    return select(*[column for column in _TABLES[kind][0].c if column.name not in _CONTENTS])
