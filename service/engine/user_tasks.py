"""User tasks: claim, change, complete."""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, RowMapping, bindparam, select, tuple_, update

from service import bpmn, feel, forms
from service.engine import Engine, task_listeners
from service.engine.step import Step
from service.engine.task_transitions import ASSIGNING, CHANGEABLE, COMPLETING, UPDATING, Asked
from service.errors import Conflict, NotFound
from service.store import rows
from service.store.keys import new_key
from service.store.tables import element_instance, history, process_instance, user_task
from service.store.variables import Scope, around

_ASSIGN = (
    update(user_task)
    .where(user_task.c.key == bindparam("row_key"), user_task.c.state == "CREATED", user_task.c.listens == "")
    .values(assignee=bindparam("assignee"))
    .returning(*(user_task.c[one] for one in ("key", "instance_key", "root_key", "element_id", "definition_key")))
)
_CLAIM = _ASSIGN.where(user_task.c.assignee.is_(None))


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of what listeners were asked: the state of the task, and why they have denied it, if they have."""

    state: str
    denied: str | None


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
    assignee: str | None,
    *,
    by: str,
    allow_override: bool = True,
    action: str | None = None,
) -> int | None:
    """Give a task to somebody, or put it back; answers the key of what its listeners are asked, None if it is done.

    Raises NotFound, Conflict if it is closed, or assigned already and that may not be overridden, or if the diagram
    asks another person for it.
    """
    # One statement decides the race of many claimants; whoever comes second finds no row.
    statement = _ASSIGN if allow_override else _CLAIM
    row = connection.execute(statement, {"row_key": key, "assignee": assignee}).mappings().first()
    if row is not None:
        _require_another(connection, engine, row, assignee)
        told = {} if assignee is None else {"assignee": assignee}
        _note(connection, engine, row, "task-unassigned" if assignee is None else "task-assigned", by, action, **told)
        return None
    with Step(connection, engine, by=by) as step:
        step.lock(user_task, key)
        row = _open(connection, key)
        if row["assignee"] is not None and not allow_override:
            raise Conflict(f"User task {key} is assigned to {row['assignee']} already.", assignee=row["assignee"])
        _require_another(connection, engine, row, assignee)
        return task_listeners.begin(step, row, Asked(ASSIGNING, by, action, {"assignee": assignee}))


def unassign(connection: Connection, engine: Engine, key: int, *, by: str, action: str | None = None) -> int | None:
    """Put a task back; answers and raises as `assign` does."""
    return assign(connection, engine, key, None, by=by, action=action)


def change(
    connection: Connection, engine: Engine, key: int, changes: Mapping[str, Any], *, by: str, action: str | None = None
) -> int | None:
    """Change due and follow-up instants, priority, candidates; answers the key of what its listeners are asked, None
    if it is done.

    Raises NotFound, Conflict if it is closed.
    """
    with Step(connection, engine, by=by) as step:
        step.lock(user_task, key)
        row = _open(connection, key)
        values = {name: value for name, value in changes.items() if name in CHANGEABLE}
        if not values and UPDATING not in row["listens"]:
            return None
        return task_listeners.begin(step, row, Asked(UPDATING, by, action, values))


def at_element(connection: Connection, element_key: int) -> int | None:
    """The key of the open task of an element instance, if it is one of a user task."""
    mine = user_task.c.instance_key == element_instance.c.instance_key  # which has an index
    query = select(user_task.c.key).join_from(user_task, element_instance, mine)
    query = query.where(element_instance.c.key == element_key, user_task.c.element_instance_key == element_key)
    return connection.execute(query.where(user_task.c.completed_at.is_(None))).scalar()


def set_variables(
    connection: Connection, engine: Engine, key: int, variables: Mapping[str, Any], *, local: bool, by: str
) -> int | None:
    """Set variables as seen from a task, or its own; answers the key of what its listeners are asked, None if it is
    done.

    Raises NotFound, Conflict if it is closed, Invalid.
    """
    with Step(connection, engine, by=by) as step:
        step.lock(user_task, key)
        asked = Asked(UPDATING, by, variables=feel.checked(variables), is_local=local)
        return task_listeners.begin(step, _open(connection, key), asked)


def complete(
    connection: Connection,
    engine: Engine,
    key: int,
    variables: Mapping[str, Any],
    *,
    by: str,
    action: str | None = None,
) -> int | None:
    """Complete a task with the answers of its form; answers the key of what its listeners are asked, None if it is
    done.

    Raises NotFound; Conflict if it is closed, or the diagram asks another person for it; Invalid with a problem for
    each answer that does not fit its form; StuckError if the model cannot go on (the task stays open).
    """
    with Step(connection, engine, by=by) as step:
        step.lock(user_task, key)
        row = _open(connection, key)
        _require_another(connection, engine, row, by)
        if row["form_key"] is not None:
            asked, env = engine.form(connection, row["form_key"]), engine.environment()
            drawn = engine.process_model(connection, row["definition_key"]).elements.get(row["element_id"])
            # Its output mappings read what is known of the process: nobody who answers changes that under them.
            leaves_known = drawn is not None and bool(drawn.outputs)
            variables = forms.check(
                asked, variables, lambda: _seen(connection, engine, row), env, leaves_known=leaves_known
            )
        return task_listeners.begin(step, row, Asked(COMPLETING, by, action, variables=dict(variables)))


def answered(connection: Connection, keys: Collection[int]) -> list[int]:
    """Which of these tasks wait for no listener."""
    settled = user_task.c.state.in_(("CREATED", "COMPLETED", "CANCELED"))
    return list(connection.execute(select(user_task.c.key).where(user_task.c.key.in_(keys), settled)).scalars())


def outcome(connection: Connection, key: int, asked: int) -> Outcome | None:
    """What has become of what the listeners of a task were asked; None while they are at it. Raises NotFound."""
    row = get(connection, key)
    if row["transition"] and row["transition"]["key"] == asked and row["completed_at"] is None:
        return None
    reason = task_listeners.denied(connection, asked)
    return Outcome(row["state"], reason)


def variables(connection: Connection, engine: Engine, key: int) -> dict[str, Any]:
    """All variables that the task sees, its own and those of every scope around it; raises NotFound."""
    return _seen(connection, engine, get(connection, key))


def scopes(connection: Connection, engine: Engine, key: int) -> list[tuple[Scope, dict[str, Any]]]:
    """The same scope by scope, the innermost first; raises NotFound."""
    return _around(connection, engine, get(connection, key))


def _seen(connection: Connection, engine: Engine, row: RowMapping) -> dict[str, Any]:
    return dict(ChainMap(*(own for _, own in _around(connection, engine, row))))


def _around(connection: Connection, engine: Engine, row: RowMapping) -> list[tuple[Scope, dict[str, Any]]]:
    return around(connection, engine.protection, row["instance_key"], int(row["wait_id"]))


def _open(connection: Connection, key: int) -> RowMapping:
    row = get(connection, key)
    if row["state"] != "CREATED":
        raise Conflict(f"User task {key} is {row['state'].lower()} already.", state=row["state"])
    return row


def _require_another(connection: Connection, engine: Engine, row: RowMapping, person: str | None) -> None:
    """Raises Conflict for whoever has done one of the tasks whose doer may not do this one too: of this instance, or
    where a process is named, of the whole tree."""
    elements = engine.process_model(connection, row["definition_key"]).elements
    drawn = elements.get(row["element_id"])
    others = bpmn.not_by(drawn) if drawn else ()
    if person is None or not others:
        return
    task = user_task.c
    own = process_instance.c
    here = (task.instance_key == row["instance_key"]) & task.element_id.in_([id_ for of, id_ in others if not of])
    anywhere = tuple_(own.process_id, task.element_id).in_([one for one in others if one[0]])
    done = select(task.element_id, task.definition_key).join(process_instance, own.key == task.instance_key)
    done = done.where(task.root_key == row["root_key"], task.completed_by == person, here | anywhere)
    found = connection.execute(done.limit(1)).first()
    if found is not None:
        there = engine.process_model(connection, found.definition_key).elements.get(found.element_id)
        name = (there.name if there else "") or found.element_id
        text = f"{person} has done “{name}” already, and another person has to do this one."
        raise Conflict(text, element=found.element_id)


def _note(
    connection: Connection, engine: Engine, row: RowMapping, kind: str, by: str, action: str | None, **data: Any
) -> None:
    values = {"key": new_key(), "instance_key": row["instance_key"], "element_id": row["element_id"], "kind": kind}
    told = {"task": str(row["key"]), **data, **({"action": action} if action else {})}
    connection.execute(rows.add(history), {**values, "at": engine.clock(), "by": by, "data": told})
