"""What is due when an element is done, before its token goes on; where that cannot be done, the token stays.

As Camunda 8 has it: what was done is done, and is not done again when the incident is resolved.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from SpiffWorkflow.task import Task

from service.bpmn import listeners, mappings, multi_instance
from service.bpmn.model import Element, MultiInstance
from service.errors import StuckError

if TYPE_CHECKING:
    from service.bpmn.run import Run

_Found = TypeVar("_Found")


def attempt(run: Run, task: Task, act: Callable[[], _Found]) -> _Found | None:
    """Do what is due at the end of an element; None if its token is held there. Raises StuckError."""
    why = run.held.get(task.id)
    if why and why.leaves:
        _take_in(run, task)  # so that whoever mends it sees what was brought, and can change it
        run.hold(task, why)
        return None
    try:
        return act()
    except StuckError as error:
        if error.number is None:
            error.number, error.leaves = task.id, True
        raise


def way_out(run: Run, task: Task) -> tuple[str, ...] | None:
    """Bring out what an element has done; the flows to take then, None while its listeners are waited for.

    Raises StuckError.
    """
    element = run.element(task)
    if not listeners.is_left(task):
        _take_in(run, task)
        _bring_out(run, task, element)
    if element.listeners and listeners.wait_to_leave(run, task):
        return None
    task.task_spec.finish(run, task)
    if multi_instance.is_instance(task):
        task.parent.task_spec.collect(run, task)
    elif multi_instance.is_body(task):
        task.task_spec.give_out(run, task)
    flows: tuple[str, ...] = task.task_spec.follow(run, task)
    return flows


def _take_in(run: Run, task: Task) -> None:
    """Put what was brought to an element where its mappings read it, or where it belongs if it has none."""
    element, result = run.element(task), task.internal_data.pop("result", None)
    if element.call and not element.call.propagate_all_child and not element.outputs:
        return
    if result:
        put = run.scopes.put if mappings.keep_result(element) else run.scopes.propagate
        put(run.scope_of(task), result, run.changed)


def _bring_out(run: Run, task: Task, element: Element) -> None:
    """The output mappings."""
    if not mappings.keep_result(element):
        return
    # An instance of many sees its loop's variables in its own scope alone, so its mappings are put there first.
    is_one_of_many = multi_instance.is_instance(task) and isinstance(element.loop, MultiInstance)
    outer = run.scope_of(task) if is_one_of_many else task.internal_data["scope"]
    run.scopes.propagate(outer, mappings.going_out(run, task), run.changed)
