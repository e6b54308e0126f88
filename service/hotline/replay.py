"""A way step by step: each element that was entered, by which flows, and what was waiting by then."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from service.bpmn.model import ProcessModel

_JOINS = frozenset({"parallelGateway", "inclusiveGateway"})


@dataclass(frozen=True, slots=True)
class Step:
    """`element` is as the path tells it; `flows` led to it."""

    number: int
    element: Mapping[str, Any]
    flows: Sequence[str]


@dataclass(frozen=True, slots=True)
class Standing:
    """What is seen after a step."""

    visits: Mapping[str, int]
    flows: frozenset[str]
    waiting: frozenset[str]


def steps(model: ProcessModel, process: Mapping[str, Any]) -> list[Step]:
    """Of one process of a path; a flow that leads to nothing yet is told with the last step."""
    left = list(process["flows"])
    found = []
    for number, element in enumerate(process["elements"], 1):
        found.append(Step(number, element, _led(model, left, element)))
    if found and left:
        found[-1] = Step(found[-1].number, found[-1].element, (*found[-1].flows, *left))
    return found


def standing(taken: Sequence[Step], number: int) -> Standing:
    """After the step of that number; after the last one what waits is what waits now."""
    done = taken[:number]
    moment = done[-1].element["started_at"] if 0 < number < len(taken) else None
    ends = ((one.element["id"], one.element["ended_at"]) for one in done)
    waiting = {id_ for id_, ended in ends if ended is None or (moment is not None and ended > moment)}
    return Standing(
        Counter(one.element["id"] for one in done),
        frozenset(flow for one in done for flow in one.flows),
        frozenset(waiting),
    )


def _led(model: ProcessModel, left: list[str], element: Mapping[str, Any]) -> tuple[str, ...]:
    """Takes out of what is left the first flow to an element, where ways meet the first of each."""
    led: list[str] = []
    drawn = model.elements.get(element["id"])
    most = len(drawn.incoming) if drawn and drawn.type in _JOINS else 1
    for flow in list(left):
        known = model.flows.get(flow)
        if known and known.target == element["id"] and flow not in led and len(led) < most:
            led.append(flow)
            left.remove(flow)
    return tuple(led)
