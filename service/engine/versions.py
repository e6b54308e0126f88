"""Which deployed version is meant: the newest, one with a number or tag, or the one deployed with a diagram."""

from __future__ import annotations

from functools import cache
from typing import Any

from sqlalchemy import Connection, RowMapping, Select, bindparam, select

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


def _described(kind: str) -> Select[Any]:
    return select(*[column for column in _TABLES[kind][0].c if column.name not in _CONTENTS])
