"""What somebody has begun to write in a task's form: kept until it is done, sealed like all that its process says.

It is that person's alone; another who claims the task begins anew.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, RowMapping, delete, insert, select, update

from service import exact_json
from service.engine import Engine
from service.errors import Invalid
from service.store.protection import Seal
from service.store.tables import process_instance, task_draft, user_task

MOST_BYTES = 1_048_576
_draft = task_draft.c


class Draft(NamedTuple):
    """`told` is what was typed, by the names of inputs."""

    told: Mapping[str, Any]
    changed_at: datetime


def find(connection: Connection, engine: Engine, task: RowMapping, person_id: str) -> Draft | None:
    mine = select(task_draft).where(_mine(task["key"], person_id))
    row = connection.execute(mine).mappings().first()
    if row is None:
        return None
    told = _seal(connection, engine, row["instance_key"]).opened(row["sealed"], *_place(row["task_key"], person_id))
    return None if told is None else Draft(told, row["changed_at"])


def save(connection: Connection, engine: Engine, task: RowMapping, person_id: str, told: Mapping[str, Any]) -> None:
    """Keep it instead of what was kept before; raises Invalid for more than a form takes."""
    if len(exact_json.dumps(told)) > MOST_BYTES:
        raise Invalid("This is too much for a draft.")
    seal = _seal(connection, engine, task["instance_key"])
    values = {"sealed": seal.close(told, *_place(task["key"], person_id)), "changed_at": engine.clock()}
    changed = connection.execute(update(task_draft).where(_mine(task["key"], person_id)).values(**values))
    if changed.rowcount == 0:
        _forget_closed(connection, person_id)
        row = {"task_key": task["key"], "person_id": person_id, "instance_key": task["instance_key"], **values}
        connection.execute(insert(task_draft).values(row))


def drop(connection: Connection, task_key: int, person_id: str) -> None:
    connection.execute(delete(task_draft).where(_mine(task_key, person_id)))


def forget(connection: Connection, task_key: int) -> None:
    """The task is done: everybody's."""
    connection.execute(delete(task_draft).where(_draft.task_key == task_key))


def _forget_closed(connection: Connection, person_id: str) -> None:
    """Those of tasks that came to an end without them."""
    closed = select(user_task.c.key).where(user_task.c.key == _draft.task_key, user_task.c.completed_at.is_not(None))
    connection.execute(delete(task_draft).where(_draft.person_id == person_id, closed.exists()))


def _seal(connection: Connection, engine: Engine, instance_key: int) -> Seal:
    query = select(process_instance.c.data_key).where(process_instance.c.key == instance_key)
    return engine.protection.of(instance_key, connection.execute(query).scalar_one())


def _mine(task_key: int, person_id: str) -> Any:
    return (_draft.task_key == task_key) & (_draft.person_id == person_id)


def _place(task_key: int, person_id: str) -> tuple[str, int, str]:
    return "task_draft", task_key, person_id
