"""Approvals: what somebody else must have approved before it counts is deployed as it was approved, or not at all.

A process says so by its property `approval`, a decision by a knowledge source of the type `approval` that it has its
authority from: the id of the process by which it is approved. That process notes the SHA-256 of the files. Who takes
the word out of a file does not get past it: the version that counts now is asked too.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, select

from service import bpmn, dmn
from service.clock import in_city
from service.engine import Engine, versions
from service.engine.decision_graphs import DecisionGraph
from service.errors import Problem
from service.handlers import Job
from service.store import rows
from service.store.keys import new_key
from service.store.tables import (
    approval,
    decision_definition,
    decision_requirements,
    process_definition,
    process_instance,
)

KIND = "approval"


@dataclass(frozen=True, slots=True)
class Kept:
    """A process or a decision that is to be deployed: which process approves it, by its file, if it needs that."""

    kind: str
    id: str
    approver: str | None
    name: str
    content: bytes


def of_processes(processes: Mapping[str, tuple[bpmn.ProcessModel, str, bytes]]) -> Iterator[Kept]:
    for id_, (model, name, content) in processes.items():
        yield Kept("process", id_, model.properties.get(KIND), name, content)


def of_decisions(graphs: Iterable[DecisionGraph]) -> Iterator[Kept]:
    for graph in graphs:
        for id_, one in graph.decisions.items():
            yield Kept("decision", id_, _of_decision(one), graph.name, graph.content)


def lacking(
    connection: Connection, engine: Engine, wanted: Iterable[Kept], at: datetime, *, is_founding: bool = False
) -> list[Problem]:
    """What was not approved as it is to count from an instant on, and differs from what counts then.

    `is_founding`: the first version of a thing needs none, as there is nobody yet who could approve it.
    """
    found = dict[str, Problem]()
    for one in wanted:
        approvers = {id_ for id_ in (one.approver, *_before(connection, engine, one, at)) if id_}
        if not approvers or (is_founding and not _was_ever(connection, one)):
            continue
        checksum = versions.checksum(one.content)
        waiting = approvers - _approving(connection, checksum, in_city(at).date())
        if waiting and not _counts(connection, one, checksum, at):
            named = "、".join(sorted(waiting))
            message = f"It counts only as “{named}” has approved it, which has not approved this file for that day."
            mend = f"Begin that process with the file's SHA-256, {checksum}, and deploy it for the day it tells."
            found[one.name] = Problem(one.id, message, mend, one.name)
    return list(found.values())


def note(
    connection: Connection, engine: Engine, job: Job, checksums: Iterable[str], since: date, document: str
) -> None:
    """A process has approved files, to count from a day on; the second try of a job finds the first's."""
    mine = select(process_instance.c.process_id).where(process_instance.c.key == job.instance_key)
    values: dict[str, Any] = {
        "process_id": connection.execute(mine).scalar_one(),
        "instance_key": job.instance_key,
        "job_key": job.key,
        "counts_from": since,
        "document": document,
        "approved_at": engine.clock(),
    }
    for checksum in checksums:
        rows.add_once(connection, approval, {**values, "key": new_key(), "checksum": checksum})


def _of_decision(one: dmn.Decision | dmn.DecisionService) -> str | None:
    named = one.authorities if isinstance(one, dmn.Decision) else ()
    return next((id_ for id_, type_ in named if type_ == KIND), None)


def _before(connection: Connection, engine: Engine, one: Kept, at: datetime) -> Iterator[str | None]:
    """Who has to approve what counts until now, and what is the newest."""
    column = "process_id" if one.kind == "process" else "decision_id"
    known = (
        versions.in_effect(connection, one.kind, one.id, at),
        versions.newest(connection, one.kind, **{column: one.id}),
    )
    for row in known:
        if row is not None and one.kind == "process":
            yield engine.process_model(connection, row["key"]).properties.get(KIND)
        elif row is not None:
            model = engine.decision_model(connection, row["requirements_key"])
            yield next((_of_decision(part) for id_, part in model.decisions.items() if one.id.endswith(id_)), None)


def _was_ever(connection: Connection, one: Kept) -> bool:
    table, column = _place(one.kind)
    return connection.execute(select(table.c.key).where(column == one.id).limit(1)).first() is not None


def _counts(connection: Connection, one: Kept, checksum: str, at: datetime) -> bool:
    """Whether it is the file that counts at an instant anyhow."""
    row = versions.in_effect(connection, one.kind, one.id, at)
    if row is None or one.kind == "process":
        return row is not None and row["checksum"] == checksum
    file = select(decision_requirements.c.checksum).where(decision_requirements.c.key == row["requirements_key"])
    return connection.execute(file).scalar() == checksum


def _approving(connection: Connection, checksum: str, day: date) -> set[str]:
    mine = (approval.c.checksum == checksum) & (approval.c.counts_from <= day)
    return set(connection.execute(select(approval.c.process_id).where(mine)).scalars())


def _place(kind: str) -> tuple[Any, Any]:
    if kind == "process":
        return process_definition, process_definition.c.process_id
    return decision_definition, decision_definition.c.decision_id
