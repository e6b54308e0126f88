"""What is asked of a user task, carried out: assigned, changed, completed, with the attributes that change by it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Self

from sqlalchemy import RowMapping, delete

from service.store import rows
from service.store.keys import new_key
from service.store.protection import Seal
from service.store.tables import history, user_task, user_task_candidate

if TYPE_CHECKING:
    from service.engine.step import Row, Step

CREATING, ASSIGNING, UPDATING, COMPLETING = "creating", "assigning", "updating", "completing"

_INSTANTS = ("due_at", "follow_up_at")
# The columns that may be changed.
CHANGEABLE = (*_INSTANTS, "priority", "candidate_groups", "candidate_users")
CORRECTABLE = ("assignee", *CHANGEABLE)

_KINDS = {"candidate_groups": "group", "candidate_users": "user"}
_CANDIDATES = delete(user_task_candidate)


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody asks of a user task; `changes` are values of its columns, `variables` the answers of its form, or
    those to set at it, `is_local` there alone.

    `at` and `key` are those of the listener that is waited for, and of the whole, where listeners are asked.
    """

    event: str
    by: str
    action: str | None = None
    changes: Mapping[str, Any] = field(default_factory=dict)
    variables: Mapping[str, Any] = field(default_factory=dict)
    at: int = 0
    key: int = 0
    is_local: bool = False

    def as_json(self, seal: Seal | None = None, task_key: int = 0) -> dict[str, Any]:
        """As the column `transition` keeps it; without variables it needs no seal."""
        names = ("event", "by", "action", "variables", "at", "key", "is_local")
        told = {**{name: getattr(self, name) for name in names}, "changes": as_json(self.changes)}
        if seal and self.variables:
            told["variables"], sealed = seal.apart(self.variables, *_place(task_key))
            told["sealed"] = sealed.hex() if sealed else None
        return told

    @classmethod
    def of_json(cls, told: Mapping[str, Any], seal: Seal, task_key: int) -> Self:
        changes = {
            name: datetime.fromisoformat(value) if value and name in _INSTANTS else value
            for name, value in told["changes"].items()
        }
        sealed = bytes.fromhex(told["sealed"]) if told.get("sealed") else None
        variables = seal.whole(told["variables"], sealed, *_place(task_key))
        plain = {name: value for name, value in told.items() if name != "sealed"}
        return cls(**{**plain, "variables": variables, "changes": changes})


def _place(task_key: int) -> tuple[str, int, str]:
    return "user_task", task_key, "transition"


def as_json(changes: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value.isoformat() if isinstance(value, datetime) else value for name, value in changes.items()}


def carry_out(step: Step, row: RowMapping | dict[str, Any], asked: Asked, instance: Row | None = None) -> None:
    """Do what is asked of a task that is open; `instance` is as this step has left it, if it has changed it already.

    Raises StuckError if the model cannot go on.
    """
    values = {"state": "CREATED", "transition": None, **asked.changes}
    if asked.event == COMPLETING:
        values |= {"state": "COMPLETED", "completed_at": step.at, "completed_by": asked.by}
    step.change(rows.change(user_task), row_key=row["key"], **values)
    _name_candidates(step, row, asked.changes)
    _note(step, row, asked)
    instance = instance or step.instance(row["instance_key"])
    if asked.event == COMPLETING:
        step.completed.add(row["key"])
        step.act(instance, lambda run: run.complete(row["wait_id"], asked.variables))
    elif asked.variables:
        step.act(instance, lambda run: run.set_variables(row["wait_id"], asked.variables, local=asked.is_local))


def _name_candidates(step: Step, row: RowMapping | dict[str, Any], changes: Mapping[str, Any]) -> None:
    mine = user_task_candidate.c.task_key == row["key"]
    for column, kind in _KINDS.items():
        if column not in changes:
            continue
        step.change(_CANDIDATES.where(mine, user_task_candidate.c.kind == kind))
        for name in dict.fromkeys(changes[column]):
            candidate = {"task_key": row["key"], "kind": kind, "name": name, "instance_key": row["instance_key"]}
            step.add(user_task_candidate, **candidate)


def _note(step: Step, row: RowMapping | dict[str, Any], asked: Asked) -> None:
    """A line of the history, by whoever has asked."""
    told: dict[str, Any] = as_json(asked.changes)
    kind = f"task-{ {CREATING: 'updated', ASSIGNING: 'assigned', UPDATING: 'updated'}.get(asked.event, 'completed') }"
    if asked.event == ASSIGNING and asked.changes["assignee"] is None:
        kind, told = "task-unassigned", {}
    if asked.event == COMPLETING:
        told |= {"answered": sorted(asked.variables)}
    elif asked.variables:
        kind, told = "variables-set", {**told, "names": sorted(asked.variables)}
    if asked.action:
        told["action"] = asked.action
    if asked.event == CREATING and not told:
        return
    values = {"key": new_key(), "instance_key": row["instance_key"], "element_id": row["element_id"], "kind": kind}
    step.add(history, **values, at=step.at, by=asked.by, data={"task": str(row["key"]), **told}, sealed=None)
