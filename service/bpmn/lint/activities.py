"""What is wrong with activities that repeat or are undone: a part of the lint of a diagram."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from service.bpmn.model import Element, MultiInstance, ProcessModel
from service.bpmn.vocabulary import ACTIVITIES

Found = Iterator[tuple[str, str, str]]  # element id, message, mend

# What each instance has as a variable of its own already.
_COUNTER = "loopCounter"


def repeated(model: ProcessModel) -> Found:
    for one in model.elements.values():
        loop = one.loop
        if loop is None:
            continue
        if one.type == "eventSubProcess":
            text = "It begins by its event, not for a collection or while a condition holds."
            yield one.id, text, "Draw an activity inside that is done several times."
        if not isinstance(loop, MultiInstance):
            continue
        for name in (loop.member, loop.output):
            if "." in name:
                yield one.id, f"“{name}” is a way into a variable, not a variable.", "Write a name without dots."
        if loop.member == _COUNTER:
            yield one.id, f"Its input element is named {_COUNTER}, as its counter is.", "Name it otherwise."
        if loop.output and loop.output == loop.member:
            text = f"Its output collection and its input element are both named {loop.output}."
            yield one.id, text, "Give them two names."


def compensated(model: ProcessModel) -> Found:
    handlers = Counter(one.handler for one in model.elements.values() if one.handler)
    for one in model.elements.values():
        if one.event == "compensate" and one.attached_to:
            yield from _border(model, one)
        elif one.event == "compensate" and one.compensated:
            yield from _named(model, one)
        if one.is_handler and (one.incoming or one.outgoing):
            yield one.id, "Flows join it, but it is begun by a compensation.", "Remove them, or its marker."
        if one.is_handler and not handlers[one.id]:
            yield one.id, "It undoes nothing.", "Join it to a compensation event on a border, or remove its marker."
        if one.is_handler and model.boundaries.get(one.id):
            text = "An event on the border of what compensates leads nowhere."
            yield model.boundaries[one.id][0].id, text, "Draw a sub-process to compensate, and the event inside."


def _border(model: ProcessModel, event: Element) -> Found:
    handler = model.elements.get(event.handler)
    if handler is None or handler.type not in ACTIVITIES or handler.parent_id != event.parent_id:
        text = "No activity that compensates is joined to it."
        yield event.id, text, "Join it by an association to an activity that is marked for compensation."
    if event.outgoing:
        yield event.id, "A flow leaves it, but it begins what compensates alone.", "Draw an association instead."
    if event.outputs:
        yield event.id, "Its output mappings are not read: it brings nothing.", "Move them to what compensates."


def _named(model: ProcessModel, event: Element) -> Found:
    activity, scope = model.elements.get(event.compensated), event.parent_id
    while scope in model.elements and model.elements[scope].type == "eventSubProcess":
        scope = model.elements[scope].parent_id
    if activity is None or activity.type not in ACTIVITIES or activity.parent_id != scope:
        text = f"It compensates {event.compensated}, which is no activity beside it."
        yield event.id, text, "Choose an activity of the same process or sub-process, or none for all."
    elif activity.type not in ("subProcess", "adHocSubProcess") and not _can_be_undone(model, activity):
        text = f"It compensates “{activity.name or activity.id}”, which nothing undoes."
        yield event.id, text, "Attach a compensation event to that activity."


def _can_be_undone(model: ProcessModel, activity: Element) -> bool:
    return any(one.event == "compensate" for one in model.boundaries.get(activity.id, ()))
