"""Make the rows of an instance agree with what its run waits for; the heart of advance, wait, agree."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Any

import structlog
from sqlalchemy import ColumnElement, Table, Update, bindparam, delete, select, update

from service import bpmn
from service.engine import decision_records, new_jobs, task_jobs, task_listeners, versions
from service.errors import StuckError
from service.store import rows
from service.store.keys import new_key
from service.store.protection import Seal, covered
from service.store.tables import (
    element_instance,
    incident,
    job,
    message,
    message_delivery,
    message_subscription,
    process_instance,
    signal_subscription,
    timer,
    user_task,
    user_task_candidate,
)

if TYPE_CHECKING:
    from service.engine.step import Step

log = structlog.get_logger()

_ELEMENT = element_instance.c
_OPEN_TASK = update(user_task).where(user_task.c.key == bindparam("row_key"), user_task.c.completed_at.is_(None))
_CANDIDATES = delete(user_task_candidate).where(user_task_candidate.c.task_key == bindparam("of_task"))

_REMOVED: dict[str, Table] = {
    "job": job,
    "timer": timer,
    "message": message_subscription,
    "signal": signal_subscription,
}


def agree(
    step: Step,
    row: dict[str, Any],
    waits: bpmn.Waits,
    events: Sequence[bpmn.StepEvent],
    children: dict[str, int],
) -> None:
    """New waits become rows, rows whose wait has gone are withdrawn; `row["waits"]` is the new index of them."""
    seal = step.seal(row)
    numbers = _record(step, row["key"], seal, events, waits.local)
    items = {wait.id: wait for wait in waits.items}
    known = withdraw(step, row, {wait_id for wait_id, wait in items.items() if not _is_another(row["waits"], wait)})
    for wait_id, wait in items.items():
        entry = known.get(wait_id)
        if entry and wait.kind == "incident" and wait.attributes and not wait.attributes.get("stands"):
            # It was tried again in vain.
            _resolve(step, row, incident.c.key.in_([entry[1]]))
            entry = None
        if entry is None:
            if wait.kind == "incident":
                wait = _covered(step, wait, (waits.variables, *waits.local.values()))
            known |= _add(step, row, wait, numbers.get(wait.number), children)
        elif wait.kind == "timer" and entry[2] != _when(wait):
            entry[2] = _when(wait)
            step.change(rows.change(timer), row_key=entry[1], **_schedule(wait))
    row["waits"] = known


def _is_another(known: Mapping[str, list[Any]], wait: bpmn.Wait) -> bool:
    """Whether an element waits now for something else than before: it was held until now, or it is held at its end."""
    return wait.id in known and known[wait.id][0] != wait.kind


def withdraw(step: Step, row: dict[str, Any], keep: set[str]) -> dict[str, list[Any]]:
    """Remove what is no longer waited for; answers what is left of the index."""
    left: dict[str, list[Any]] = {}
    gone: dict[str, list[int]] = defaultdict(list)
    for wait_id, entry in row["waits"].items():
        if wait_id.removesuffix(task_listeners.BESIDE) in keep:
            left[wait_id] = list(entry)
        else:
            gone[entry[0]].append(entry[1])
    for kind, keys in gone.items():
        if kind == "user-task":
            for key in keys:
                if key not in step.completed:
                    step.change(_OPEN_TASK, row_key=key, state="CANCELED", completed_at=step.at)
            for key in keys:
                step.change(_CANDIDATES, of_task=key)
                step.engine.tell_task(step.connection, key)
        elif kind == "call":
            for key in keys:
                _end_child(step, key)
        elif kind == "incident":
            _resolve(step, row, incident.c.key.in_(keys))
        else:
            for key in keys:
                step.change(rows.remove(_REMOVED[kind]), row_key=key)
        if kind == "job" and row["incidents"]:
            _resolve(step, row, incident.c.job_key.in_(keys))
    return left


def close_elements(instance_key: int, at: datetime) -> Any:
    """The statement that terminates every element still active in an instance."""
    active = (element_instance.c.instance_key == instance_key) & (element_instance.c.state == "ACTIVE")
    return update(element_instance).where(active).values(state="TERMINATED", ended_at=at)


def take_message(
    step: Step, row: Mapping[str, Any], wait: bpmn.Wait, holds: Mapping[str, Any]
) -> dict[str, Any] | None:
    """The variables of the oldest message that was published before it was waited for; each process gets it once.

    One that the instance may not hear is as good as delivered.
    """
    process_id, instance_key = row["process_id"], row["key"]
    delivered = select(message_delivery.c.message_key).where(
        message_delivery.c.message_key == message.c.key, message_delivery.c.process_id == process_id
    )
    query = (
        select(message.c.key, message.c.variables, message.c.sealed, message.c.published_by)
        .where(message.c.name == wait.attributes["message_name"])
        .where(message.c.correlation_key == wait.attributes["correlation_key"])
        .where(message.c.expires_at > step.at, ~delivered.exists())
        .order_by(message.c.key)
        .limit(1)
    )
    while True:
        left = query.where(message.c.key.not_in(step.taken_messages))
        found = step.connection.execute(left).mappings().one_or_none()
        if found is None:
            return None
        step.taken_messages.add(found["key"])
        step.add(message_delivery, message_key=found["key"], process_id=process_id, instance_key=instance_key)
        if step.engine.hears(step.connection, found["published_by"], row["root_key"], holds):
            step.note(instance_key, "message-received", wait.element_id, name=wait.attributes["message_name"])
            return step.engine.protection.told_by(found)


def _end_child(step: Step, key: int) -> None:
    child = step.instance(key)
    # A child that has just completed is ACTIVE in the database still: its own change comes first in this step.
    if child["key"] not in step.ended:
        step.terminate(child)


def _resolve(step: Step, row: dict[str, Any], which: ColumnElement[bool]) -> None:
    open_ones = which & (incident.c.state == "ACTIVE")
    count = len(step.connection.execute(select(incident.c.key).where(open_ones)).all())
    if count:
        step.change(update(incident).where(open_ones).values(state="RESOLVED", resolved_at=step.at))
        mine = process_instance.c.key == row["key"]
        step.change(update(process_instance).where(mine).values(incidents=process_instance.c.incidents - count))


def _covered(step: Step, wait: bpmn.Wait, known: Iterable[Mapping[str, Any]]) -> bpmn.Wait:
    """An incident without what its message quotes of protected variables."""
    protected = (text for variables in known for text in step.engine.protection.protected(variables))
    return replace(wait, attributes={**wait.attributes, "message": covered(wait.attributes["message"], protected)})


def _record(
    step: Step, instance_key: int, seal: Seal, events: Sequence[bpmn.StepEvent], local: Mapping[int, Mapping[str, Any]]
) -> dict[int, int]:
    """Element instances and history of what happened; answers the keys of the elements activated now."""
    began: dict[int, dict[str, Any]] = {}
    before: dict[int, dict[str, Any]] = defaultdict(dict)  # what changes of those that began in earlier steps
    flows: list[str] = []
    changed: dict[str, Any] = {}

    def begun(number: int) -> dict[str, Any]:
        return began[number] if number in began else before[number]

    for event in events:
        match event.kind:
            case "element-activated":
                began[event.number] = {
                    "key": new_key(),
                    "instance_key": instance_key,
                    "number": event.number,
                    "parent_number": event.data["around"],
                    "element_id": event.element_id,
                    "element_type": event.data["type"],
                    "name": event.data["name"],
                    "state": "ACTIVE",
                    "started_at": step.at,
                    "ended_at": None,
                    "variables": None,
                    "sealed": None,
                }
            case "element-completed" | "element-terminated":
                state = "COMPLETED" if event.kind == "element-completed" else "TERMINATED"
                begun(event.number).update(state=state, ended_at=step.at)
            case "flow-taken":
                flows.append(event.element_id)
            case "condition-true":
                step.note(instance_key, "condition-true", event.element_id)
            case "variable":
                changed[event.data["name"]] = event.data["value"]
            case "decision":
                whole = {**event.data, "number": event.number}
                if whole.pop("is_protected", False):
                    plain = decision_records.without_values(whole)
                    step.note_sealed(seal, instance_key, "decision", event.element_id, plain, whole)
                else:
                    step.note(instance_key, "decision", event.element_id, **whole)
    for number, variables in local.items():
        plain, sealed = seal.apart(variables, "element_instance", instance_key, number, "variables")
        begun(number).update(variables=plain, sealed=sealed)
    for number, values in before.items():
        step.change(_element_of_run(*values), of_instance=instance_key, of_number=number, **values)
    for values in began.values():
        step.add(element_instance, **values)
    if flows:
        step.note(instance_key, "flows-taken", None, flows=flows)
    if changed:
        plain, kept = seal.parted(changed)
        if kept:
            step.note_sealed(seal, instance_key, "variables", None, {"variables": plain}, {"variables": kept})
        else:
            step.note(instance_key, "variables", None, variables=changed)
    return {number: values["key"] for number, values in began.items()}


@cache
def _element_of_run(*_columns: str) -> Update:
    """A statement for each set of columns: all that one statement changes have the same."""
    of_run = _ELEMENT.instance_key == bindparam("of_instance"), _ELEMENT.number == bindparam("of_number")
    return update(element_instance).where(*of_run)


def _add(
    step: Step, row: dict[str, Any], wait: bpmn.Wait, element_key: int | None, children: dict[str, int]
) -> dict[str, list[Any]]:
    """The rows of a new wait; answers what the index of them says of it."""
    if wait.kind == "call":
        return {wait.id: ["call", children[wait.id]]}
    key = new_key()
    owner = {
        "key": key,
        "instance_key": row["key"],
        "definition_key": row["definition_key"],
        "wait_id": wait.id,
        "element_id": wait.element_id,
    }
    if element_key is None and wait.kind in ("job", "user-task", "incident"):
        element_key = _element_key(step, row["key"], wait.number)
    whole = owner | {"root_key": row["root_key"], "element_instance_key": element_key}
    attributes = wait.attributes
    match wait.kind:
        case "user-task":
            whole["form_key"] = _form_key(step, row["definition_key"], wait)
            _add_user_task(step, whole, wait)
            if attributes["first"]:
                listener = task_listeners.first(step, row, whole, attributes["first"])
                return {wait.id: [wait.kind, key], wait.id + task_listeners.BESIDE: listener}
            if attributes["is_job"]:
                beside = task_jobs.offer(step, row, whole, attributes)
                return {wait.id: [wait.kind, key], wait.id + task_listeners.BESIDE: beside}
        case "job":
            return {wait.id: [wait.kind, new_jobs.add(step, row, whole, attributes)]}
        case "timer":
            step.add(timer, **owner, **_schedule(wait), suspended=row["state"] == "SUSPENDED")
            return {wait.id: ["timer", key, _when(wait)]}
        case "message":
            step.add(
                message_subscription,
                **owner,
                name=attributes["message_name"],
                correlation_key=attributes["correlation_key"],
                created_at=step.at,
            )
        case "incident":
            _add_incident(step, row, wait, key, element_key)
        case "signal":
            step.add(signal_subscription, **owner, name=attributes["signal_name"], created_at=step.at)
        case other:
            raise StuckError(wait.element_id, f"Nothing here knows how to wait for a {other}.")
    return {wait.id: [wait.kind, key]}


def _element_key(step: Step, instance_key: int, number: int) -> int:
    """The key of an element that began in an earlier step, or of the instance for the process itself."""
    mine = (_ELEMENT.instance_key == instance_key) & (_ELEMENT.number == number)
    found: int | None = step.connection.execute(select(_ELEMENT.key).where(mine)).scalar()
    return found or instance_key


def _add_incident(step: Step, row: dict[str, Any], wait: bpmn.Wait, key: int, element_key: int | None) -> None:
    step.add(
        incident,
        key=key,
        instance_key=row["key"],
        definition_key=row["definition_key"],
        element_instance_key=element_key,
        element_id=wait.attributes["element_id"] or wait.element_id,
        job_key=None,
        error_type=wait.attributes["error_type"],
        message=wait.attributes["message"],
        state="ACTIVE",
        created_at=step.at,
    )
    if row["revision"]:
        mine = process_instance.c.key == row["key"]
        step.change(update(process_instance).where(mine).values(incidents=process_instance.c.incidents + 1))
    else:
        row["incidents"] += 1
    step.note(row["key"], "incident", wait.element_id, incident=str(key))
    log.warning("incident", instance=row["key"], element=wait.element_id, error_type=wait.attributes["error_type"])


def _add_user_task(step: Step, whole: dict[str, Any], wait: bpmn.Wait) -> None:
    attributes = wait.attributes
    groups, users = list(attributes["candidate_groups"]), list(attributes["candidate_users"])
    step.add(
        user_task,
        **whole,
        name=wait.name,
        **{"transition": None, **task_listeners.at_first(attributes, step.by)},
        listens=" ".join(attributes["listens"]),
        candidate_groups=groups,
        candidate_users=users,
        due_at=attributes["due_date"],
        follow_up_at=attributes["follow_up_date"],
        priority=attributes["priority"],
        form_id=attributes["form_id"],
        outside_form=attributes["outside_form"],
        headers=dict(attributes["headers"]),
        created_at=step.at,
    )
    for kind, names in (("group", groups), ("user", users)):
        for name in dict.fromkeys(names):
            step.add(
                user_task_candidate,
                task_key=whole["key"],
                kind=kind,
                name=name,
                instance_key=whole["instance_key"],
            )
    step.note(whole["instance_key"], "task-created", wait.element_id, task=str(whole["key"]), groups=groups)


def _form_key(step: Step, definition_key: int, wait: bpmn.Wait) -> int | None:
    if not wait.attributes["form_id"]:
        return None
    target, binding, tag = (wait.attributes[name] for name in ("form_id", "form_binding", "form_version_tag"))
    found = versions.bound(step.connection, "form", target, binding, tag, definition_key, step.at)
    if found is None:
        raise StuckError(
            wait.element_id,
            f"The form {wait.attributes['form_id']} is not deployed.",
            "FORM_NOT_FOUND",
            number=wait.number,
        )
    return int(found["key"])


def _schedule(wait: bpmn.Wait) -> dict[str, Any]:
    attributes = wait.attributes
    return {
        "due_at": attributes["due"],
        "interval": attributes["interval"],
        "repeats_left": attributes["repeats_left"],
        "provisional": attributes["provisional"],
    }


def _when(wait: bpmn.Wait) -> str:
    due: datetime = wait.attributes["due"]
    return f"{due.isoformat()} {wait.attributes['repeats_left']}"
