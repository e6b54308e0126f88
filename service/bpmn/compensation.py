"""Compensation: what was done is undone by the handlers on its border.

An activity that is done leaves a token at its compensation event behind, in the scope where it was done; a
sub-process that is done hands those inside of it on, with its local variables, as Camunda 8 does.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from SpiffWorkflow.task import Task
from SpiffWorkflow.util.task import TaskState

from service.bpmn.model import Element, StepEvent

if TYPE_CHECKING:
    from service.bpmn.run import Run

# What such a token keeps: the activity in its scope that it belongs to, and the variables of the scopes that ended.
OF, _SEEN = "of", "seen"

# The type of the elements whose tokens hold the chains of ad-hoc sub-processes.
_CHAIN = "adHocSubProcessInnerInstance"

# What the token of a transaction keeps while all that was done inside is undone.
CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Done:
    """Something that was done: its compensation event, the number of its token, the variables of scopes that ended."""

    boundary: Element
    number: int
    seen: Mapping[str, Any]


def is_kept(data: dict[str, Any]) -> bool:
    """Whether a token with this data stands for what was done and can be undone."""
    return OF in data


def is_cancelled(task: Task) -> bool:
    """Whether a token is that of a transaction that is being undone."""
    return CANCELLED in task.internal_data


def remember(run: Run, task: Task) -> None:
    """An activity is done, and about to leave: from now on it can be compensated."""
    element = run.element(task)
    if element.is_handler or element.type == "eventSubProcess":
        return  # neither what undoes nor what answers an event is undone
    for child in list(task.children):
        if OF in child.internal_data:
            own = run.scopes.own(task.id) if "own" in task.internal_data else {}
            of = child.internal_data[OF] if element.type == _CHAIN else element.id
            _keep(run, task, of, run.element(child).id, {**own, **child.internal_data[_SEEN]})
    for boundary in task.task_spec.boundaries:
        if boundary.event == "compensate":
            _keep(run, task, element.id, boundary.id, {})


def throw(run: Run, task: Task) -> bool | None:
    """Begin the handlers of what was done in the scope, the latest first; True if there is nothing to undo."""
    wanted = run.element(task).compensated
    scope = _scope_of(run, task)
    chains = [one for one in scope.children if one.parent.parent and run.element(one).type == _CHAIN]
    beside = [one for holder in (*chains, scope) for one in holder.children if OF in one.internal_data]
    done = sorted(beside, key=lambda one: one.id)
    found = [one for one in done if not wanted or one.internal_data[OF] == wanted]
    for one in reversed(found):
        undo(run, _taken(run, one), task, task.internal_data["scope"])
    return None if found else True


def taken_within(run: Run, holder: Task) -> list[Done]:
    """Take all that was done below a token, the latest first, also what is done of sub-processes that still run."""
    found: list[Done] = []
    for child in list(holder.children):
        if OF in child.internal_data:
            found.append(_taken(run, child))
        elif own := run.scopes.own(child.id) if "own" in child.internal_data else {}:
            found += [replace(one, seen={**own, **one.seen}) for one in taken_within(run, child)]
        else:
            found += taken_within(run, child)
    return sorted(found, key=lambda one: one.number, reverse=True)


def undo(run: Run, done: Done, holder: Task, scope: int) -> None:
    """Begin the handler of what was done, below a token and with what is seen in a scope."""
    boundary = done.boundary
    run.activates(boundary, done.number, holder)
    run.note(StepEvent("element-completed", boundary.id, done.number))
    handler = run.arrive(boundary.handler, holder, None)
    handler.internal_data["scope"] = scope
    if done.seen:
        run.open_scope(handler)
        run.scopes.put(handler.id, done.seen, run.changed)


def _taken(run: Run, kept: Task) -> Done:
    done = Done(run.element(kept), kept.id, kept.internal_data[_SEEN])
    run.remove(kept)
    return done


def _scope_of(run: Run, task: Task) -> Task:
    """Where a compensation is thrown: from an event sub-process, or a chain of an ad-hoc one, around that."""
    scope_task = task.parent
    while scope_task.parent is not None and run.element(scope_task).type in ("eventSubProcess", _CHAIN):
        scope_task = scope_task.parent
    return scope_task


def _keep(run: Run, done: Task, of: str, boundary_id: str, seen: dict[str, Any]) -> None:
    data = {"scope": done.internal_data["scope"], "flow": None, OF: of, _SEEN: seen}
    run.place(boundary_id, done.parent, TaskState.WAITING, data)
