"""What events do to a run: they wait beside what runs, happen, and are thrown and caught."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from SpiffWorkflow.task import Task
from SpiffWorkflow.util.task import TaskState

from service.bpmn import compensation, listeners, mappings, multi_instance
from service.bpmn.model import Element, StepEvent
from service.bpmn.scopes import ROOT
from service.errors import StuckError

if TYPE_CHECKING:
    from service.bpmn.run import Run

_WAITED_FOR = frozenset({"timer", "message", "signal", "conditional"})


def listens(task: Task) -> bool:
    """Whether a token only waits for an event: on a border, of an event sub-process, behind an event-based gateway."""
    return bool(task.has_state(TaskState.WAITING) and task.internal_data.get("kind") in _WAITED_FOR)


def listen(run: Run, host: Task, *, but: Collection[str] = ()) -> None:
    """Wait for the events on the border of an activity that has begun, but those with these ids."""
    _listen(run, host, run.scope_of(host), [one for one in host.task_spec.boundaries if one.id not in but])


def listen_inside(run: Run, scope_task: Task, scope_id: str, *, but: Collection[str] = ()) -> None:
    """Wait for what begins the event sub-processes of a process or sub-process that has begun, but for these."""
    found = run.model.event_sub_processes.get(scope_id, ())
    _listen(run, scope_task, _inside(scope_task), [one for one in found if one.id not in but])


def listen_behind(run: Run, gateway: Task, *, but: Collection[str] = ()) -> None:
    """Wait for the events behind an event-based gateway, but those with these ids."""
    model = run.model
    behind = [model.elements[model.flows[flow].target] for flow in run.element(gateway).outgoing]
    _listen(run, gateway, gateway.internal_data["scope"], [one for one in behind if one.id not in but])


def happen(run: Run, task: Task, variables: Mapping[str, Any], *, stays: bool) -> None:
    """What a token listens for happens; unless it `stays`, it does so once."""
    element, host = run.element(task), task.parent
    if not element.attached_to and element.type != "startEvent":
        _go_on_behind(run, host, element, variables)
        return
    if not stays and not element.interrupting:
        run.remove(task)
    catch(run, element, host, variables)


def throw_error(run: Run, task: Task, code: str, message: str, variables: Mapping[str, Any]) -> None:
    """Go on where the code is caught, nearest first, at last by the caller. Raises StuckError if it is nowhere.

    For a listener too: what is drawn inside its element has not begun, or is over.
    """
    if listeners.is_one(task):
        text = f"A listener throws no BPMN errors, as “{code}” would be one. Let its job fail."
        raise StuckError(run.element(task).id, text, "UNHANDLED_ERROR_EVENT")
    found = _catcher(run, task, "error", code)
    if found is None and run.context.outside("error", code):
        _throw_out(run, task, "error", code, variables, ends=True)
        return
    if found is None:
        text = f"The error “{code}” is caught by no boundary event" + (f": {message}" if message else ".")
        raise StuckError(run.element(task).id, text, "UNHANDLED_ERROR_EVENT")
    catch(run, *found, variables)


def escalate(run: Run, task: Task, code: str, variables: Mapping[str, Any]) -> None:
    """Tell the nearest event that catches the code; an escalation that is caught nowhere is no fault."""
    found = _catcher(run, task, "escalation", code)
    if found:
        catch(run, *found, variables)
    elif outside := run.context.outside("escalation", code):
        _throw_out(run, task, "escalation", code, variables, ends=outside == "interrupts")


def catches(run: Run, task: Task, event: str, code: str) -> str:
    """What comes of an error or escalation that is thrown at a token: `interrupts`, `goes on` or nothing."""
    found = _catcher(run, task, event, code)
    if found is None:
        return run.context.outside(event, code)
    return "interrupts" if found[0].interrupting else "goes on"


def _throw_out(run: Run, task: Task, event: str, code: str, variables: Mapping[str, Any], *, ends: bool) -> None:
    """Tell the caller; the run ends if that interrupts it."""
    told = {"event": event, "code": code, "variables": dict(variables), "ends": ends}
    run.note(StepEvent("thrown-out", run.element(task).id, task.id, told))
    if ends:
        run.terminate_all()


def _inside(scope_task: Task) -> int:
    scope: int = scope_task.internal_data.get("own", scope_task.internal_data.get("scope", ROOT))
    return scope


def _listen(run: Run, host: Task, scope: int, elements: Iterable[Element]) -> None:
    for one in elements:
        kind = one.event if one.event in _WAITED_FOR else "message" if one.message else ""
        if kind:
            run.wait(run.place(one.id, host, TaskState.WAITING, {"scope": scope, "flow": None}), kind)


def _catcher(run: Run, task: Task, event: str, code: str) -> tuple[Element, Task] | None:
    """The nearest event that catches a code, with the token that it interrupts: one of an event sub-process before one
    on the border, one that names the code before one that catches each."""
    model, below, holder = run.model, None, task
    while holder is not None:
        is_root = holder.parent is None
        id_ = model.id if is_root else run.element(holder).id
        inside = model.event_sub_processes.get(id_, ())
        # What interrupts or cancels a scope has ended its other event sub-processes.
        closed = below is None or multi_instance.is_body(holder) or compensation.is_cancelled(holder)
        closed = closed or is_interrupted(run, holder)
        for catching in (() if closed else inside, () if is_root else holder.task_spec.boundaries):
            fitting = [one for one in catching if one.event == event and (one.code is None or one.code.text == code)]
            if fitting:
                return min(fitting, key=lambda one: one.code is None), holder
        below, holder = holder, holder.parent
    return None


def is_interrupted(run: Run, scope_task: Task) -> bool:
    """Whether an event sub-process has ended all else in a scope, other event sub-processes too."""
    here = [run.element(child) for child in scope_task.children]
    return any(one.type == "eventSubProcess" and run.model.starts_of(one.id)[0].interrupting for one in here)


def catch(run: Run, element: Element, host: Task, variables: Mapping[str, Any]) -> None:
    """Begin what an event on the border of `host`, or of an event sub-process in it, leads to."""
    if element.attached_to:
        scope_task, scope = host.parent, host.internal_data["scope"]
        if element.interrupting:
            run.terminate(host)
        _pass_through(run, element, scope_task, scope, variables)
        return
    if element.interrupting:
        for other in list(host.children):
            if not run.element(other).attached_to or other.has_state(TaskState.STARTED):
                run.terminate(other)
        if host.parent is not None:
            host.task_spec.interrupt(host)
    token = run.arrive(element.parent_id, host, None)
    token.internal_data["happened"] = dict(variables)


def _go_on_behind(run: Run, gateway: Task, element: Element, variables: Mapping[str, Any]) -> None:
    drawn, scope_task, scope = run.element(gateway), gateway.parent, gateway.internal_data["scope"]
    run.note(StepEvent("element-completed", drawn.id, gateway.id))
    run.note(StepEvent("flow-taken", next(flow for flow in drawn.outgoing if flow in element.incoming)))
    run.remove(gateway)
    _pass_through(run, element, scope_task, scope, variables)


def _pass_through(run: Run, element: Element, scope_task: Task, scope: int, variables: Mapping[str, Any]) -> None:
    """An event that has happened already begins and is done."""
    data = {"scope": scope, "flow": None, "result": dict(variables)}
    task = run.place(element.id, scope_task, TaskState.STARTED, data)
    run.activates(element, task.id, scope_task)
    if mappings.keep_result(element):
        run.open_scope(task)
    if not (element.listeners and listeners.pass_through(run, task)):
        task.complete()
