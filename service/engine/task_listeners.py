"""Listeners of user tasks: jobs between what is asked of a task and its being done, one after the other.

As Camunda 8 has it: while one is waited for, the task is in a state between (ASSIGNING…) and nothing else may be asked
of it; each may correct its attributes, and deny what was asked unless that is to begin it. The run of the instance
waits for the task as before: what is asked, and how far it is, stands in the row of the task.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Self

from sqlalchemy import Connection, RowMapping, select

from service import bpmn
from service.clock import in_utc
from service.engine import Engine, new_jobs
from service.engine.task_transitions import ASSIGNING, CREATING, UPDATING, Asked, as_json, carry_out
from service.errors import Conflict, Invalid, NotFound, Problem
from service.store import rows
from service.store.keys import new_key
from service.store.tables import history, job, process_instance, user_task

if TYPE_CHECKING:
    from service.engine.step import Row, Step

KIND = "TASK_LISTENER"

# The wait for a listener's job, or for a worker's, is named like that for its task with this behind: the one goes with
# the other.
BESIDE = "/listener"

# The line of the history that tells what was denied has the key of what was asked.
DENIED = "task-denied"

# Column → its name among the changed attributes that a listener is told of.
_CHANGED = {
    "assignee": "assignee",
    "candidate_groups": "candidateGroupsList",
    "candidate_users": "candidateUsersList",
    "due_at": "dueDate",
    "follow_up_at": "followUpDate",
    "priority": "priority",
}
# The name of a correction → column.
_COLUMNS = {name.removesuffix("List"): column for column, name in _CHANGED.items()}
_ACTIONS = {"creating": "create", "assigning": "assign", "updating": "update", "completing": "complete"}
_HEADER = "io.camunda.zeebe:"


@dataclass(frozen=True, slots=True)
class Answer:
    """What a listener says of what was asked; `corrections` are values of the task's columns."""

    is_denied: bool = False
    reason: str = ""
    corrections: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def read(cls, result: Mapping[str, Any]) -> Self:
        """The answer as workers give it: `denied`, `deniedReason`, `corrections` (of `assignee`, `dueDate`,
        `followUpDate`, `candidateGroups`, `candidateUsers`, `priority`: null preserves, an empty text or list clears).

        Raises Invalid.
        """
        corrections = {
            column: _corrected(name, value)
            for name, value in (result.get("corrections") or {}).items()
            if value is not None and (column := _COLUMNS.get(name))
        }
        return cls(bool(result.get("denied")), result.get("deniedReason") or "", corrections)


def _corrected(name: str, value: Any) -> Any:
    if not name.endswith("Date"):
        return value or None if name == "assignee" else value
    try:
        return in_utc(value) if value else None
    except ValueError:
        raise Invalid(f"{name} is no date and time.", [Problem(name, "is no date and time")]) from None


def begin(step: Step, row: RowMapping, asked: Asked) -> int | None:
    """Ask the listeners of a task, whose tree is locked, or do at once what is asked if it has none.

    Answers the key of what is asked, None if it is done. Raises StuckError.
    """
    if asked.event not in row["listens"].split():
        carry_out(step, row, asked)
        return None
    instance = step.instance(row["instance_key"])
    step.about(instance)
    if instance["state"] == "SUSPENDED":
        raise Conflict(f"Process instance {instance['key']} is suspended. Resume it first.", key=str(instance["key"]))
    attributes = step.restored(instance).task_listener(row["wait_id"], asked.event, 0)
    if attributes is None:
        carry_out(step, row, asked)
        return None
    asked = replace(asked, key=new_key())
    _wait(step, row, instance, asked, attributes)
    return asked.key


def first(step: Step, row: Row, task: Row, attributes: Mapping[str, Any]) -> list[Any]:
    """The wait for the listener with which a new task begins."""
    return ["job", _add_job(step, row, task, attributes["event"], attributes)]


def at_first(attributes: Mapping[str, Any], by: str) -> dict[str, Any]:
    """What stands in the row of a new task, by what its wait tells: its state, and what its listeners are asked."""
    found = attributes["first"]
    if found is None:
        return {"state": "CREATED", "assignee": attributes["assignee"]}
    asked = Asked(found["event"], by, changes={"assignee": attributes["assignee"]}, key=new_key())
    if found["event"] == CREATING and not attributes["assignee"]:
        asked = replace(asked, changes={})
    return {"state": asked.event.upper(), "assignee": None, "transition": asked.as_json()}


def done(step: Step, listener: RowMapping, answer: Answer) -> None:
    """Go on with what a listener says: with the next one, else with what was asked. Raises Invalid, StuckError."""
    row = _task(step.connection, listener["task_key"])
    instance = step.instance(row["instance_key"])
    asked = Asked.of_json(row["transition"], step.seal(instance), row["key"])
    step.about(instance)
    if answer.is_denied and answer.corrections:
        raise Invalid("A listener either denies what is asked or corrects it.")
    if answer.is_denied:
        if asked.event == CREATING:
            raise Invalid("A listener cannot deny that a user task is created. Correct its attributes, or let it fail.")
        _deny(step, row, instance, asked, answer.reason)
        return
    corrections = dict(answer.corrections)
    if asked.event == CREATING and "assignee" in corrections and "assignee" in asked.changes:
        raise Invalid("The diagram names the assignee of the user task. Correct it in an assigning listener.")
    asked = replace(asked, changes={**asked.changes, **corrections}, at=asked.at + 1)
    run = step.restored(instance)
    following = run.task_listener(row["wait_id"], asked.event, asked.at)
    if following:
        _wait(step, row, instance, asked, following)
        return
    if asked.event == CREATING:
        _created(step, row, instance, run, asked)
    else:
        left = _wait_no_more(step, row, instance) if asked.event in (ASSIGNING, UPDATING) else None
        carry_out(step, row, asked, left)
    step.engine.tell_task(step.connection, row["key"])


