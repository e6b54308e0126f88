"""What is wrong with the events of a diagram: kinds that are not run, places where they cannot happen, doubles."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

from service.bpmn.mappings import UNMAPPED
from service.bpmn.model import Element, ProcessModel
from service.bpmn.vocabulary import ACTIVITIES, EVENTS, NOT_RUN, an

_EVENTS = {
    "startEvent": {"", "message", "timer", "signal", "conditional"},
    "endEvent": {"", "message", "terminate", "signal", "escalation", "error", "compensate", "cancel"},
    "intermediateCatchEvent": {"message", "timer", "signal", "link", "conditional"},
    "intermediateThrowEvent": {"", "message", "signal", "escalation", "link", "compensate"},
    "boundaryEvent": {"message", "timer", "signal", "error", "escalation", "compensate", "conditional", "cancel"},
}
_IN_EVENT_SUB_PROCESS = {"message", "timer", "signal", "error", "escalation", "conditional"}
_HOLDING = frozenset({"subProcess", "adHocSubProcess", "callActivity"})
# What to draw instead of a kind of event that Camunda 8 does not run either, or that is not run here.
_INSTEAD = {
    "cancel": "Cancel by an end event inside of a transaction, and attach an event to the border of that.",
    "conditional": "Draw it where something waits: as a start, a catching event or on the border of an activity.",
    "compensate": "Throw it before an end event, or attach it to the border of an activity.",
}
_AT_ONCE = frozenset({"task", "manualTask", "scriptTask", "businessRuleTask"})

Found = Iterator[tuple[str, str, str]]  # element id, message, mend


def _events(model: ProcessModel) -> Found:
    starts: set[str] = set()
    for one in model.elements.values():
        allowed = _EVENTS.get(one.type)
        if one.type == "startEvent" and _holder_type(model, one) == "eventSubProcess":
            allowed = _IN_EVENT_SUB_PROCESS
        if allowed is not None and one.event not in allowed:
            mend = _INSTEAD.get(one.event) or f"Choose one of these kinds: {', '.join(sorted(allowed - {''}))}."
            yield one.id, f"{an(one.type)} of the kind “{one.event or 'none'}” is not run here.", mend
        if one.incoming and (one.type in ("startEvent", "boundaryEvent") or _catches_link(one)):
            yield one.id, "A flow leads into it, but it begins by itself.", "Let the flow end elsewhere."
        if one.outgoing and (one.type == "endEvent" or _throws_link(one)):
            yield one.id, "A flow leaves it, but it ends its way.", "Draw an intermediate event, or remove the flow."
        if one.type == "startEvent" and one.parent_id == model.id and one.event not in ("", "timer"):
            caught = "".join(one.condition.expression.text.split()) if one.condition else _caught(one)
            if caught in starts:
                yield one.id, f"Another start event waits for the same {one.event}.", "Keep one of them."
            starts.add(caught)


def _boundaries(model: ProcessModel) -> Found:
    for one in model.elements.values():
        if one.type != "boundaryEvent":
            continue
        host = model.elements.get(one.attached_to or "")
        if host is None or host.type not in (*ACTIVITIES, *NOT_RUN):
            yield one.id, "It stands on no activity.", "Attach it to a task or sub-process."
            continue
        name = host.name or host.id
        if one.event == "escalation" and host.type not in _HOLDING:
            text = f"No escalation comes out of “{name}”: sub-processes and called processes throw them."
            yield one.id, text, "Attach it to one of these, or let the way be chosen by a gateway."
    yield from _doubles(model, model.boundaries)


def _event_sub_processes(model: ProcessModel) -> Found:
    for one in model.elements.values():
        if one.type == "eventSubProcess" and (one.incoming or one.outgoing):
            yield one.id, "A flow joins it, but it begins by its event and ends by itself.", "Remove the flow."
    yield from _doubles(model, model.event_sub_processes)


def _behind_gateways(model: ProcessModel) -> Found:
    for gateway in model.elements.values():
        if gateway.type != "eventBasedGateway":
            continue
        name, seen = gateway.name or gateway.id, set[str]()
        if len(gateway.outgoing) == 1:
            yield gateway.id, f"Only one event is behind “{name}”, so there is nothing to wait for first.", "Draw more."
        for flow in gateway.outgoing:
            one = model.elements.get(model.flows[flow].target) if flow in model.flows else None
            if one is None:
                continue
            is_event = one.type == "intermediateCatchEvent" and one.event != "link"
            if not is_event and one.type != "receiveTask":
                text = f"“{one.name or one.id}” follows the event-based gateway “{name}”, but waits for no event."
                yield one.id, text, "Draw a catching event or a receive task behind it."
                continue
            if len(one.incoming) > 1:
                yield one.id, f"Other flows than that of “{name}” lead into it.", "Draw an event of its own for each."
            if one.id in model.boundaries:
                text = f"Behind “{name}”, no event on a border can be waited for besides."
                yield one.id, text, "Remove it, or draw it behind the gateway too."
            caught = _caught(one) if one.message or one.signal else one.id
            if caught in seen:
                yield one.id, f"Another event behind “{name}” catches the same.", "Keep one of them."
            seen.add(caught)


def _links(model: ProcessModel) -> Found:
    catching = Counter((one.parent_id, one.link) for one in model.elements.values() if _catches_link(one))
    for one in model.elements.values():
        if one.event != "link":
            continue
        if not one.link:
            yield one.id, "The link has no name.", "Name it like its other end."
        elif _throws_link(one) and one.id not in model.links:
            yield one.id, f"No event beside it catches the link “{one.link}”.", "Draw it in the same sub-process."
        elif _catches_link(one) and catching[one.parent_id, one.link] > 1:
            yield one.id, f"Two events catch the link “{one.link}”.", "Keep one of them."


def _doubles(model: ProcessModel, groups: Mapping[str, tuple[Element, ...]]) -> Found:
    for holder, events in groups.items():
        seen: set[str] = set()
        name = model.elements[holder].name or holder if holder in model.elements else model.name
        for one in events:
            if one.event == "error" and not one.interrupting:
                yield one.id, "An error always interrupts.", "Make the event interrupting."
            if _caught(one) in seen:
                yield one.id, f"Another event on “{name}” catches the same.", "Keep one of them."
            seen.add(_caught(one))


def _caught(one: Element) -> str:
    """What tells two events of the same place apart."""
    if one.event in ("error", "escalation"):
        return f"{one.event} {one.code.text if one.code else ''}"
    if one.message or one.signal:
        name = one.message.name if one.message else one.signal
        return f"{one.event} {name.text if name else ''}"
    if one.event in ("compensate", "cancel"):
        return one.event
    return one.id


def _holder_type(model: ProcessModel, one: Element) -> str:
    holder = model.elements.get(one.parent_id)
    return holder.type if holder else ""


def _throws_link(one: Element) -> bool:
    return one.event == "link" and one.type == "intermediateThrowEvent"


def _catches_link(one: Element) -> bool:
    return one.event == "link" and one.type == "intermediateCatchEvent"


def _never_happening(model: ProcessModel) -> Found:
    for one in model.elements.values():
        host = model.elements.get(one.attached_to or "")
        if host is None or one.event in ("compensate", "conditional") or host.job:
            continue
        if host.user_task and host.user_task.is_job:
            continue
        name = host.name or host.id
        if host.type in _AT_ONCE:
            yield one.id, f"Its activity “{name}” is done at once, so it never happens.", "Remove it."
        elif one.event == "error" and host.type not in _HOLDING:
            text = f"No error comes out of “{name}”: jobs, sub-processes and called processes throw them."
            yield one.id, text, "Attach it to one of these, or let the way be chosen by a gateway."


def _not_read(model: ProcessModel) -> Found:
    behind = {
        model.flows[flow].target
        for gateway in model.elements.values()
        if gateway.type == "eventBasedGateway"
        for flow in gateway.outgoing
        if flow in model.flows
    }
    for one in model.elements.values():
        if one.job and not one.is_job:
            yield one.id, "Only an event that throws a message is a job.", "Remove its task definition."
        if one.inputs and (one.attached_to or one.type == "startEvent" or one.id in behind):
            text = "Its input mappings are not read: it begins when it has happened already."
            yield one.id, text, "Use output mappings."
        if one.outputs and one.type == "endEvent" and one.event in UNMAPPED:
            yield (
                one.id,
                "Its output mappings are not read: all around it ends.",
                "Map before it, or where it is caught.",
            )


def _leading_nowhere(model: ProcessModel) -> Found:
    for one in model.elements.values():
        ends = one.type == "endEvent" or _throws_link(one) or (one.event == "compensate" and one.attached_to)
        if one.type in EVENTS and not ends and not one.outgoing:
            text = f"No flow leaves the event “{one.name or one.id}”."
            yield one.id, text, "Draw a flow, at least to an end event."


CHECKS = (_events, _boundaries, _event_sub_processes, _behind_gateways, _links)
# What Camunda 8 runs all the same.
WARNINGS = (_never_happening, _not_read, _leading_nowhere)
