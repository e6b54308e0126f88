"""Counts over everything: what is deployed, what runs, what waits for whom, how the matters stand."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Column, Connection, RowMapping, func, select

from service.engine.versions import is_in_effect
from service.hotline.people import Viewer, is_agency, no_instance_against, not_against, visible_to
from service.store.queries import unsought
from service.store.tables import (
    decision_definition,
    form,
    incident,
    matter,
    process_definition,
    process_instance,
    unit,
    user_task,
)

SHOWN_INCIDENTS = 5


@dataclass(frozen=True, slots=True)
class Overview:
    """`matters` are those that are open, by status and light; `tasks`: unit or role of the agency → open tasks.
    `incidents` are the newest; None for whoever is a unit's."""

    processes: Sequence[RowMapping]
    decisions: int
    forms: int
    matters: int
    newest: str | None
    by_status: Mapping[str, int]
    by_light: Mapping[str, int]
    tasks: Mapping[str, int]
    units: Mapping[str, RowMapping]
    incidents: Sequence[RowMapping] | None
    incident_count: int


def look(connection: Connection, viewer: Viewer, at: datetime) -> Overview:
    """What somebody may know of it: a unit of its own matters and tasks only."""
    by_status = _counted(connection, matter.c.status, viewer)
    stuck = select(func.count()).select_from(incident)
    stuck = stuck.where(incident.c.state == "ACTIVE", no_instance_against(viewer, incident.c.instance_key))
    return Overview(
        processes=_processes(connection, viewer, at),
        decisions=connection.execute(select(func.count(decision_definition.c.decision_id.distinct()))).scalar_one(),
        forms=connection.execute(select(func.count(form.c.form_id.distinct()))).scalar_one(),
        matters=sum(by_status.values()),
        newest=_newest(connection, viewer),
        by_status=by_status,
        by_light=_counted(connection, matter.c.light, viewer),
        tasks=_tasks(connection, viewer),
        units={row["id"]: row for row in connection.execute(select(unit)).mappings()},
        incidents=_incidents(connection, viewer) if is_agency(viewer) else None,
        incident_count=connection.execute(stuck).scalar_one() if is_agency(viewer) else 0,
    )


def _processes(connection: Connection, viewer: Viewer, at: datetime) -> Sequence[RowMapping]:
    """The version in effect of each process, with how many instances run on any version."""
    running = (
        select(func.count())
        # By states, as the index has them: by the instant at which it ended SQLite may go through all instances.
        .where(process_instance.c.process_id == process_definition.c.process_id)
        .where(process_instance.c.state.in_(("ACTIVE", "SUSPENDED")))
        .where(not_against(viewer, process_instance.c.root_key))
        .scalar_subquery()
    )
    columns = process_definition.c
    query = (
        select(columns.process_id, columns.version, columns.version_tag, columns.name, running.label("running"))
        .where(is_in_effect(process_definition, "process_id", at))
        .order_by(columns.process_id)
    )
    return connection.execute(query).mappings().all()


def _newest(connection: Connection, viewer: Viewer) -> str | None:
    order = matter.c.received_at.desc(), matter.c.number.desc()
    return connection.execute(select(matter.c.number).where(visible_to(viewer)).order_by(*order).limit(1)).scalar()


def _counted(connection: Connection, column: Column[str], viewer: Viewer) -> dict[str, int]:
    open_ = matter.c.closed_at.is_(None), visible_to(viewer)
    query = select(column, func.count()).where(*open_)
    query = query.group_by(unsought(column, is_sqlite=connection.dialect.name == "sqlite"))
    return {row[0]: row[1] for row in connection.execute(query)}


def _tasks(connection: Connection, viewer: Viewer) -> dict[str, int]:
    groups = user_task.c.candidate_groups
    query = select(groups, func.count()).where(user_task.c.state == "CREATED")
    query = query.where(not_against(viewer, user_task.c.root_key)).group_by(groups)
    counted: Counter[str] = Counter()
    for names, number in connection.execute(query):
        # A task is offered to several roles of one unit: it counts once.
        for owner in {name.partition(":")[0] for name in names}:
            counted[owner] += number
    if is_agency(viewer):
        return dict(counted.most_common())
    return {owner: number for owner, number in counted.items() if owner == viewer.unit_id}


def _incidents(connection: Connection, viewer: Viewer) -> Sequence[RowMapping]:
    query = (
        select(incident.c.element_id, incident.c.error_type, incident.c.created_at, process_instance.c.process_id)
        .join(process_instance, process_instance.c.key == incident.c.instance_key)
        .where(incident.c.state == "ACTIVE", no_instance_against(viewer, incident.c.instance_key))
        .order_by(incident.c.key.desc())
        .limit(SHOWN_INCIDENTS)
    )
    return connection.execute(query).mappings().all()
