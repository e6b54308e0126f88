"""Conditional events: they happen when what they wait for is true.

As Camunda 8 has it, a condition is looked at when the wait for it begins, and again whenever a variable that it reads
is created or gets another value where it is seen from; however much one step of the run changes, once. From the
process inwards, so that what an event ends is asked no more.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from SpiffWorkflow.task import Task

from service import feel
from service.bpmn import events
from service.bpmn.model import Condition, StepEvent
from service.bpmn.scopes import ROOT, Change
from service.errors import StuckError

if TYPE_CHECKING:
    from service.bpmn.run import Run

KIND = "conditional"
# An event whose own mappings make its condition true anew is told from many by this.
MAX_ROUNDS = 1_000


@dataclass
class Watch:
    """The tokens of a run at conditions, by number; those not looked at yet; and what has changed since the last
    look."""

    waiting: dict[int, Task] = field(default_factory=dict)
    begun: set[int] = field(default_factory=set)
    changes: list[Change] = field(default_factory=list)
    is_busy: bool = False

    def add(self, task: Task) -> None:
        """A token stands at a condition from now on."""
        self.waiting[task.id] = task
        self.begun.add(task.id)

    def forget(self, task: Task) -> None:
        self.waiting.pop(task.id, None)
        self.begun.discard(task.id)


def look(run: Run) -> None:
    """Let the events happen whose conditions have become true, until nothing changes any more. Raises StuckError."""
    watch = run.watch
    if watch.is_busy:
        return
    watch.is_busy, rounds = True, 0
    while watch.changes or watch.begun:
        for task in _due(run):
            if task.id in watch.waiting:
                rounds += 1
                if rounds > MAX_ROUNDS:
                    text = "What comes of the condition makes it true anew, without end."
                    raise StuckError(run.element(task).id, text, "CONDITION_ERROR")
                _happen(run, task)
    watch.is_busy = False


def _due(run: Run) -> list[Task]:
    """Those whose condition is true now, outermost first, among those that are to be looked at."""
    watch = run.watch
    begun, changes = set(watch.begun), list(watch.changes)
    watch.begun.clear()
    watch.changes.clear()
    asked = {number: watch.waiting[number] for number in begun}
    by_owner: dict[int, list[Change]] = defaultdict(list)
    for change in changes:
        by_owner[change[0]].append(change)
    for owner, changed in by_owner.items():
        asked |= {task.id: task for task in _below(run, owner) if _is_concerned(run, task, changed)}
    due, ended = list[Task](), set[int]()
    for task in sorted(asked.values(), key=_order):
        if ended.isdisjoint(_around(task)) and _holds(run, task):
            due.append(task)
            if run.element(task).interrupting and events.listens(task):
                ended.add(task.parent.id)
    return due


def _below(run: Run, owner: int) -> list[Task]:
    """The tokens at conditions that can see a scope: a thousand beside each other are not asked of each one's own."""
    if owner == ROOT:
        return list(run.watch.waiting.values())
    found, ahead = list[Task](), [run.token(owner)]
    while ahead:
        task = ahead.pop()
        if task is not None:
            ahead.extend(task.children)
            if task.id in run.watch.waiting:
                found.append(task)
    return found


def _is_concerned(run: Run, task: Task, changes: list[Change]) -> bool:
    condition, scope = _condition(run, task), run.scope_of(_seer(run, task))
    return any(
        (not condition.names or name in condition.names)
        and ("create" if is_new else "update") in condition.changes
        and run.scopes.owner(scope, name) == owner
        for owner, name, is_new in changes
    )


def _holds(run: Run, task: Task) -> bool:
    """Null is what a variable that is not there yet gives, so it only is not true. Raises StuckError."""
    expression, element = _condition(run, task).expression, run.element(task)
    value = run.evaluate(expression, _seer(run, task), element.id)
    if value is None or isinstance(value, bool):
        return value is True
    text = f"The condition of “{element.name or element.id}” is neither true nor false"
    told = feel.show(value, inside=True)[:80]
    raise StuckError(element.id, f"{text}, but {told}: {expression.text}", "CONDITION_ERROR")


def _happen(run: Run, task: Task) -> None:
    run.note(StepEvent("condition-true", run.element(task).id, task.id))
    if events.listens(task):
        events.happen(run, task, {}, stays=not run.element(task).interrupting)
    else:
        run.watch.forget(task)
        task.complete()


def _seer(run: Run, task: Task) -> Task:
    """The token whose variables a condition reads: that of the activity or gateway where an event listens."""
    at_host = events.listens(task) and run.element(task).type != "startEvent"
    return task.parent if at_host else task


def _order(task: Task) -> tuple[int, int, int]:
    """Outer scopes come first, older hosts before younger ones, and events of one host in the order of the file."""
    around = _around(task)
    return len(around), around[0], task.id


def _around(task: Task) -> list[int]:
    """The host where an event listens, or the catching event itself, and all that is around it."""
    holder, found = task.parent if events.listens(task) else task, []
    while holder is not None:
        found.append(holder.id)
        holder = holder.parent
    return found


def _condition(run: Run, task: Task) -> Condition:
    element = run.element(task)
    if element.condition is None:
        raise StuckError(element.id, "It is drawn without a condition.", "STATE_ERROR")
    return element.condition
