"""Matters as logs of events for process mining: what happened in which process when, never who or what was said."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, RowMapping, select, tuple_

from service.hotline import protections
from service.hotline.fields import Eyes
from service.store.tables import element_instance, matter, process_definition, process_instance, user_task
from service.store.unit_of_work import Database

_AT_ONCE = 200
# What is told of a matter: nothing in these is personal, and the table field-access is asked all the same.
ATTRIBUTES = (
    "number",
    "channel",
    "matter_type",
    "category_l1",
    "category_l2",
    "area",
    "status",
    "outcome",
    "refusal_ground",
    "unit_id",
    "round",
    "received_at",
    "accepted_at",
    "deadline_at",
    "closed_at",
)


@dataclass(frozen=True, slots=True)
class Process:
    key: int
    id: str
    version: int
    started_at: datetime


@dataclass(frozen=True, slots=True)
class Event:
    """An element that was entered, by whom it might be done, and when it was left; `is_given_up`: by another way."""

    key: int
    process: Process
    element_id: str
    type: str
    name: str
    started_at: datetime
    ended_at: datetime | None
    is_given_up: bool
    groups: Sequence[str]


@dataclass(frozen=True, slots=True)
class Case:
    """A matter with its processes and events, in their order; of `told` what may be taken away."""

    told: Mapping[str, Any]
    processes: Sequence[Process]
    events: Sequence[Event]


# The same cases each time that it is asked.
Cases = Callable[[], Iterator[Case]]


def cases(database: Database, eyes: Eyes, meant: Sequence[ColumnElement[bool]], until: datetime) -> Cases:
    """The matters of some conditions by when they came in, as they were at a moment; some are read at once."""

    def read() -> Iterator[Case]:
        last: tuple[datetime, str] | None = None
        while True:
            with database.read() as connection:
                rows = _matters(connection, meant, until, last)
                found = list(_cases(connection, rows, eyes, until))
            yield from found
            if len(rows) < _AT_ONCE:
                return
            last = rows[-1]["received_at"], rows[-1]["number"]

    return read


def _matters(
    connection: Connection, meant: Sequence[ColumnElement[bool]], until: datetime, last: tuple[datetime, str] | None
) -> Sequence[RowMapping]:
    order = matter.c.received_at, matter.c.number
    query = protections.matters_with_marks().where(*meant, matter.c.received_at <= until)
    if last is not None:
        query = query.where(tuple_(*order) > last)
    return connection.execute(query.order_by(*order).limit(_AT_ONCE)).mappings().all()


def _cases(connection: Connection, rows: Iterable[RowMapping], eyes: Eyes, until: datetime) -> Iterator[Case]:
    told = {}
    for row in rows:
        line = {name: row[name] for name in ATTRIBUTES}
        for shown in eyes.lines([(line, protections.of_row(row))]):
            told[row["instance_key"]] = shown
    processes = _processes(connection, [key for key in told if key is not None], until)
    events = _events(connection, {one.key: one for some in processes.values() for one in some}, until)
    for key, shown in told.items():
        mine = processes.get(key, [])
        happened = [one for process in mine for one in events.get(process.key, ())]
        yield Case(shown, mine, sorted(happened, key=lambda one: (one.started_at, one.key)))


def _processes(connection: Connection, root_keys: Sequence[int], until: datetime) -> dict[int, list[Process]]:
    instance, drawn = process_instance.c, process_definition.c
    query = (
        select(instance.root_key, instance.key, instance.process_id, drawn.version, instance.started_at)
        .join(process_definition, drawn.key == instance.definition_key)
        .where(instance.root_key.in_(root_keys), instance.started_at <= until)
        .order_by(instance.key)
    )
    found: dict[int, list[Process]] = {}
    for root_key, *told in connection.execute(query):
        found.setdefault(root_key, []).append(Process(*told))
    return found


def _events(connection: Connection, processes: Mapping[int, Process], until: datetime) -> dict[int, list[Event]]:
    element, task = element_instance.c, user_task.c
    groups = select(task.element_instance_key, task.candidate_groups).where(task.instance_key.in_(processes))
    whose = {row.element_instance_key: row.candidate_groups for row in connection.execute(groups)}
    query = select(element_instance).where(element.instance_key.in_(processes), element.started_at <= until)
    found: dict[int, list[Event]] = {}
    for row in connection.execute(query.order_by(element.key)).mappings():
        ended = row["ended_at"] if row["ended_at"] and row["ended_at"] <= until else None
        one = Event(
            row["key"],
            processes[row["instance_key"]],
            row["element_id"],
            row["element_type"],
            row["name"] or row["element_id"],
            row["started_at"],
            ended,
            row["state"] == "TERMINATED" and ended is not None,
            whose.get(row["key"], ()),
        )
        found.setdefault(row["instance_key"], []).append(one)
    return found
