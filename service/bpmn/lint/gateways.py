"""What is wrong with the ways that a token can take: a part of the lint of a diagram."""

from __future__ import annotations

from collections.abc import Iterator

from service.bpmn.model import Element, Flow, ProcessModel
from service.bpmn.vocabulary import ACTIVITIES

Found = Iterator[tuple[str, str, str]]  # element id, message, mend

CHOOSING = frozenset({"exclusiveGateway", "inclusiveGateway"})


def conditions(model: ProcessModel) -> Found:
    for flow in model.flows.values():
        source = model.elements.get(flow.source)
        if flow.condition and source and source.type not in CHOOSING | ACTIVITIES:
            text = "It has a condition, but leaves neither an activity nor a gateway that chooses."
            yield flow.id, text, "Draw such a gateway before it."
    for one in model.elements.values():
        if not one.outgoing and one.type.endswith("Gateway"):
            yield one.id, f"No flow leaves the gateway “{one.name or one.id}”.", "Draw one."
    for one, ways in _choosing(model):
        name = one.name or one.id
        if one.default and one.default not in one.outgoing:
            yield one.id, f"The default flow of “{name}” does not leave it.", "Choose the default again."
        for flow in ways:
            if one.type in CHOOSING and flow.condition is None and flow.id != one.default and len(ways) > 1:
                yield flow.id, f"This way out of “{name}” has no condition.", "Write one, or make it the default."


def missing(model: ProcessModel) -> Found:
    """What can run, though a matter may be stuck there."""
    for one, ways in _choosing(model):
        name = one.name or one.id
        for flow in ways:
            if flow.condition and flow.id == one.default:
                text = f"This is the default of “{name}”; its condition is never looked at."
                yield flow.id, text, "Remove one of them."
        if not one.default and ways and all(flow.condition for flow in ways) and not _covers(ways):
            what = "gateway" if one.type in CHOOSING else "activity"
            text = f"The {what} “{name}” has no default flow, so that a matter for which no condition holds is stuck."
            yield one.id, text, "Choose one."


def dead_joins(model: ProcessModel) -> Found:
    """Parallel joins two of whose flows come from one choice, which takes one of them only."""
    for join in model.elements.values():
        if join.type != "parallelGateway" or len(join.incoming) < 2:
            continue
        chosen: dict[str, str] = {}
        for flow_id in join.incoming:
            choice = _choice_before(model, flow_id)
            if choice and choice in chosen.values() and _is_passed_once(model, model.elements[choice]):
                gateway = model.elements[choice].name or choice
                text = f"“{join.name or join.id}” waits for two ways of the choice “{gateway}”, which takes one only."
                yield join.id, text, "Join them by an exclusive gateway, or fork by a parallel or inclusive one."
                break
            chosen[flow_id] = choice


def _choosing(model: ProcessModel) -> Iterator[tuple[Element, list[Flow]]]:
    for one in model.elements.values():
        if one.type in CHOOSING | ACTIVITIES and one.outgoing:
            yield one, [model.flows[flow_id] for flow_id in one.outgoing if flow_id in model.flows]


def _covers(ways: list[Flow]) -> bool:
    """Whether it can be read off the conditions that one of them always holds."""
    texts = {"".join(flow.condition.text.split()) for flow in ways if flow.condition}
    return "true" in texts or any(f"not({text})" in texts for text in texts)


def _choice_before(model: ProcessModel, flow_id: str) -> str:
    """The exclusive gateway from which alone a token can come over a flow, if nothing else leads there."""
    seen: set[str] = set()
    while flow_id in model.flows and flow_id not in seen:
        seen.add(flow_id)
        one = model.elements.get(model.flows[flow_id].source)
        if one is None or (one.type == "exclusiveGateway" and len(one.outgoing) > 1):
            return one.id if one else ""
        if len(one.incoming) != 1 or len(one.outgoing) != 1:
            return ""
        flow_id = one.incoming[0]
    return ""


def _is_passed_once(model: ProcessModel, gateway: Element) -> bool:
    """Whether no more than one token can ever come to a gateway: nothing before it forks, repeats or goes on beside."""
    seen: set[str] = set()
    ahead = [model.flows[flow].source for flow in gateway.incoming if flow in model.flows]
    while ahead:
        one = model.elements.get(ahead.pop())
        if one is None or one.id == gateway.id or one.attached_to or one.event == "link":
            return False
        if one.type != "exclusiveGateway" and len(one.outgoing) > 1:
            return False
        if one.id not in seen:
            seen.add(one.id)
            ahead += [model.flows[flow].source for flow in one.incoming if flow in model.flows]
    return True


CHECKS = (conditions,)
# What Camunda 8 runs all the same.
WARNINGS = (missing, dead_joins)
