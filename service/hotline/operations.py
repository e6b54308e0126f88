"""How it runs: what is stuck and why, what waits for workers and for time, what was deployed, whether records hold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, RowMapping, func, select

from service.engine import audit, audit_chain
from service.errors import NotFound
from service.hotline.people import Viewer, no_instance_against, not_against
from service.store.tables import (
    audit_anchor,
    deployment,
    deployment_resource,
    incident,
    job,
    matter,
    process_instance,
    timer,
)

_LATEST = 10


@dataclass(frozen=True, slots=True)
class Chain:
    """The chain of what happened: its length, what is not in it yet and since when, the last anchor."""

    records: int
    waiting: int
    waiting_since: datetime | None
    anchor: RowMapping | None


@dataclass(frozen=True, slots=True)
class Operations:
    """`stuck`: "process", "error" → value → open incidents. `jobs`: type, state, number, since when the oldest."""

    stuck: Mapping[str, Sequence[tuple[str, int]]]
    jobs: Sequence[RowMapping]
    timers: Sequence[RowMapping]
    overdue: int
    deployments: Sequence[tuple[RowMapping, Sequence[str]]]
    chain: Chain


def look(connection: Connection, viewer: Viewer, at: datetime) -> Operations:
    """What somebody who oversees may know of it: nothing of a matter against them."""
    due = select(func.count()).select_from(timer).where(timer.c.due_at < at, ~timer.c.suspended)
    return Operations(
        stuck={
            "process": _stuck(connection, viewer, process_instance.c.process_id),
            "error": _stuck(connection, viewer, incident.c.error_type),
        },
        jobs=_jobs(connection, viewer),
        timers=_timers(connection, viewer),
        overdue=connection.execute(due).scalar_one(),
        deployments=_deployments(connection),
        chain=_chain(connection),
    )


def incidents(
    connection: Connection, viewer: Viewer, *, process: str = "", error: str = "", before: int | None = None, limit: int
) -> Sequence[RowMapping]:
    """Those that are open, the newest first, each with the number of the matter that it holds up."""
    here, of = incident.c, process_instance.c
    columns = (here.key, here.element_id, here.error_type, here.message, here.created_at, here.instance_key)
    query = (
        select(*columns, of.process_id, of.definition_key, matter.c.number)
        .join(process_instance, of.key == here.instance_key)
        .outerjoin(matter, matter.c.instance_key == of.root_key)
        .where(here.state == "ACTIVE", no_instance_against(viewer, here.instance_key))
        .order_by(here.key.desc())
        .limit(limit)
    )
    if process:
        query = query.where(of.process_id == process)
    if error:
        query = query.where(here.error_type == error)
    if before is not None:
        query = query.where(here.key < before)
    return connection.execute(query).mappings().all()


def incident_of(connection: Connection, viewer: Viewer, key: int) -> RowMapping:
    """One, open or not, with the matter that it held up; raises NotFound."""
    of = process_instance.c
    query = (
        select(incident, of.process_id, of.definition_key, matter.c.number)
        .join(process_instance, of.key == incident.c.instance_key)
        .outerjoin(matter, matter.c.instance_key == of.root_key)
        .where(incident.c.key == key, no_instance_against(viewer, incident.c.instance_key))
    )
    row = connection.execute(query).mappings().first()
    if row is None:
        raise NotFound(f"There is no incident {key} that you may see.")
    return row


def _stuck(connection: Connection, viewer: Viewer, column: ColumnElement[str]) -> Sequence[tuple[str, int]]:
    number = func.count().label("number")
    query = select(column, number).select_from(incident)
    query = query.join(process_instance, process_instance.c.key == incident.c.instance_key)
    query = query.where(incident.c.state == "ACTIVE", no_instance_against(viewer, incident.c.instance_key))
    return [
        (value, count) for value, count in connection.execute(query.group_by(column).order_by(number.desc(), column))
    ]


def _jobs(connection: Connection, viewer: Viewer) -> Sequence[RowMapping]:
    """Those that a worker has or is to take."""
    one = job.c
    query = (
        select(one.type, one.state, func.count().label("number"), func.min(one.created_at).label("oldest"))
        .where(one.state.in_(("READY", "LOCKED", "INCIDENT")), not_against(viewer, one.root_key))
        .group_by(one.type, one.state)
        .order_by(one.type, one.state)
    )
    return connection.execute(query).mappings().all()


def _timers(connection: Connection, viewer: Viewer) -> Sequence[RowMapping]:
    one, of = timer.c, process_instance.c
    query = (
        select(one.due_at, one.element_id, of.process_id, of.key.label("instance_key"), matter.c.number)
        .outerjoin(process_instance, of.key == one.instance_key)
        .outerjoin(matter, matter.c.instance_key == of.root_key)
        .where(~one.suspended, not_against(viewer, of.root_key))
        .order_by(one.due_at, one.key)
        .limit(_LATEST)
    )
    return connection.execute(query).mappings().all()


def _deployments(connection: Connection) -> Sequence[tuple[RowMapping, Sequence[str]]]:
    latest = connection.execute(select(deployment).order_by(deployment.c.key.desc()).limit(_LATEST)).mappings().all()
    part = deployment_resource.c
    found: dict[int, list[str]] = {}
    query = select(part.deployment_key, part.resource_id).where(part.deployment_key.in_([row["key"] for row in latest]))
    for key, name in connection.execute(query.order_by(part.kind.desc(), part.resource_id)):
        if name not in found.setdefault(key, []):
            found[key].append(name)
    return [(row, found.get(row["key"], [])) for row in latest]


def _chain(connection: Connection) -> Chain:
    sequence, _ = audit.head(connection)
    waiting, since = audit_chain.waiting(connection)
    newest = select(audit_anchor).order_by(audit_anchor.c.day.desc()).limit(1)
    return Chain(sequence, waiting, since, connection.execute(newest).mappings().first())
