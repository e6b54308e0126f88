"""What is deployed, for people: each diagram, file of tables and form with its versions, and what runs by them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Table, and_, func, select

from service.errors import NotFound
from service.store.tables import decision_requirements, deployment, form, process_definition, process_instance

NOW, TO_COME, FORMER, DELETED = "now", "to come", "former", "deleted"
ENDINGS: Mapping[str, str] = {"process": ".bpmn", "decision": ".dmn", "form": ".form"}
_TABLES: Mapping[str, tuple[Table, str]] = {
    "process": (process_definition, "process_id"),
    "decision": (decision_requirements, "requirements_id"),
    "form": (form, "form_id"),
}


@dataclass(frozen=True, slots=True)
class Version:
    """`running` are the instances that go by it; a table or form has none of its own."""

    key: int
    number: int
    name: str
    file: str
    checksum: str
    effective_at: datetime
    deployed_at: datetime
    deployed_by: str
    state: str
    running: int = 0


@dataclass(frozen=True, slots=True)
class Thing:
    """`versions`: the newest first; none of what was never deployed."""

    kind: str
    id: str
    versions: Sequence[Version]

    @property
    def now(self) -> Version | None:
        return next((one for one in self.versions if one.state == NOW), None)

    @property
    def coming(self) -> Sequence[Version]:
        return [one for one in self.versions if one.state == TO_COME]

    @property
    def newest(self) -> Version:
        return self.now or self.versions[0]

    @property
    def name(self) -> str:
        return (self.newest.name if self.versions else "") or self.id

    @property
    def running(self) -> Sequence[Version]:
        return [one for one in self.versions if one.running]

    def version(self, number: int | None) -> Version:
        """The one with a number, or that in force; raises NotFound."""
        found = self.newest if number is None else next((one for one in self.versions if one.number == number), None)
        if found is None:
            raise NotFound(f"There is no version {number} of “{self.id}”.")
        return found


def listed(connection: Connection, at: datetime, kind: str = "", text: str = "") -> list[Thing]:
    """Everything that is deployed, of one kind if it is told, with a text in its name or id."""
    found = [one for each in ENDINGS if kind in ("", each) for one in _things(connection, each, at)]
    sought = text.casefold()
    return [one for one in found if sought in one.name.casefold() or sought in one.id.casefold()]


def get(connection: Connection, kind: str, id_: str, at: datetime) -> Thing:
    """Raises NotFound."""
    if kind not in ENDINGS:
        raise NotFound(f"There is nothing of the kind “{kind}” here.")
    table, column = _TABLES[kind]
    found = list(_things(connection, kind, at, table.c[column] == id_))
    if not found:
        raise NotFound(f"There is no {kind} “{id_}” here.")
    return found[0]


def content(connection: Connection, kind: str, key: int) -> bytes:
    """The file of a version."""
    return named_content(connection, kind, key)[1]


def named_content(connection: Connection, kind: str, key: int) -> tuple[str, bytes]:
    """The name of a version's file, and the file."""
    table, _ = _TABLES[kind]
    column = table.c.schema_json if kind == "form" else table.c.xml
    name, found = connection.execute(select(table.c.resource_name, column).where(table.c.key == key)).one()
    return name, found.encode() if isinstance(found, str) else bytes(found)


def _things(
    connection: Connection, kind: str, at: datetime, mine: ColumnElement[bool] | None = None
) -> Sequence[Thing]:
    table, id_column = _TABLES[kind]
    columns = [table.c[name] for name in ("key", "version", "resource_name", "checksum", "effective_at", "deleted_at")]
    named = [table.c.name] if kind != "form" else []
    # A form that stands in a diagram is changed with the diagram.
    wanted = [table.c.resource_name.like(f"%{ENDINGS[kind]}")]
    query = (
        select(*columns, *named, table.c[id_column].label("id"), deployment.c.deployed_at, deployment.c.deployed_by)
        .join(deployment, deployment.c.key == table.c.deployment_key)
        .where(*wanted, *([] if mine is None else [mine]))
        .order_by(table.c[id_column], table.c.version.desc())
    )
    rows: dict[str, list[Any]] = {}
    for row in connection.execute(query).mappings():
        rows.setdefault(row["id"], []).append(row)
    running = _running(connection, rows) if kind == "process" else {}
    return [Thing(kind, id_, _versions(some, at, running)) for id_, some in rows.items()]


def _versions(rows: Sequence[Any], at: datetime, running: Mapping[int, int]) -> Sequence[Version]:
    counting = [row for row in rows if row["deleted_at"] is None and row["effective_at"] <= at]
    now = max(counting, key=lambda row: (row["effective_at"], row["version"]), default=None)
    found = []
    for row in rows:
        state = FORMER if row is not now else NOW
        if row["deleted_at"] is not None:
            state = DELETED
        elif row["effective_at"] > at:
            state = TO_COME
        one = Version(
            row["key"],
            row["version"],
            row.get("name") or "",
            row["resource_name"],
            row["checksum"],
            row["effective_at"],
            row["deployed_at"],
            row["deployed_by"],
            state,
        )
        found.append(replace(one, running=running.get(one.key, 0)))
    return found


def _running(connection: Connection, ids: Mapping[str, Any]) -> Mapping[int, int]:
    table = process_instance.c
    open_ = and_(table.ended_at.is_(None), table.process_id.in_(list(ids)))
    query = select(table.definition_key, func.count()).where(open_).group_by(table.definition_key)
    return {row[0]: row[1] for row in connection.execute(query)}
