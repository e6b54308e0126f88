"""The elements at which an extension of Camunda 8 may stand, each in a process that passes it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace

from tests.diagrams import Node, diagram, end, job, start, timer
from tests.vocabulary import activities
from tests.vocabulary.events import ROOT
from tests.vocabulary.play import HERE, Case

_WORK = '<zeebe:taskDefinition type="work" />'
_MESSAGE = '<bpmn:messageEventDefinition messageRef="M" />'
_NAME = re.compile(r"<zeebe:(\w+)")
# What a called process, job or user task brings back.
BROUGHT = {"brought": 1}

Draw = Callable[[str, str], Case]  # the extension's XML and name


def _fitting(own: str, extension: str, name: str) -> str:
    """What it has of its own, but what the extension says instead."""
    found = _NAME.match(own)
    return extension if found and found[1] == name else own + extension


def _case(xml: bytes, *at: str, start_at: str | None = None, event: str = HERE) -> Case:
    return Case(xml, start=start_at, event=event, at=(HERE, *at), brings=BROUGHT, variables={"units": ["a", "b"]})


def _activity(kind: activities.Kind) -> Draw:
    def drawn(extension: str, name: str) -> Case:
        fitting = replace(kind, extensions=_fitting(kind.extensions, extension, name))
        return _case(activities.in_line(fitting, fitting.node()), event=kind.begins or HERE)

    return drawn


def _start(extension: str, _: str) -> Case:
    xml = diagram("p", [Node("startEvent", HERE, extension), end()], ["here -> done"])
    return _case(xml, start_at=HERE)


def _passed(type_: str, definition: str, own: str = "") -> Draw:
    """An event in the middle, or at the end."""

    def drawn(extension: str, name: str) -> Case:
        here = Node(type_, HERE, _fitting(own, extension, name), definition)
        after = [] if type_ == "endEvent" else [end()]
        xml = diagram("p", [start(), here, *after], ["begin -> here", *(["here -> done"] if after else [])], root=ROOT)
        return _case(xml)

    return drawn


def _border(extension: str, _: str) -> Case:
    here = timer("boundaryEvent", HERE, "PT1H", more=extension, attachedToRef="work")
    return _case(diagram("p", [start(), job("work"), here, end()], ["begin -> work", "work -> done", "here -> done"]))


def _gateway(type_: str) -> Draw:
    def drawn(extension: str, _: str) -> Case:
        behind = timer if type_ == "eventBasedGateway" else None
        nodes = [start(), Node(type_, HERE, extension), end()]
        if behind is None:
            return _case(diagram("p", nodes, ["begin -> here", "here -> done"]))
        nodes += [timer("intermediateCatchEvent", one, "PT1H") for one in ("one", "two")]
        flows = ["begin -> here", "here -> one", "here -> two", "one -> done", "two -> done"]
        return _case(diagram("p", nodes, flows))

    return drawn


def _process(extension: str, _: str) -> Case:
    inside = f"<bpmn:extensionElements>{extension}</bpmn:extensionElements>"
    return _case(diagram("p", [start(), job(HERE), end()], ["begin -> here", "here -> done"], inside=inside), "p")


def _flow(extension: str, _: str) -> Case:
    xml = diagram("p", [start(), job(HERE), end()], ["begin -> here", "here -> done"]).decode()
    flow = 'sourceRef="begin" targetRef="here">'
    return _case(
        xml.replace(flow, f"{flow}<bpmn:extensionElements>{extension}</bpmn:extensionElements>").encode(), "f1"
    )


def _message(extension: str, name: str) -> Case:
    own = '<zeebe:subscription correlationKey="=matter" />'
    said = f"<bpmn:extensionElements>{_fitting(own, extension, name)}</bpmn:extensionElements>"
    root = f'<bpmn:message id="M" name="reply">{said}</bpmn:message>'
    here = Node("intermediateCatchEvent", HERE, inside=_MESSAGE)
    return _case(diagram("p", [start(), here, end()], ["begin -> here", "here -> done"], root=root), "M")


def _condition(extension: str, _: str) -> Case:
    said = f"<bpmn:extensionElements>{extension}</bpmn:extensionElements>"
    inside = f"<bpmn:conditionalEventDefinition>{said}<bpmn:condition>=ready = true</bpmn:condition>"
    here = Node("intermediateCatchEvent", HERE, inside=f"{inside}</bpmn:conditionalEventDefinition>")
    return _case(diagram("p", [start(), here, end()], ["begin -> here", "here -> done"]))


def _many(extension: str, name: str) -> Case:
    own = '<zeebe:loopCharacteristics inputCollection="=units" />'
    said = f"<bpmn:extensionElements>{_fitting(own, extension, name)}</bpmn:extensionElements>"
    loop = f"<bpmn:multiInstanceLoopCharacteristics>{said}</bpmn:multiInstanceLoopCharacteristics>"
    xml = diagram("p", [start(), Node("serviceTask", HERE, _WORK, loop), end()], ["begin -> here", "here -> done"])
    return _case(xml)


TASKS: Mapping[str, Draw] = {name: _activity(kind) for name, kind in activities.KINDS.items()}
OTHERS: Mapping[str, Draw] = {
    "start event": _start,
    "catching event, a timer": _passed(
        "intermediateCatchEvent",
        "<bpmn:timerEventDefinition><bpmn:timeDuration>PT1H</bpmn:timeDuration></bpmn:timerEventDefinition>",
    ),
    "throwing event, a message": _passed("intermediateThrowEvent", _MESSAGE, _WORK),
    "throwing event, none": _passed("intermediateThrowEvent", ""),
    "end event, a message": _passed("endEvent", _MESSAGE, _WORK),
    "end event, none": _passed("endEvent", ""),
    "event on a border": _border,
    "exclusive gateway": _gateway("exclusiveGateway"),
    "inclusive gateway": _gateway("inclusiveGateway"),
    "parallel gateway": _gateway("parallelGateway"),
    "event-based gateway": _gateway("eventBasedGateway"),
    "process": _process,
    "sequence flow": _flow,
    "message": _message,
    "condition of an event": _condition,
    "many of a service task": _many,
}
