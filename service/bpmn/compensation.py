"""Compensation: what was done is undone by the handlers on its border.

An activity that is done leaves a token at its compensation event behind, in the scope where it was done; a
sub-process that is done hands those inside of it on, with its local variables, as Camunda 8 does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from SpiffWorkflow.task import Task
from SpiffWorkflow.util.task import TaskState

from service.bpmn.model import StepEvent

if TYPE_CHECKING:
    from service.bpmn.run import Run

# What such a token keeps: the activity in its scope that it belongs to, and the variables of the scopes that ended.
OF, _SEEN = "of", "seen"


def is_kept(data: dict[str, Any]) -> bool:
    """Whether a token with this data stands for what was done and can be undone."""
    return OF in data


def remember(run: Run, task: Task) -> None:
    """An activity is done, and about to leave: from now on it can be compensated."""
    element = run.element(task)
    if element.is_handler or element.type == "eventSubProcess":
        return  # neither what undoes nor what answers an event is undone
    for child in list(task.children):
        if OF in child.internal_data:
            own = run.scopes.own(task.id) if "own" in task.internal_data else {}
            _keep(run, task, run.element(child).id, {**own, **child.internal_data[_SEEN]})
    for boundary in task.task_spec.boundaries:
        if boundary.event == "compensate":
            _keep(run, task, boundary.id, {})


def throw(run: Run, task: Task) -> bool | None:
    """Begin the handlers of what was done in the scope, the latest first; True if there is nothing to undo."""
    wanted = run.element(task).compensated
    done = [one for one in _scope_of(run, task).children if OF in one.internal_data]
    found = [one for one in done if not wanted or one.internal_data[OF] == wanted]
    for one in reversed(found):
        boundary, seen = run.element(one), one.internal_data[_SEEN]
        run.note(StepEvent("element-activated", boundary.id, one.id, {"type": boundary.type, "name": boundary.name}))
        run.note(StepEvent("element-completed", boundary.id, one.id))
        run.remove(one)
        handler = run.arrive(boundary.handler, task, None)
        handler.internal_data["scope"] = task.internal_data["scope"]
        if seen:
            run.open_scope(handler)
            run.scopes.put(handler.id, seen, run.changed)
    return None if found else True


def _scope_of(run: Run, task: Task) -> Task:
    """Where a compensation is thrown: from an event sub-process, around that."""
    scope_task = task.parent
    while scope_task.parent is not None and run.element(scope_task).type == "eventSubProcess":
        scope_task = scope_task.parent
    return scope_task


def _keep(run: Run, done: Task, boundary_id: str, seen: dict[str, Any]) -> None:
    data = {"scope": done.internal_data["scope"], "flow": None, OF: run.element(done).id, _SEEN: seen}
    run.place(boundary_id, done.parent, TaskState.WAITING, data)
