"""Execution listeners: jobs that are done before an element does its work and after it, one after the other.

As Camunda 8 has it: those of the start come after the input mappings and before anything is waited for, and what they
bring is local to the element; those of the end come after the output mappings, and what they bring goes out. While one
is waited for, a token of its own stands below that of its element, or below that of the process.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from SpiffWorkflow.task import Task
from SpiffWorkflow.util.task import TaskState

from service.bpmn import events, multi_instance
from service.bpmn.model import Element, Listener
from service.bpmn.scopes import ROOT

if TYPE_CHECKING:
    from service.bpmn.run import Run
    from service.bpmn.standing import Standing

# The task specification of a listener's token is named like its element with this behind.
LISTENER = "/listener"
KIND = "listener"
START, END, BEFORE_ALL = "start", "end", "beforeAll"
# As the interface of jobs names them.
TOLD = {START: "START", END: "END", BEFORE_ALL: "BEFORE_ALL"}

# What the token keeps: the event, which of its listeners, and for a process where it begins, and what that brings.
_EVENT, _AT, _BEGINS, _BROUGHT = "event", "at", "begins", "brought"
# What a host keeps: that its event has happened already, and that its listeners of the end are done.
_PASSES, _LISTENED = "passes", "listened"


def wait(
    run: Run, host: Task, event: str, at: int = 0, *, begins: str = "", brought: Mapping[str, Any] | None = None
) -> bool:
    """Wait for the listener of an event at this place in their order; False if there is none."""
    element = _drawn(run, host)
    if at >= len(_of(element, event)):
        return False
    is_process = host.parent is None
    if not is_process:
        host._set_state(TaskState.STARTED)
    data: dict[str, Any] = {
        "scope": ROOT if is_process else run.scope_of(host),
        "flow": None,
        _EVENT: event,
        _AT: at,
        _BEGINS: begins,
    }
    if brought:
        data[_BROUGHT] = dict(brought)
    run.wait(run.place(element.id + LISTENER, host, TaskState.WAITING, data), KIND)
    return True


def wait_to_leave(run: Run, host: Task) -> bool:
    """Wait for the listeners of the end, if there are any still: nothing else happens to the element from now on."""
    if host.internal_data.pop(_LISTENED, False) or not _of(_drawn(run, host), END):
        return False
    for child in list(host.children):
        if events.listens(child):
            run.remove(child)
    host.internal_data.pop("kind", None)
    run.waits.pop(str(host.id), None)
    return wait(run, host, END)


def pass_through(run: Run, task: Task) -> bool:
    """Wait for the listeners of the start of an event that has happened already; False if there are none."""
    task.internal_data[_PASSES] = True
    return wait(run, task, START)


def is_left(task: Task) -> bool:
    """Whether the mappings of an element are done, and its listeners of the end too."""
    return _LISTENED in task.internal_data


def is_one(task: Task) -> bool:
    return bool(task.internal_data.get("kind") == KIND)


def drawn(run: Standing, token: Task) -> Listener:
    """The listener that a token waits for."""
    data = token.internal_data
    found: Listener = _of(run.element(token), data[_EVENT])[data[_AT]]
    return found


def done(run: Run, token: Task, variables: Mapping[str, Any]) -> None:
    """Put what a listener brings where it belongs, and go on: with the next one, else with the element. Raises
    StuckError."""
    host, data = token.parent, token.internal_data
    event, after = data[_EVENT], data[_AT] + 1
    run.remove(token)
    _put(run, host, event, variables)
    brought = data.get(_BROUGHT)
    if wait(run, host, event, after, begins=data[_BEGINS], brought=brought):
        return
    if host.parent is None:
        run.has_left = event == END
        if event == START:
            run.begin(data[_BEGINS], brought)
    elif event == END:
        host.internal_data[_LISTENED] = True
        host.complete()
    elif host.internal_data.pop(_PASSES, False) or host.task_spec.begin(run, host):
        host.complete()


def _put(run: Run, host: Task, event: str, variables: Mapping[str, Any]) -> None:
    if host.parent is None:
        run.scopes.put(ROOT, variables, run.changed)
    elif event == END:
        outer = run.scope_of(host) if multi_instance.is_instance(host) else host.internal_data["scope"]
        run.scopes.propagate(outer, variables, run.changed)
    elif variables:
        run.open_scope(host)
        run.scopes.put(host.id, variables, run.changed)


def _drawn(run: Standing, host: Task) -> Element:
    return run.spec(run.model.id + LISTENER).element if host.parent is None else run.element(host)


def _of(element: Element, event: str) -> list[Listener]:
    return [one for one in element.listeners if one.event == event]
