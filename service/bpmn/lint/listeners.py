"""What is wrong with jobs and listeners as they are drawn: a part of the lint of a diagram."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from service.bpmn.model import Element, Listener, ProcessModel

Found = Iterator[tuple[str, str, str]]  # element id, message, mend

_INTEGER = re.compile(r"[+-]?\d+")
_EXECUTION = frozenset({"start", "end", "beforeAll"})
_TASK = frozenset({"creating", "assigning", "updating", "completing"})


def listened(model: ProcessModel) -> Found:
    yield from _drawn(model.id, model.listeners, _EXECUTION)
    yield from _twice(model.id, model.listeners)
    yield from _unfit(model.id, "process", "", model.listeners)
    for one in model.elements.values():
        yield from _drawn(one.id, one.listeners, _EXECUTION)
        yield from _twice(one.id, one.listeners)
        yield from _drawn(one.id, one.user_task.listeners if one.user_task else (), _TASK)
        yield from _unfit(one.id, one.type, one.event, one.listeners, has_many=bool(one.loop))


def prioritised(model: ProcessModel) -> Found:
    given = [(model.id, model.job_priority), *((one.id, one.job and one.job.priority) for one in _elements(model))]
    for id_, text in given:
        if text and text.expression is None and not (_INTEGER.fullmatch(text.text) and abs(int(text.text)) < 2**31):
            yield id_, f"Its job priority “{text.text}” is wrong.", "Write a whole number, or FEEL."
    for one in _elements(model):
        if one.job and not one.job.type.text and one.type not in ("serviceTask", "sendTask"):
            yield one.id, "Its job has no type.", "Fill in the type of its task definition."


def _elements(model: ProcessModel) -> list[Element]:
    return list(model.elements.values())


def _drawn(id_: str, listeners: tuple[Listener, ...], known: frozenset[str]) -> Found:
    for one in listeners:
        if one.event == "canceling":
            text = "A listener of canceling is not run here: what ends a user task does not wait for it."
            mend = "Remove it, and draw what it does behind the event that ends the task."
            yield id_, text, mend
        elif one.event not in known:
            text = f"A listener of the event “{one.event}” is not run here."
            yield id_, text, f"Choose {', '.join(sorted(known))}, or draw what it does as a task."
        if not one.type.text:
            yield id_, f"Its {one.event} listener has no job type.", "Fill it in."
        if one.retries.expression is None and not one.retries.text.isdigit():
            text = f"The number of tries “{one.retries.text}” of its {one.event} listener is wrong."
            yield id_, text, "Write a whole number, or FEEL."


def _twice(id_: str, listeners: tuple[Listener, ...]) -> Found:
    for (event, type_), times in Counter((one.event, one.type.text) for one in listeners).items():
        if times > 1:
            text = f"It has {times} listeners of {event} with the job type “{type_}”."
            yield id_, text, "Keep one, or give each a job type of its own."


def _unfit(id_: str, kind: str, event: str, listeners: tuple[Listener, ...], *, has_many: bool = False) -> Found:
    """Where Camunda 8 takes none: what is drawn there could never be done."""
    events = {one.event for one in listeners}
    if events and kind == "boundaryEvent" and event == "compensate":
        yield id_, "A compensation event has no listeners.", "Move them to the activity that compensates."
    elif "start" in events and kind == "startEvent":
        yield id_, "A start event has no start listeners.", "Move them to the process or sub-process."
    elif "start" in events and kind == "boundaryEvent":
        yield id_, "An event on a border has no start listeners.", "Move them to the activity that it is attached to."
    if "end" in events and kind.endswith("Gateway"):
        yield id_, "A gateway has no end listeners.", "Move them to the start of what comes after it."
    if "end" in events and kind == "endEvent" and event == "error":
        yield id_, "An error end event has no end listeners.", "Move them to the event that catches the error."
    if "beforeAll" in events and not has_many:
        yield (
            id_,
            "Its beforeAll listener waits for the first of many, but it is done once.",
            "Make it a start listener.",
        )
