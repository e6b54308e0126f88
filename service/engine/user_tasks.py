"""User tasks: claim, change, complete."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, RowMapping, bindparam, delete, insert, select, update

from service import bpmn, forms
from service.engine import Engine
from service.engine.step import Step
from service.errors import Conflict, NotFound
from service.store import rows
from service.store.keys import new_key
from service.store.tables import history, process_instance, user_task, user_task_candidate

_OWNER = (user_task.c.key, user_task.c.instance_key, user_task.c.element_id)
_ASSIGN = (
    update(user_task)
    .where(user_task.c.key == bindparam("row_key"), user_task.c.state == "CREATED")
    .values(assignee=bindparam("assignee"))
    .returning(*_OWNER)
)
_CLAIM = _ASSIGN.where(user_task.c.assignee.is_(None))

CHANGEABLE = ("due_at", "follow_up_at", "priority", "candidate_groups", "candidate_users")


def get(connection: Connection, key: int) -> RowMapping:
    """The row of a task; raises NotFound."""
    row = connection.execute(rows.by_key(user_task), {"row_key": key}).mappings().first()
    if row is None:
        raise NotFound(f"There is no user task {key}.", key=str(key))
    return row


def assign(
    connection: Connection,
    engine: Engine,
    key: int,
    assignee: str,
    *,
    by: str,
    allow_override: bool = True,
    action: str | None = None,
) -> None:
    """Give a task to somebody. Raises Conflict if it is closed, or assigned already and that may not be overridden."""
    # One statement decides the race of many claimants; whoever comes second finds no row.
    statement = _ASSIGN if allow_override else _CLAIM
    row = connection.execute(statement, {"row_key": key, "assignee": assignee}).mappings().first()
    if row is None:
        row = _open(connection, key)
        raise Conflict(f"User task {key} is assigned to {row['assignee']} already.", assignee=row["assignee"])
    _note(connection, engine, row, "task-assigned", by, assignee=assignee, **_named(action))


def unassign(connection: Connection, engine: Engine, key: int, *, by: str) -> None:
    """Put a task back. Raises NotFound, Conflict if it is closed."""
    row = connection.execute(_ASSIGN, {"row_key": key, "assignee": None}).mappings().first()
    _note(connection, engine, row or _open(connection, key), "task-unassigned", by)


def change(
    connection: Connection, engine: Engine, key: int, changes: Mapping[str, Any], *, by: str, action: str | None = None
) -> None:
    """Change due and follow-up instants, priority, candidates. Raises NotFound, Conflict if it is closed."""
    row = _open(connection, key)
    values = {name: value for name, value in changes.items() if name in CHANGEABLE}
    if not values:
        return
    connection.execute(update(user_task).where(user_task.c.key == key).values(**values))
    for kind, column in (("group", "candidate_groups"), ("user", "candidate_users")):
        if column not in values:
            continue
        mine = (user_task_candidate.c.task_key == key) & (user_task_candidate.c.kind == kind)
        connection.execute(delete(user_task_candidate).where(mine))
        for name in dict.fromkeys(values[column]):
            candidate = {"task_key": key, "kind": kind, "name": name, "instance_key": row["instance_key"]}
            connection.execute(insert(user_task_candidate).values(candidate))
    told = {name: value.isoformat() if hasattr(value, "isoformat") else value for name, value in values.items()}
    _note(connection, engine, row, "task-updated", by, **told, **_named(action))


def complete(
    connection: Connection,
    engine: Engine,
    key: int,
    variables: Mapping[str, Any],
    *,
    by: str,
    action: str | None = None,
) -> None:
    """Complete a task with the answers of its form.

    Raises NotFound; Conflict if it is closed; Invalid with a problem for each answer that does not fit its form;
    StuckError if the model cannot go on (the task stays open).
    """
    with Step(connection, engine, by=by) as step:
        step.lock(user_task, key)
        row = _open(connection, key)
        if row["form_key"] is not None:
            asked = engine.form(connection, row["form_key"])
            variables = forms.check(asked, variables, lambda: _seen(connection, row), engine.environment())
        done = {"state": "COMPLETED", "completed_at": step.at, "completed_by": by}
        step.change(rows.change(user_task), row_key=key, **done)
        step.completed.add(key)
        names = sorted(variables)
        step.note(
            row["instance_key"], "task-completed", row["element_id"], task=str(key), answered=names, **_named(action)
        )
        instance = step.instance(row["instance_key"])
        step.act(instance, lambda run: run.complete(row["wait_id"], variables))


def variables(connection: Connection, engine: Engine, key: int) -> dict[str, Any]:
    """All variables that the task sees, its own and those of every scope around it; raises NotFound."""
    return _seen(connection, get(connection, key))


def _seen(connection: Connection, row: RowMapping) -> dict[str, Any]:
    query = select(process_instance).where(process_instance.c.key == row["instance_key"])
    instance = connection.execute(query).mappings().one()
    if row["state"] != "CREATED" or not instance["state_blob"]:
        return {**instance["variables"], **row["variables"]}
    return bpmn.VisibleVariables(bytes(instance["state_blob"])).of(row["wait_id"])


def _open(connection: Connection, key: int) -> RowMapping:
    row = get(connection, key)
    if row["state"] != "CREATED":
        raise Conflict(f"User task {key} is {row['state'].lower()} already.", state=row["state"])
    return row


def _named(action: str | None) -> dict[str, str]:
    """What who did it calls it, for the history."""
    return {"action": action} if action else {}


def _note(connection: Connection, engine: Engine, row: RowMapping, kind: str, by: str, **data: Any) -> None:
    values = {"key": new_key(), "instance_key": row["instance_key"], "element_id": row["element_id"], "kind": kind}
    told = {"task": str(row["key"]), **data}
    connection.execute(rows.add(history), {**values, "at": engine.clock(), "by": by, "data": told})
