"""Circles that a process never leaves: legal where something in them waits, endless work where nothing does."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from service.bpmn.model import Element, ProcessModel

Found = Iterator[tuple[str, str, str]]  # element id, message, mend

_WAIT = frozenset({"userTask", "receiveTask", "callActivity", "subProcess", "transaction", "adHocSubProcess"})


def endless(model: ProcessModel) -> Found:
    """Circles in which nothing ever waits."""
    ahead = _ahead(model, [one for one in _without_end(model) if not _waits(one)])
    for id_ in _on_circle(ahead):
        name = model.elements[id_].name or id_
        yield id_, f"From “{name}” no way leads to an end, and nothing waits.", "Draw a way out of the circle."


def unending(model: ProcessModel) -> Found:
    """Circles that go on as long as the process lives; a warning, at the first element of them."""
    lost = _without_end(model)
    for id_ in _on_circle(_ahead(model, lost)):
        name = model.elements[id_].name or id_
        yield id_, f"From “{name}” no way leads to an end.", "If it shall end, draw a way out of the circle."
        return


def _without_end(model: ProcessModel) -> list[Element]:
    """The elements from which no way leads to an end."""
    before: dict[str, list[str]] = {}
    for id_, targets in _ahead(model, model.elements.values()).items():
        for target in targets:
            before.setdefault(target, []).append(id_)
    ending: set[str] = set()
    back = [one.id for one in model.elements.values() if not one.outgoing and one.id not in model.links]
    while back:
        id_ = back.pop()
        if id_ not in ending:
            ending.add(id_)
            back.extend(before.get(id_, ()))
    return [one for one in model.elements.values() if one.id not in ending]


def _ahead(model: ProcessModel, among: Iterable[Element]) -> dict[str, list[str]]:
    """Where a token can go at once from each of these elements, as far as it is one of them."""
    there = {one.id: one for one in among}
    found = {}
    for one in there.values():
        targets = [model.flows[flow].target for flow in one.outgoing if flow in model.flows]
        targets += [boundary.id for boundary in model.boundaries.get(one.id, ())]
        found[one.id] = [target for target in (*targets, model.links.get(one.id, "")) if target in there]
    return found


def _waits(one: Element) -> bool:
    return bool(one.type in _WAIT or one.job or one.attached_to or one.type == "intermediateCatchEvent")


def _on_circle(ahead: Mapping[str, list[str]]) -> list[str]:
    """Those that remain when what leads nowhere, and what nothing leads to, has been taken away again and again."""
    left = dict(ahead)
    while True:
        led_to = {target for id_, targets in left.items() for target in targets if target in left}
        keep = {id_ for id_ in led_to if any(target in left for target in left[id_])}
        if len(keep) == len(left):
            return [id_ for id_ in ahead if id_ in left]
        left = {id_: left[id_] for id_ in left if id_ in keep}
