"""Transactions: a cancel end event undoes what was done inside, then the cancel event on the border leads on.

As BPMN 2.0 has it (10.3.5, 13.5.2): all that still runs inside ends; what was done there is undone as a compensation
would undo it, also in a sub-process that had not ended; an error in between leaves by its own event, and undoes
nothing. If one instance of many is cancelled, all are.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from SpiffWorkflow.task import Task

from service.bpmn import compensation, events, multi_instance
from service.bpmn.model import StepEvent
from service.errors import StuckError

if TYPE_CHECKING:
    from service.bpmn.run import Run


def cancel(run: Run, task: Task) -> None:
    """A cancel end event is reached. Raises StuckError where no transaction is around it."""
    element, host = run.element(task), _transaction(run, task)
    host.internal_data[compensation.CANCELLED] = True
    done = compensation.taken_within(run, host)
    run.note(StepEvent("element-completed", element.id, task.id))
    run.remove(task)
    for child in list(host.children):
        run.terminate(child)
    for one in done:
        compensation.undo(run, one, host, run.scope_of(host))
    go_on_if_undone(run, host)


def go_on_if_undone(run: Run, host: Task) -> None:
    """Leave by the cancel event on the border as soon as nothing that undoes is left."""
    if run.inside(host):
        return
    border = next((one for one in host.task_spec.boundaries if one.event == "cancel"), None)
    if border is None:
        raise StuckError(run.element(host).id, "It is cancelled, and no cancel event on its border says how to go on.")
    events.catch(run, border, host, {})


def _transaction(run: Run, task: Task) -> Task:
    """The nearest transaction around a token; of one that is done for many, its body."""
    holder = task.parent
    while holder.parent is not None:
        if run.element(holder).is_transaction and not multi_instance.is_instance(holder):
            return holder
        holder = holder.parent
    raise StuckError(run.element(task).id, "It cancels, but is inside of no transaction.")
