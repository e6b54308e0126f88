"""What is wrong with a diagram as a whole: found before it is deployed, all at once, each with a way to mend it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from service.bpmn import timers
from service.bpmn.model import Element, ProcessModel
from service.errors import Problem

# Names that SpiffWorkflow gives to tasks of its own.
_TAKEN = frozenset({"Start", "End", "Root"})
_EVENTS = {
    "startEvent": {"", "message", "timer"},
    "endEvent": {"", "message", "terminate"},
    "intermediateCatchEvent": {"message", "timer"},
    "intermediateThrowEvent": {"", "message"},
    "boundaryEvent": {"message", "timer", "error"},
}
_ACTIVITIES = frozenset(
    {
        "userTask",
        "serviceTask",
        "sendTask",
        "scriptTask",
        "businessRuleTask",
        "task",
        "manualTask",
        "receiveTask",
        "subProcess",
        "callActivity",
    }
)
_WITH_JOB = frozenset({"serviceTask", "sendTask"})

Found = Iterator[tuple[str, str, str]]  # element id, message, mend


def problems(model: ProcessModel, filename: str) -> list[Problem]:
    """Every problem of a model."""
    checks = (_ids, _events, _properties, _flows, _gateways, _reach, _ends)
    return [Problem(*found, filename) for check in checks for found in check(model)]


def _ids(model: ProcessModel) -> Found:
    for one in model.elements.values():
        if one.id in _TAKEN or not one.id:
            yield one.id, f"The id “{one.id}” is taken by the engine.", "Give the element another id."


def _events(model: ProcessModel) -> Found:
    for one in model.elements.values():
        allowed = _EVENTS.get(one.type)
        if allowed is not None and one.event not in allowed:
            yield one.id, f"A {one.type} of the kind “{one.event or 'none'}” is not run here.", "Draw another event."
        if one.type == "boundaryEvent":
            host = model.elements.get(one.attached_to or "")
            if host is None or host.type not in _ACTIVITIES:
                yield one.id, "It stands on no activity.", "Attach it to a task or sub-process."
            elif host.type in ("task", "manualTask", "scriptTask", "businessRuleTask") and not host.job:
                yield (
                    one.id,
                    f"Its activity “{host.name or host.id}” is done at once, so it never happens.",
                    "Remove it.",
                )
        if one.timer and not one.timer.value.expression:
            wrong = timers.check_static(one.timer.kind, one.timer.value.text)
            if wrong:
                yield one.id, f"The timer “{one.timer.value.text}” is wrong: {wrong}.", "Write ISO 8601 or FEEL."


def _properties(model: ProcessModel) -> Found:
    for one in model.elements.values():
        throws = one.type in ("intermediateThrowEvent", "endEvent") and one.event == "message"
        if (one.type in _WITH_JOB or throws) and (one.job is None or not one.job.type.text):
            yield one.id, "It has no job type.", "Fill in the type of its task definition."
        if one.type == "businessRuleTask" and one.decision is None and one.job is None:
            yield one.id, "It calls no decision.", "Choose a decision by its id."
        if one.type == "businessRuleTask" and one.decision and not one.result_variable:
            yield one.id, "Its decision has no result variable.", "Name the variable."
        if one.type == "scriptTask" and one.script is None and one.job is None:
            yield one.id, "It has no FEEL script.", "Write the script as FEEL expression; nothing else is run."
        if one.type == "scriptTask" and one.script and not one.result_variable:
            yield one.id, "Its script has no result variable.", "Name the variable."
        if one.type == "callActivity" and one.call is None:
            yield one.id, "It calls no process.", "Choose a process by its id."


def _flows(model: ProcessModel) -> Found:
    pairs = Counter((flow.source, flow.target) for flow in model.flows.values())
    for flow in model.flows.values():
        source, target = model.elements.get(flow.source), model.elements.get(flow.target)
        if source is None or target is None:
            yield flow.id, "The flow does not join two elements.", "Draw it again."
            continue
        if source.parent_id != target.parent_id:
            yield flow.id, "The flow crosses the border of a sub-process.", "End it inside."
        if flow.id not in source.outgoing or flow.id not in target.incoming:
            yield flow.id, "Its ends do not know of it.", "Draw the flow again in a modeler."
        if pairs[flow.source, flow.target] > 1:
            text = f"Two flows join “{source.name or source.id}” with “{target.name or target.id}”."
            yield flow.id, text, "Keep one, and put both conditions into it."
        if flow.condition and source.type not in ("exclusiveGateway", "inclusiveGateway"):
            yield flow.id, "It has a condition, but does not leave a gateway.", "Draw a gateway before it."
    for one in model.elements.values():
        for flow_id in (*one.incoming, *one.outgoing):
            if flow_id not in model.flows:
                yield one.id, f"It refers to the flow {flow_id}, which is not there.", "Draw the flow again."


def _gateways(model: ProcessModel) -> Found:
    for one in model.elements.values():
        if one.type not in ("exclusiveGateway", "inclusiveGateway") or len(one.outgoing) < 2:
            continue
        name = one.name or one.id
        if one.default and one.default not in one.outgoing:
            yield one.id, f"The default flow of “{name}” does not leave it.", "Choose the default again."
        for flow_id in one.outgoing:
            flow = model.flows.get(flow_id)
            if flow and flow.condition is None and flow_id != one.default:
                yield flow_id, f"This way out of “{name}” has no condition.", "Write one, or make it the default."
        if not one.default:
            yield one.id, f"The gateway “{name}” has no default flow.", "Choose one, so that no matter is lost."


def _reach(model: ProcessModel) -> Found:
    starts = [one for one in model.elements.values() if one.type == "startEvent"]
    for scope in (model.id, *(one.id for one in model.elements.values() if one.type == "subProcess")):
        inside = [one for one in starts if one.parent_id == scope]
        if not inside:
            yield scope, "It has no start event.", "Draw one."
        elif scope != model.id and (len(inside) > 1 or inside[0].event):
            yield scope, "A sub-process begins with one plain start event.", "Draw it so."
    if sum(one.event == "" for one in starts if one.parent_id == model.id) > 1:
        yield model.id, "The process has several plain start events.", "Keep one."
    seen: set[str] = set()
    ahead = [one.id for one in starts]
    while ahead:
        id_ = ahead.pop()
        element = model.elements.get(id_)
        if id_ in seen or element is None:
            continue
        seen.add(id_)
        ahead.extend(model.flows[flow].target for flow in element.outgoing if flow in model.flows)
        ahead.extend(boundary.id for boundary in model.boundaries.get(id_, ()))
    for one in model.elements.values():
        if one.id not in seen:
            yield one.id, f"“{one.name or one.id}” is never reached.", "Join it to the others, or remove it."


def _ends(model: ProcessModel) -> Found:
    ending = {one.id for one in model.elements.values() if not one.outgoing}
    grew = True
    while grew:
        found = {one.id for one in model.elements.values() if one.id not in ending and _leads(model, one, ending)}
        ending |= found
        grew = bool(found)
    for one in model.elements.values():
        if one.id not in ending:
            yield one.id, f"From “{one.name or one.id}” no way leads to an end.", "Draw a way out of the circle."
        elif not one.outgoing and one.type.endswith("Gateway"):
            yield one.id, f"No flow leaves the gateway “{one.name or one.id}”.", "Draw one."


def _leads(model: ProcessModel, one: Element, ending: set[str]) -> bool:
    return any(model.flows[flow].target in ending for flow in one.outgoing if flow in model.flows)
