"""What carries the clauses in a running service: the versions that count now, those to come, and those still needed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from threading import Lock
from typing import Any

from cachetools import LRUCache
from sqlalchemy import Column, ColumnElement, Connection, RowMapping, Table, exists, or_, select

from service.engine.versions import is_in_effect
from service.hotline import carriers, clauses, coverage
from service.hotline.carriers import Carrier, Carrying
from service.hotline.clauses import Clause
from service.hotline.coverage import Coverage
from service.store.tables import (
    decision_definition,
    decision_requirements,
    deployment_resource,
    form,
    process_definition,
    process_instance,
)

NOW, TO_COME, FORMER = "now", "to come", "former"
_CONTENTS: Mapping[str, tuple[Column[Any], str]] = {
    "process": (process_definition.c.xml, ".bpmn"),
    "decision": (decision_requirements.c.xml, ".dmn"),
    "form": (form.c.schema_json, ".form"),
}
# What a version says never changes: it is read once.
_said: LRUCache[tuple[str, str], tuple[Carrying, ...]] = LRUCache(1_000)
_lock = Lock()


@dataclass(frozen=True, slots=True)
class Version:
    """A deployed file. It counts now, or from `effective_at` on, or only for what began by it and still runs."""

    kind: str  # process, decision, form
    key: int
    file: str
    number: int
    checksum: str
    effective_at: datetime
    counts: str

    @property
    def order(self) -> tuple[bool, str, int]:
        return self.kind != "process", self.file, self.number


@dataclass(frozen=True, slots=True)
class InForce:
    """The coverage by what counts now, with all versions that carry a clause, each with its parts that do."""

    coverage: Coverage
    versions: Mapping[str, Sequence[tuple[Version, Sequence[Carrier]]]]


def look(connection: Connection, at: datetime, folder: Path = clauses.PROJECT) -> InForce:
    """Raises Invalid if the lists of the project cannot be read."""
    known, listed = _lists(folder, _changed(folder))
    found = sorted(_versions(connection, at), key=lambda one: one.order)
    said = {one.key: _read(connection, one) for one in found}
    now = [it for one in found if one.counts == NOW for it in said[one.key]]
    versions: dict[str, list[tuple[Version, Sequence[Carrier]]]] = {id_: [] for id_ in known}
    for one in found:
        for id_, parts in _by_clause(said[one.key]).items():
            if id_ in versions:
                versions[id_].append((one, parts))
    return InForce(coverage.put_together(known, [*now, *listed]), versions)


@lru_cache(2)
def _lists(folder: Path, _changed: tuple[int, ...]) -> tuple[Mapping[str, Clause], Sequence[Carrying]]:
    """The project's own, read again when one of its files was changed."""
    return clauses.read(folder), carriers.listed(folder)


def _changed(folder: Path) -> tuple[int, ...]:
    return tuple(file.stat().st_mtime_ns for file in sorted((folder / clauses.FOLDER).glob("*.yaml")))


def _by_clause(said: Iterable[Carrying]) -> Mapping[str, Sequence[Carrier]]:
    found: dict[str, list[Carrier]] = {}
    for one in said:
        found.setdefault(one.clause, []).append(one.carrier)
    return found


def _versions(connection: Connection, at: datetime) -> Iterable[Version]:
    running = exists().where(
        process_instance.c.definition_key == process_definition.c.key, process_instance.c.ended_at.is_(None)
    )
    # What a diagram was deployed with is what it goes by.
    deployed = select(process_definition.c.deployment_key).where(running)
    together = select(deployment_resource.c.resource_key).where(deployment_resource.c.deployment_key.in_(deployed))
    decisions = select(decision_definition.c.requirements_key).where(
        decision_definition.c.key.in_(together.where(deployment_resource.c.kind == "decision"))
    )
    forms = together.where(deployment_resource.c.kind == "form")
    for kind, table, id_column, needed in (
        ("process", process_definition, "process_id", running),
        ("decision", decision_requirements, "requirements_id", decision_requirements.c.key.in_(decisions)),
        ("form", form, "form_id", form.c.key.in_(forms)),
    ):
        for row in _rows(connection, table, id_column, needed, at):
            counts = NOW if row["is_now"] else TO_COME if row["effective_at"] > at else FORMER
            yield Version(
                kind, row["key"], row["resource_name"], row["version"], row["checksum"], row["effective_at"], counts
            )


def _rows(
    connection: Connection, table: Table, id_column: str, needed: ColumnElement[bool], at: datetime
) -> Sequence[RowMapping]:
    columns = table.c
    is_now = is_in_effect(table, id_column, at)
    is_to_come = columns.deleted_at.is_(None) & (columns.effective_at > at)
    query = select(
        columns.key,
        columns.resource_name,
        columns.version,
        columns.checksum,
        columns.effective_at,
        is_now.label("is_now"),
    )
    return connection.execute(query.where(or_(is_now, is_to_come, needed))).mappings().all()


def _read(connection: Connection, version: Version) -> tuple[Carrying, ...]:
    column, ending = _CONTENTS[version.kind]
    name = version.file if version.file.endswith(ending) else f"{version.file}{ending}"
    with _lock:
        said = _said.get((name, version.checksum))
    if said is None:
        content: str | bytes = connection.execute(select(column).where(column.table.c.key == version.key)).scalar_one()
        said = tuple(carriers.in_model(name, content.encode() if isinstance(content, str) else content))
        with _lock:
            _said[name, version.checksum] = said
    return said
