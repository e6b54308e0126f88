"""What the flows of a run must add up to, counted without the engine: no token is lost, none is made of nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from service.bpmn import Element, ProcessModel, StepEvent

_JOINS = frozenset({"parallelGateway", "inclusiveGateway"})


def check(model: ProcessModel, events: Sequence[StepEvent], *, is_moved: bool = False) -> None:
    """Raises AssertionError with what does not add up at the end of a run; no flows if tokens were moved."""
    opened: dict[int, str] = {}
    begun, done, taken = Counter[str](), Counter[str](), Counter[str]()
    bodies: set[int] = set()
    ended_early = False
    for event in events:
        element = model.elements.get(event.element_id)
        match event.kind:
            case "element-activated":
                assert event.number not in opened, f"{event.element_id} began twice as number {event.number}"
                opened[event.number] = event.element_id
                if event.data["type"] == "multiInstanceBody":
                    bodies.add(event.number)
                if _counts(element, event.number, bodies):
                    begun[event.element_id] += 1
            case "element-completed" | "element-terminated":
                assert opened.pop(event.number, None) == event.element_id, f"{event.element_id} ended, but never began"
                # What is ended before it begins is told by nothing else than what ended it.
                ended_early |= event.kind == "element-terminated" or _interrupts(element)
                if event.kind == "element-completed" and _counts(element, event.number, bodies):
                    done[event.element_id] += 1
            case "flow-taken":
                taken[event.element_id] += 1
    assert not opened, f"never ended: {opened}"
    if is_moved:
        return
    for one in model.elements.values():
        arrived = [taken[flow] for flow in one.incoming]
        if one.incoming and one.type not in _JOINS:
            assert begun[one.id] <= sum(arrived), f"{one.id} began {begun[one.id]} times, but {arrived} came"
            assert ended_early or begun[one.id] == sum(arrived), f"{one.id}: of {arrived}, {begun[one.id]} began"
        elif one.type == "parallelGateway":
            assert all(begun[one.id] <= number for number in arrived), f"{one.id} joined what had not come: {arrived}"
            assert ended_early or {begun[one.id]} == set(arrived), f"{one.id}: {arrived} came, {begun[one.id]} joined"
        elif one.type == "inclusiveGateway":
            assert begun[one.id] <= sum(arrived), f"{one.id} joined more than came: {arrived}"
        _leaving(one, done[one.id], [taken[flow] for flow in one.outgoing])


def _leaving(one: Element, done: int, left: list[int]) -> None:
    if one.type in ("exclusiveGateway", "eventBasedGateway"):
        assert sum(left) == done, f"{one.id} was done {done} times, but left {left}"
    elif one.type == "inclusiveGateway":
        assert done <= sum(left) <= done * max(len(left), 1), f"{one.id} was done {done} times, but left {left}"
    else:
        assert all(number == done for number in left), f"{one.id} was done {done} times, but left {left}"


def _interrupts(element: Element | None) -> bool:
    return bool(element and element.interrupting and element.event and element.type in ("boundaryEvent", "startEvent"))


def _counts(element: Element | None, number: int, bodies: set[int]) -> bool:
    """Not the instances of a multi-instance activity: no flow leads to them."""
    return element is not None and (element.loop is None or number in bodies)
