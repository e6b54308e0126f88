"""Deadlocks: a run that waits for nothing, and yet is not over."""

from __future__ import annotations

from typing import Any

from SpiffWorkflow.util.task import TaskState

from service.bpmn import ad_hoc
from service.bpmn.model import Wait
from service.bpmn.standing import HELD, Standing
from service.errors import StuckError


def found(run: Standing) -> tuple[Wait, ...]:
    """An incident at the joins for which no token is left; none while an ad-hoc sub-process may be chosen from.

    Raises StuckError if there is no join.
    """
    tasks = run.tokens
    if any(ad_hoc.is_idle(run, task) for task in tasks):
        return ()
    joins = [task for task in tasks if task.has_state(TaskState.WAITING)]
    stuck = [task for task in joins if run.element(task).type.endswith("Gateway")]
    names = ", ".join(dict.fromkeys(f"“{one.name or one.id}”" for one in map(run.element, stuck)))
    text = f"It waits for nothing any more, but is not over: no further token comes to {names}."
    if not stuck:
        raise StuckError("", text, "DEADLOCK_ERROR")
    element, number = run.element(stuck[0]), str(stuck[0].id)
    told: dict[str, Any] = {"element_id": element.id, "message": text, "error_type": "DEADLOCK_ERROR"}
    told["stands"] = number not in run.retried
    return (Wait(number, HELD, element.id, element.name, stuck[0].id, told),)
