"""What events do to a run: those on a border, and what is thrown at them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any

from SpiffWorkflow.task import Task
from SpiffWorkflow.util.task import TaskState

from service.bpmn.model import Element, StepEvent
from service.errors import StuckError

if TYPE_CHECKING:
    from service.bpmn.run import Run


def listen(run: Run, host: Task, *, but: Collection[str] = ()) -> None:
    """Wait for the events on the border of an activity that has begun, but those with these ids."""
    for boundary in host.task_spec.boundaries:
        if boundary.event not in ("error", "compensate") and boundary.id not in but:
            data = {"scope": host.internal_data["scope"], "flow": None}
            run.wait(run.place(boundary.id, host, TaskState.WAITING, data), "timer" if boundary.timer else "message")


def happen(run: Run, task: Task, variables: Mapping[str, Any], *, stays: bool) -> None:
    """A boundary event happens; unless it `stays`, it does so once."""
    boundary, host = run.element(task), task.parent
    scope_task, scope = host.parent, host.internal_data["scope"]
    if boundary.interrupting:
        run.terminate(host)
    elif not stays:
        run.remove(task)
    _enter(run, boundary, scope_task, scope, variables)


def throw_error(run: Run, task: Task, code: str, message: str, variables: Mapping[str, Any]) -> None:
    """Go on at the nearest boundary event that catches the code. Raises StuckError if none does."""
    holder: Task | None = task
    while holder is not None and holder.parent is not None:
        for boundary in holder.task_spec.boundaries:
            if boundary.event == "error" and boundary.error_code in (None, code):
                scope_task, scope = holder.parent, holder.internal_data["scope"]
                run.terminate(holder)
                _enter(run, boundary, scope_task, scope, variables)
                return
        holder = holder.parent
    text = f"The error “{code}” is caught by no boundary event" + (f": {message}" if message else ".")
    raise StuckError(run.element(task).id, text, "UNHANDLED_ERROR_EVENT")


def _enter(run: Run, boundary: Element, scope_task: Task, scope: int, variables: Mapping[str, Any]) -> None:
    data = {"scope": scope, "flow": None, "result": dict(variables)}
    task = run.place(boundary.id, scope_task, TaskState.STARTED, data)
    run.note(StepEvent("element-activated", boundary.id, task.id, {"type": boundary.type, "name": boundary.name}))
    if boundary.outputs:
        run.open_scope(task)
    task.complete()
