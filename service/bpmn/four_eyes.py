"""Four eyes: a user task may be drawn for another person than whoever has done certain others."""

from __future__ import annotations

from collections.abc import Iterator

from service.bpmn.model import Element, ProcessModel

Found = Iterator[tuple[str, str, str]]  # element id, message, mend


def not_by(element: Element) -> tuple[str, ...]:
    """The user tasks whose doer may not do this one too: the property `notBy`, their ids with spaces between."""
    return tuple(element.properties.get("notBy", "").split())


def done_by_others(model: ProcessModel) -> Found:
    """A check of the lint."""
    for one in model.elements.values():
        named = not_by(one)
        if named and not _is_for_people(one):
            yield one.id, "Its notBy is not read.", "Write it at a user task of Camunda 8, or remove it."
        for id_ in named:
            if not _is_for_people(model.elements.get(id_)):
                text = f"Its notBy names “{id_}”, which is no user task of this process."
                yield one.id, text, "Write the id of a user task that another person has to do."


def _is_for_people(element: Element | None) -> bool:
    return element is not None and element.user_task is not None and not element.user_task.is_job
