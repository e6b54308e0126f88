"""Four eyes: a user task may be drawn for another person than whoever has done certain others.

`notBy` names them with spaces between: `task`, one of the same instance; `process/task`, one of any instance of that
process in the whole tree of the matter, whoever has called whom.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from service.bpmn.model import Element, ProcessModel

Found = Iterator[tuple[str, str, str]]  # element id, message, mend


def not_by(element: Element) -> tuple[tuple[str, str], ...]:
    """The user tasks whose doer may not do this one too, each with its process: empty for one of its own."""
    named = (one.rpartition("/") for one in element.properties.get("notBy", "").split())
    return tuple((process, id_) for process, _, id_ in named)


def done_elsewhere(model: ProcessModel, others: Mapping[str, ProcessModel]) -> Found:
    """What `notBy` names in other processes and is not there."""
    for one in model.elements.values():
        for process, id_ in not_by(one):
            if process and (process not in others or not _is_for_people(others[process].elements.get(id_))):
                text = f"Its notBy names “{process}/{id_}”, which is no user task."
                yield one.id, text, "Write the ids of a process and of a user task in it."


def done_by_others(model: ProcessModel) -> Found:
    """A check of the lint."""
    for one in model.elements.values():
        named = not_by(one)
        if named and not _is_for_people(one):
            yield one.id, "Its notBy is not read.", "Write it at a user task of Camunda 8, or remove it."
        for process, id_ in named:
            if not process and not _is_for_people(model.elements.get(id_)):
                text = f"Its notBy names “{id_}”, which is no user task of this process."
                yield one.id, text, "Write the id of a user task that another person has to do."


def _is_for_people(element: Element | None) -> bool:
    return element is not None and element.user_task is not None and not element.user_task.is_job
