"""What goes on and waits: user tasks with those who may do them, and timers, named as their diagrams name them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, RowMapping, select

from service.engine import Engine
from service.store.tables import process_instance, timer, user_task


@dataclass(frozen=True, slots=True)
class Wait:
    """What is waited for: a user task with those who may do it, or a timer."""

    key: int | None
    name: str
    name_en: str
    due_at: datetime | None
    groups: Sequence[str]
    assignee: str


def of(connection: Connection, engine: Engine, keys: Sequence[int]) -> dict[int, list[Wait]]:
    """By process instance."""
    told: dict[int, list[Wait]] = {}
    task, clock = user_task.c, timer.c
    open_ = select(user_task).where(task.instance_key.in_(keys), task.state == "CREATED")
    for row in connection.execute(open_.order_by(task.key)).mappings():
        name, in_english = _called(connection, engine, row, row["name"])
        wait = Wait(row["key"], name, in_english, row["due_at"], row["candidate_groups"], row["assignee"] or "")
        told.setdefault(row["instance_key"], []).append(wait)
    for row in connection.execute(select(timer).where(clock.instance_key.in_(keys)).order_by(clock.due_at)).mappings():
        name, in_english = _called(connection, engine, row, "")
        told.setdefault(row["instance_key"], []).append(Wait(None, name, in_english, row["due_at"], (), ""))
    return told


def _called(connection: Connection, engine: Engine, row: RowMapping, name: str) -> tuple[str, str]:
    drawn = engine.process_model(connection, row["definition_key"]).elements.get(row["element_id"])
    return (name or (drawn.name if drawn else ""), drawn.properties.get("name:en", "") if drawn else "")


def open_of(connection: Connection, root_key: int | None) -> Sequence[int]:
    """The process instances of a matter that go on."""
    instance = process_instance.c
    mine = select(instance.key).where(instance.root_key == root_key, instance.ended_at.is_(None))
    return connection.execute(mine).scalars().all()


def inside(connection: Connection, keys: Sequence[int]) -> dict[int, list[int]]:
    """Of each instance its key, and those of all that it has called and that go on."""
    found = {key: [key] for key in keys}
    owner, layer = {key: key for key in keys}, list(keys)
    instance = process_instance.c
    while layer:
        below = select(instance.key, instance.parent_key).where(
            instance.parent_key.in_(layer), instance.ended_at.is_(None)
        )
        rows = connection.execute(below).all()
        for row in rows:
            owner[row.key] = owner[row.parent_key]
            found[owner[row.key]].append(row.key)
        layer = [row.key for row in rows]
    return found
