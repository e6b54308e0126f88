"""Resources: the processes, files of decisions and forms that were deployed, by their keys; how one is deleted.

What is deleted counts no more, and stays readable: an instance's way is told by its version for ever.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import structlog
from sqlalchemy import BigInteger, Connection, RowMapping, cast, func, select, update

from service import bpmn
from service.engine import Engine, audit, start_events, versions
from service.errors import Conflict, NotFound, Problem
from service.store.tables import (
    decision_definition,
    decision_requirements,
    form,
    history,
    process_definition,
    process_instance,
)

log = structlog.get_logger()

_TABLES = {
    "process": (process_definition, "process_id"),
    "decision requirements": (decision_requirements, "requirements_id"),
    "form": (form, "form_id"),
}


@dataclass(frozen=True, slots=True)
class Resource:
    """Something deployed: a `process`, `decision requirements` or a `form`, with its row and its id."""

    kind: str
    row: RowMapping

    @property
    def id(self) -> str:
        return str(self.row[_TABLES[self.kind][1]])

    @property
    def content(self) -> bytes:
        return str(self.row["schema_json"]).encode() if self.kind == "form" else bytes(self.row["xml"])

    def __str__(self) -> str:
        return f"The {self.kind} “{self.id}” version {self.row['version']}"


def get(connection: Connection, key: int) -> Resource:
    """What was deployed under a key, deleted or not; raises NotFound."""
    for kind, (table, _) in _TABLES.items():
        row = connection.execute(select(table).where(table.c.key == key)).mappings().first()
        if row is not None:
            return Resource(kind, row)
    decided = select(decision_definition.c.requirements_key).where(decision_definition.c.key == key)
    of = connection.execute(decided).scalar()
    about = f" It is that of a decision, which goes with its file: decision requirements {of}." if of else ""
    raise NotFound(f"No process, form or decision requirements were deployed under the key {key}.{about}")


def delete(connection: Connection, engine: Engine, key: int, *, with_history: bool = False, by: str) -> list[Problem]:
    """Let a version count no more; answers what refers to it and means another one, or none, from now on.

    The start events of the version in effect then are heard from now on. Nothing is lost of what has happened: with
    history only what nothing has happened by is deleted. Raises NotFound, also for what is deleted already; Conflict
    while instances run by it.
    """
    resource, at = get(connection, key), engine.clock()
    if resource.row["deleted_at"] is not None:
        raise NotFound(f"{resource} is deleted already.", key=str(key))
    if resource.kind == "process":
        _refuse_while_running(connection, resource)
    if with_history:
        _refuse_with_history(connection, resource)
    known = versions.in_effect(connection, "process", resource.id, at) if resource.kind == "process" else None
    meant = _meant(connection, resource)
    referring = list(_referring(connection, engine, meant)) if meant else []
    table, _ = _TABLES[resource.kind]
    gone = {"deleted_at": at, "deleted_by": by}
    connection.execute(update(table).where(table.c.key == key).values(**gone))
    if resource.kind == "decision requirements":
        mine = decision_definition.c.requirements_key == key
        connection.execute(update(decision_definition).where(mine).values(**gone))
    if resource.kind == "process":
        start_events.forget(connection, key)
        if known is not None and known["key"] == key:
            start_events.take_effect(connection, engine, resource.id, at, again=True)
    audit.record(connection, at, "deletion", who=by, subject=f"{resource.kind} {key}", id=resource.id)
    engine.wake(connection)
    log.info("deleted", kind=resource.kind, id=resource.id, version=resource.row["version"])
    return [_told(connection, engine, *one) for one in referring] + _importing(connection, resource)


def _refuse_while_running(connection: Connection, resource: Resource) -> None:
    table, key = process_instance.c, resource.row["key"]
    running = select(func.count()).where(table.definition_key == key, table.ended_at.is_(None))
    if count := connection.execute(running).scalar_one():
        told = "1 process instance runs" if count == 1 else f"{count} process instances run"
        raise Conflict(
            f"{resource} cannot be deleted: {told} by it. Wait for the end, cancel them "
            "(POST /v2/process-instances/cancellation) or migrate them to another version "
            f"(POST /v2/process-instances/migration), with the filter processDefinitionKey {key}. "
            "Deploy another version, and no new ones begin by it.",
            running=count,
        )


def _refuse_with_history(connection: Connection, resource: Resource) -> None:
    key = resource.row["key"]
    if resource.kind == "process":
        query = select(func.count()).where(process_instance.c.definition_key == key)
        what = "process instances that have run by it"
    elif resource.kind == "decision requirements":
        decided = cast(history.c.data["decision_key"].as_string(), BigInteger)
        mine = select(decision_definition.c.key).where(decision_definition.c.requirements_key == key)
        query = select(func.count()).where(history.c.kind == "decision", decided.in_(mine))
        what = "decisions that were made by it"
    else:
        return  # a form has no history of its own, as Camunda 8 has it
    if count := connection.execute(query).scalar_one():
        raise Conflict(
            f"{resource} cannot be deleted with its history: there are {count} {what}, and what was done to people's "
            "matters, and by which rule, must stay to be read. Delete it without deleteHistory.",
            of_history=count,
        )


def _meant(connection: Connection, resource: Resource) -> Mapping[tuple[str, str], int]:
    """By which kind and id diagrams refer to it, with the key of the version that they mean."""
    key = resource.row["key"]
    if resource.kind != "decision requirements":
        return {(resource.kind, resource.id): key}
    query = select(decision_definition.c.decision_id, decision_definition.c.key)
    rows = connection.execute(query.where(decision_definition.c.requirements_key == key))
    return {("decision", row.decision_id): row.key for row in rows}


_Refers = tuple[RowMapping, str, bpmn.Reference]


def _referring(connection: Connection, engine: Engine, meant: Mapping[tuple[str, str], int]) -> Iterator[_Refers]:
    """What means these versions now, of the diagrams that new instances begin by, or running ones go by."""
    table, at = process_definition, engine.clock()
    running = select(process_instance.c.definition_key).where(process_instance.c.ended_at.is_(None))
    begins = versions.is_in_effect(table, "process_id", at) | (table.c.effective_at > at)
    used = table.c.deleted_at.is_(None) & (begins | table.c.key.in_(running))
    columns = (table.c.key, table.c.process_id, table.c.version, table.c.resource_name)
    for row in connection.execute(select(*columns).where(used).order_by(table.c.key)).mappings():
        model = engine.process_model(connection, row["key"])
        for kind, references in (
            ("form", model.form_refs),
            ("decision", model.decision_refs),
            ("process", model.call_refs),
        ):
            for reference in references:
                key = meant.get((kind, reference.target_id))
                found = _bound(connection, engine, row, kind, reference) if key else None
                if found is not None and found["key"] == key:
                    yield row, kind, reference


def _bound(
    connection: Connection, engine: Engine, row: RowMapping, kind: str, reference: bpmn.Reference
) -> RowMapping | None:
    target, binding, tag = reference.target_id, reference.binding, reference.version_tag
    return versions.bound(connection, kind, target, binding, tag, row["key"], engine.clock())


def _told(connection: Connection, engine: Engine, row: RowMapping, kind: str, reference: bpmn.Reference) -> Problem:
    found = _bound(connection, engine, row, kind, reference)
    who = f"The process “{row['process_id']}” version {row['version']} means the {kind} “{reference.target_id}” here"
    if found is not None:
        text, mend = f"from now on its version {found['version']}", "Deploy it anew if another is meant."
    else:
        text = f"(binding {reference.binding}), and none is left: an instance that comes here gets an incident"
        mend = f"Deploy the {kind} anew, together with the diagram if it is bound by deployment."
    return Problem(reference.element_id, f"{who} {text}.", mend, row["resource_name"])


def _importing(connection: Connection, resource: Resource) -> list[Problem]:
    """The files of decisions that import a deleted one: they keep the version that they were deployed with."""
    if resource.kind != "decision requirements":
        return []
    table, key = decision_requirements, str(resource.row["key"])
    columns = (table.c.requirements_id, table.c.version, table.c.resource_name, table.c.imports)
    found = connection.execute(select(*columns).where(table.c.deleted_at.is_(None))).mappings()
    text, mend = "has imported it, and goes on with what it has imported", "Deploy it without the import."
    return [
        Problem(one["requirements_id"], f"Version {one['version']} {text}.", mend, one["resource_name"])
        for one in found
        if key in one["imports"].values()
    ]
