"""The attributes of waits, computed at the moment when an element begins."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from SpiffWorkflow.task import Task

from service import feel
from service.bpmn import ad_hoc, listeners, multi_instance, timers
from service.bpmn.embedded import EMBEDDED, embedded_id
from service.bpmn.incident_words import instead
from service.bpmn.model import Element, Reference, Text, UserTask
from service.bpmn.vocabulary import MAX_NAME
from service.clock import CITY_ZONE
from service.errors import StuckError

if TYPE_CHECKING:
    from service.bpmn.standing import Standing

DEFAULT_PRIORITY, DEFAULT_RETRIES, DEFAULT_JOB_PRIORITY = 50, 3, 0
# What a number may be, from and to.
PRIORITY, TRIES, INT32 = (0, 100), (0, 2**31 - 1), (-(2**31), 2**31 - 1)


def attributes_of(run: Standing, task: Task, kind: str) -> dict[str, Any]:
    """What a wait of this kind tells, read from the element; raises StuckError if an expression gives no fit value."""
    element = run.element(task)
    match kind:
        case "user-task":
            return _user_task(run, task, element)
        case "job":
            return _job(run, task, element)
        case "timer":
            return of_timer(run, task, run.context.now())
        case "message":
            return _message(run, task, element)
        case "signal":
            return {"signal_name": signal_name(run, task)}
        case listeners.KIND:
            return _listener(run, task, element)
        case ad_hoc.KIND:
            return {**_job(run, task, element), "kind": "AD_HOC_SUB_PROCESS"}
    return _call(run, task, element)


def _fail(element: Element, what: str, text: Text, value: Any, warnings: list[str]) -> StuckError:
    told = f"{what} of “{element.name or element.id}” has no fit value{instead(value, warnings)}: {text.text}"
    return StuckError(element.id, told, "EXTRACT_VALUE_ERROR")


def _name(run: Standing, text: Text | None, task: Task, what: str, *, needed: bool = False) -> str | None:
    """A text that something is found by."""
    value = _string(run, text, task, what, needed=needed)
    if text and value and len(value) > MAX_NAME:
        raise _fail(run.element(task), _too_long(what, value), text, value, [])
    return value


def _too_long(what: str, name: str) -> str:
    return f"{what} with {len(name)} characters, {MAX_NAME} at the most,"


def _string(run: Standing, text: Text | None, task: Task, what: str, *, needed: bool = False) -> str | None:
    if text is None:
        return None
    if text.expression is None:
        return text.text or None
    value, warnings = run.evaluate_feel(text.expression, task)
    if value is None and not needed:
        return None
    if not isinstance(value, str):
        value = feel.show(value) if feel.kind(value) == "number" else None
    if not value:
        raise _fail(run.element(task), what, text, value, warnings)
    return str(value)


def _names(run: Standing, text: Text | None, task: Task, what: str) -> list[str]:
    if text is None:
        return []
    warnings: list[str] = []
    value: Any = [name.strip() for name in text.text.split(",") if name.strip()]
    if text.expression is not None:
        value, warnings = run.evaluate_feel(text.expression, task)
        value = [value] if isinstance(value, str) else [] if value is None else value
    if not isinstance(value, list) or not all(isinstance(name, str) for name in value):
        raise _fail(run.element(task), what, text, value, warnings)
    for name in value:
        if len(name) > MAX_NAME:
            raise _fail(run.element(task), _too_long(what, name), text, name, [])
    return value


def _instant(run: Standing, text: Text | None, task: Task, what: str) -> datetime | None:
    if text is None:
        return None
    value, warnings = run.evaluate_feel(text.expression, task) if text.expression else (text.text, [])
    if value is None and text.expression is not None:
        return None
    try:
        return timers.moment(value)
    except timers.BadTimer as error:
        raise _fail(run.element(task), f"{what} ({error})", text, value, warnings) from error


def _number(run: Standing, text: Text | None, task: Task, what: str, default: int, limits: tuple[int, int]) -> int:
    if text is None:
        return default
    value, warnings = run.evaluate_feel(text.expression, task) if text.expression else (text.text, [])
    try:
        number = int(value)
    except (TypeError, ValueError):
        raise _fail(run.element(task), what, text, value, warnings) from None
    if isinstance(value, bool) or not (isinstance(value, str) or number == value):
        raise _fail(run.element(task), f"{what}, which is no whole number,", text, value, warnings)
    if not limits[0] <= number <= limits[1]:
        raise _fail(run.element(task), f"{what}, which is not from {limits[0]} to {limits[1]},", text, value, warnings)
    return number


def meant(run: Standing, reference: Reference, task: Task, what: str) -> Reference:
    """What a reference means now, if it is computed. Raises StuckError."""
    if reference.computed is None:
        return reference
    return replace(reference, target_id=str(_name(run, reference.computed, task, what, needed=True)))


def _user_task(run: Standing, task: Task, element: Element) -> dict[str, Any]:
    drawn = element.user_task
    if drawn is None:
        raise StuckError(element.id, "It is drawn without the properties of a user task.")
    form, outside = _form(run, task, drawn)
    assignee = _name(run, drawn.assignee, task, "The assignee")
    return {
        "assignee": assignee,
        "candidate_groups": _names(run, drawn.candidate_groups, task, "The candidate groups"),
        "candidate_users": _names(run, drawn.candidate_users, task, "The candidate users"),
        "due_date": _instant(run, drawn.due_date, task, "The due date"),
        "follow_up_date": _instant(run, drawn.follow_up_date, task, "The follow-up date"),
        "priority": _number(run, drawn.priority, task, "The priority", DEFAULT_PRIORITY, PRIORITY),
        "form_id": form.target_id if form else None,
        "form_binding": form.binding if form else "latest",
        "form_version_tag": form.version_tag if form else None,
        "outside_form": outside,
        "headers": dict(element.headers),
        "is_job": drawn.is_job and not drawn.listeners,
        "job_priority": _job_priority(run, task, run.model.job_priority) if drawn.is_job else DEFAULT_JOB_PRIORITY,
        "listens": tuple(dict.fromkeys(one.event for one in drawn.listeners)),
        "first": _first_listener(run, task, assigned=bool(assignee)) if drawn.listeners else None,
    }


def _form(run: Standing, task: Task, drawn: UserTask) -> tuple[Reference | None, str | None]:
    """The form of a user task, or how another application knows it."""
    if drawn.form:
        return meant(run, drawn.form, task, "The form"), None
    outside = _string(run, drawn.outside_form, task, "The form", needed=True)
    if outside is None or not outside.startswith(EMBEDDED):
        return None, outside
    id_ = embedded_id(run.model.id, outside.removeprefix(EMBEDDED))
    return Reference(run.element(task).id, id_, "deployment"), None


def _first_listener(run: Standing, task: Task, *, assigned: bool) -> dict[str, Any] | None:
    """The job of the listener that a user task waits for when it begins."""
    for event in ("creating", "assigning") if assigned else ("creating",):
        if found := task_listener(run, task, event, 0):
            return {"event": event, **found}
    return None


def _job(run: Standing, task: Task, element: Element) -> dict[str, Any]:
    if element.job is None:
        raise StuckError(element.id, "It is drawn without a job type.")
    return {
        "type": _name(run, element.job.type, task, "The job type", needed=True),
        "retries": _number(run, element.job.retries, task, "The number of tries", DEFAULT_RETRIES, TRIES),
        "headers": dict(element.headers),
        "priority": _job_priority(run, task, element.job.priority or run.model.job_priority),
    }


def _listener(run: Standing, task: Task, element: Element) -> dict[str, Any]:
    drawn = listeners.drawn(run, task)
    return {
        "type": _name(run, drawn.type, task, "The listener's job type", needed=True),
        "retries": _number(run, drawn.retries, task, "The listener's number of tries", DEFAULT_RETRIES, TRIES),
        "headers": {**element.headers, **drawn.headers},
        "priority": _job_priority(run, task, run.model.job_priority),
        "kind": "EXECUTION_LISTENER",
        "event": listeners.TOLD[drawn.event],
    }


def task_listener(run: Standing, task: Task, event: str, at: int) -> dict[str, Any] | None:
    """The job of a user task's listener of an event, at this place in their order; None if there is none there.

    Raises StuckError.
    """
    drawn = run.element(task).user_task
    found = [one for one in drawn.listeners if one.event == event] if drawn else []
    if at >= len(found):
        return None
    return {
        "type": _name(run, found[at].type, task, "The listener's job type", needed=True),
        "retries": _number(run, found[at].retries, task, "The listener's number of tries", DEFAULT_RETRIES, TRIES),
        "headers": {**run.element(task).headers, **found[at].headers},
        "priority": _job_priority(run, task, run.model.job_priority),
    }


def _job_priority(run: Standing, task: Task, text: Text | None) -> int:
    return _number(run, text, task, "The job priority", DEFAULT_JOB_PRIORITY, INT32)


def of_timer(run: Standing, task: Task, began: datetime) -> dict[str, Any]:
    """When a timer that began at an instant is due; the state keeps it too."""
    element = run.element(task)
    if element.timer is None:
        raise StuckError(element.id, "It is drawn without a timer.")
    text = element.timer.value
    # Computed again, it counts from the instant from which it counted first.
    value, warnings = run.evaluate_feel(text.expression, task, began) if text.expression else (text.text, [])
    try:
        schedule = timers.schedule(element.timer.kind, value, began)
    except timers.BadTimer as error:
        raise _fail(element, f"The timer ({error})", text, value, warnings) from error
    days = run.context.working_days
    counts = text.expression is not None and "working day" in text.text
    provisional = counts and days is not None and days.is_provisional(schedule.due.astimezone(CITY_ZONE).date())
    task.internal_data |= {
        "due": schedule.due.isoformat(),
        "interval": schedule.interval,
        "left": schedule.repeats_left,
        "provisional": provisional,
        "from": began.isoformat(),
    }
    return timer_attributes(task.internal_data)


def timer_attributes(data: Mapping[str, Any]) -> dict[str, Any]:
    """The attributes of a timer as the state keeps them."""
    return {
        "due": datetime.fromisoformat(data["due"]),
        "interval": data["interval"],
        "repeats_left": data["left"],
        "provisional": data["provisional"],
    }


def _message(run: Standing, task: Task, element: Element) -> dict[str, Any]:
    message = element.message
    if message is None or message.correlation_key is None:
        raise StuckError(element.id, "The message has no correlation key.")
    key = Text("=" + message.correlation_key.text, message.correlation_key)
    return {
        "message_name": _name(run, message.name, task, "The message's name", needed=True),
        "correlation_key": _name(run, key, task, "The correlation key", needed=True),
    }


def signal_name(run: Standing, task: Task) -> str:
    """The name of the signal that an event catches or throws; raises StuckError."""
    element = run.element(task)
    if element.signal is None:
        raise StuckError(element.id, "It is drawn without a signal.")
    return str(_name(run, element.signal, task, "The signal's name", needed=True))


def code(run: Standing, task: Task) -> str:
    """The code of the error or escalation that an event throws; raises StuckError."""
    element = run.element(task)
    if element.code is None:
        raise StuckError(element.id, "It is drawn without a code.")
    return str(_name(run, element.code, task, "The code", needed=True))


def _call(run: Standing, task: Task, element: Element) -> dict[str, Any]:
    call = element.call
    if call is None:
        raise StuckError(element.id, "It is drawn without a called process.")
    own = run.scopes.own(task.id) if "own" in task.internal_data else {}
    seen = run.scopes.seen_from(run.scope_of(task)) if call.propagate_all_parent else own
    process = meant(run, call.process, task, "The called process")
    # Given to it, what the others have collected meanwhile would be overwritten when it gives back what it knows.
    collected = multi_instance.collected_around(run, task)
    return {
        "process_id": process.target_id,
        "binding": process.binding,
        "version_tag": process.version_tag,
        "variables": {name: value for name, value in seen.items() if name not in collected or name in own},
        "propagate_all_child": call.propagate_all_child,
    }