def denied(connection: Connection, key: int) -> str | None:
    """Why listeners have denied what was asked; None if they have not."""
    query = select(history.c.data).where(history.c.key == key, history.c.kind == DENIED)
    told = connection.execute(query).scalar()
    return None if told is None else str(told["reason"])


def tell(connection: Connection, engine: Engine, given: dict[str, Any]) -> None:
    """Add to a leased job of a listener what it sees: the task as asked, and the variables that go with it."""
    row = _task(connection, given["task_key"])
    query = select(process_instance.c.data_key).where(process_instance.c.key == given["instance_key"])
    seal = engine.protection.of(given["instance_key"], connection.execute(query).scalar_one())
    asked = Asked.of_json(row["transition"], seal, row["key"])
    changed = [
        name for column, name in _CHANGED.items() if column in asked.changes and asked.changes[column] != row[column]
    ]
    if asked.event == UPDATING and asked.variables:
        changed.append("variables")
    shown = {**row, **asked.changes}
    told: dict[str, Any] = {
        "action": asked.action or _action(asked),
        "assignee": shown["assignee"],
        "candidateGroups": list(shown["candidate_groups"]),
        "candidateUsers": list(shown["candidate_users"]),
        "changedAttributes": changed,
        "dueDate": as_json(shown)["due_at"],
        "followUpDate": as_json(shown)["follow_up_at"],
        "formKey": str(row["form_key"]) if row["form_key"] else None,
        "priority": shown["priority"],
        "userTaskKey": str(row["key"]),
    }
    headers = {
        _HEADER + name: value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        for name, value in told.items()
        if value not in (None, [])
    }
    given["user_task"] = told
    given["headers"] = {**given["headers"], **headers}
    given["variables"] = {**given["variables"], **asked.variables}


def _action(asked: Asked) -> str:
    puts_back = asked.event == ASSIGNING and asked.changes["assignee"] is None
    return "unassign" if puts_back else _ACTIONS[asked.event]


def _wait(step: Step, row: RowMapping, instance: RowMapping, asked: Asked, attributes: Mapping[str, Any]) -> None:
    """Wait for this listener, and no longer for the one before it."""
    transition = asked.as_json(step.seal(instance), row["key"])
    step.change(rows.change(user_task), row_key=row["key"], state=asked.event.upper(), transition=transition)
    new = _add_job(step, instance, row, asked.event, attributes)
    _wait_no_more(step, row, instance, {row["wait_id"] + BESIDE: ["job", new]})


def _wait_no_more(
    step: Step, row: RowMapping, instance: RowMapping, instead: Mapping[str, list[Any]] | None = None
) -> Row:
    """Answers the instance as it is left."""
    waits = dict(instance["waits"])
    before = waits.pop(row["wait_id"] + BESIDE, None)
    if before:
        step.change(rows.remove(job), row_key=before[1])
    left = {**waits, **(instead or {})}
    return {**instance, "waits": left, "revision": step.mark(instance, waits=left)}


def _created(step: Step, row: RowMapping, instance: RowMapping, run: bpmn.Run, asked: Asked) -> None:
    """The task is there; if the diagram names who does it, that is what the next listeners are asked."""
    changes = dict(asked.changes)
    drawn = row["transition"]["changes"].get("assignee")
    if drawn:
        del changes["assignee"]
    following = run.task_listener(row["wait_id"], ASSIGNING, 0) if drawn else None
    if following is None:
        _wait_no_more(step, row, instance)
        carry_out(step, row, asked)
        return
    carry_out(step, row, replace(asked, changes=changes))
    _wait(step, row, instance, Asked(ASSIGNING, asked.by, changes={"assignee": drawn}, key=new_key()), following)


def _deny(step: Step, row: RowMapping, instance: RowMapping, asked: Asked, reason: str) -> None:
    step.change(rows.change(user_task), row_key=row["key"], state="CREATED", transition=None)
    _wait_no_more(step, row, instance)
    told = {"task": str(row["key"]), "event": asked.event, "reason": reason}
    values = {"instance_key": row["instance_key"], "element_id": row["element_id"], "at": step.at, "by": step.by}
    step.add(history, key=asked.key, kind=DENIED, **values, data=told, sealed=None)
    step.engine.tell_task(step.connection, row["key"])


def _add_job(step: Step, instance: Row, task: Row, event: str, attributes: Mapping[str, Any]) -> int:
    told = {**attributes, "kind": KIND, "event": event.upper()}
    return new_jobs.add(step, instance, task, told, task_key=task["key"])


def _task(connection: Connection, key: int) -> RowMapping:
    row = connection.execute(rows.by_key(user_task), {"row_key": key}).mappings().first()
    if row is None or not row["transition"]:
        raise NotFound(f"The user task {key} waits for no listener any more.", key=str(key))
    return row
