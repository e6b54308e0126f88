"""Names that are too long to be found by: a part of the lint of a diagram."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from service.bpmn.model import Element, Listener, ProcessModel, Text
from service.bpmn.vocabulary import MAX_NAME

Found = Iterator[tuple[str, str, str]]  # element id, message, mend


def found_by(model: ProcessModel) -> Found:
    for id_, what, names in ((model.id, "", _of_listeners(model.listeners)), *_of_elements(model)):
        for name in names:
            if len(name) > MAX_NAME:
                text = f"Its {what or 'listener'} has {len(name)} characters: {name[:40]}…"
                yield id_, text, f"Use {MAX_NAME} at the most."


def _of_elements(model: ProcessModel) -> Iterator[tuple[str, str, Iterable[str]]]:
    for one in model.elements.values():
        yield one.id, "message name", _written(one.message.name if one.message else None)
        yield one.id, "signal name", _written(one.signal)
        yield one.id, "code", _written(one.code)
        yield one.id, "job type", _written(one.job.type if one.job else None)
        yield one.id, "listener", _of_listeners(one.listeners)
        yield from ((one.id, what, names) for what, names in _of_task(one))


def _of_task(one: Element) -> Iterator[tuple[str, Iterable[str]]]:
    if task := one.user_task:
        yield "assignee", _written(task.assignee)
        yield "candidate group", _listed(task.candidate_groups)
        yield "candidate user", _listed(task.candidate_users)
        yield "listener", _of_listeners(task.listeners)


def _of_listeners(listeners: Iterable[Listener]) -> list[str]:
    return [name for one in listeners for name in _written(one.type)]


def _written(text: Text | None) -> list[str]:
    return [text.text] if text and text.expression is None else []


def _listed(text: Text | None) -> list[str]:
    return [name.strip() for written in _written(text) for name in written.split(",")]
