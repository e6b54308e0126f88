"""The words of a diagram that are read here; whatever else it holds is refused rather than ignored."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from lxml import etree

BPMN = "http://www.omg.org/spec/BPMN/20100524/MODEL"
ZEEBE = "http://camunda.org/schema/zeebe/1.0"
MODELER = "http://camunda.org/schema/modeler/1.0"
# The characters of what something is found by, such as a message's name: an index of a store holds no longer ones.
MAX_NAME = 255
# Extensions of other engines: some of them would run code.
_FOREIGN = frozenset(
    {
        "http://camunda.org/schema/1.0/bpmn",
        "http://spiffworkflow.org/bpmn/schema/1.0/core",
        "http://activiti.org/bpmn",
        "http://flowable.org/bpmn",
    }
)

# What Web Modeler notes in the files that it makes; it says nothing about how a process runs.
_NOTED = frozenset({"{http://camunda.org/schema/1.0/bpmn}diagramRelationId"})

EVENTS = frozenset(
    {"startEvent", "endEvent", "intermediateCatchEvent", "intermediateThrowEvent", "boundaryEvent"},
)
ACTIVITIES = frozenset(
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
        "transaction",
        "adHocSubProcess",
        "callActivity",
    }
)
GATEWAYS = frozenset({"exclusiveGateway", "parallelGateway", "inclusiveGateway", "eventBasedGateway"})
NODES = EVENTS | ACTIVITIES | GATEWAYS
# What Camunda 8 does not run either, or what is not run here → what to draw instead.
NOT_RUN: Mapping[str, str] = {
    "complexGateway": "Draw an inclusive gateway, or multi-instance with a completion condition.",
}
# What says nothing about how a process runs, or is read with the element that holds it.
IGNORED = frozenset(
    {
        "extensionElements",
        "documentation",
        "laneSet",
        "textAnnotation",
        "association",
        "auditing",
        "monitoring",
        "group",
        "incoming",
        "outgoing",
        "dataObject",
        "dataObjectReference",
        "dataStoreReference",
        "sequenceFlow",
        "ioSpecification",
        "property",
        "dataInputAssociation",
        "dataOutputAssociation",
        "script",
        "completionCondition",
    }
)

_WITH_JOB = frozenset(
    {"serviceTask", "sendTask", "scriptTask", "businessRuleTask", "intermediateThrowEvent", "endEvent"}
)
# Extension of Camunda 8 → the elements on which it is read; `properties` may stand anywhere.
_READ: Mapping[str, frozenset[str]] = {
    "userTask": frozenset({"userTask"}),
    "assignmentDefinition": frozenset({"userTask"}),
    "formDefinition": frozenset({"userTask", "startEvent"}),
    "taskSchedule": frozenset({"userTask"}),
    "priorityDefinition": frozenset({"userTask"}),
    "taskHeaders": _WITH_JOB | {"userTask", "adHocSubProcess"},
    "taskDefinition": _WITH_JOB | {"adHocSubProcess"},
    "adHoc": frozenset({"adHocSubProcess"}),
    "agentDefinition": frozenset({"adHocSubProcess", "serviceTask"}),
    "jobPriorityDefinition": _WITH_JOB | {"process", "adHocSubProcess"},
    "executionListeners": NODES | {"process"},
    "taskListeners": frozenset({"userTask"}),
    "calledDecision": frozenset({"businessRuleTask"}),
    "script": frozenset({"scriptTask"}),
    "calledElement": frozenset({"callActivity"}),
    "ioMapping": EVENTS | ACTIVITIES,
    "versionTag": frozenset({"process"}),
    "userTaskForm": frozenset({"process"}),
    "subscription": frozenset({"message"}),
    "conditionalFilter": frozenset({"conditionalEventDefinition"}),
    "loopCharacteristics": frozenset({"multiInstanceLoopCharacteristics"}),
}
# What Camunda 8 has, but is run nowhere here → what does the same.
_INSTEAD: Mapping[str, str] = {
    "linkedResources": "Tell the worker by a task header or an input mapping what it needs.",
}

Xml = Any  # an lxml element: the library brings no types


def an(name: str, *, begins: bool = True) -> str:
    """The name of a kind of element with its article, at the beginning of a sentence or within one."""
    article = "an" if name[:1] in "aeio" else "a"
    return f"{article.capitalize() if begins else article} {name}"


# Tags are written {namespace}name; both are asked for thousands of times a file.
def name_of(element: Xml) -> str:
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def space_of(element: Xml) -> str:
    tag = element.tag
    return tag.rpartition("}")[0][1:] if isinstance(tag, str) else ""


def drawn(xml: Xml) -> Xml:
    """The element on the canvas that shows an element of the file, such as an event definition or one without an id."""
    while xml.getparent() is not None and name_of(xml.getparent()) != "definitions" and not _is_shown(xml):
        xml = xml.getparent()
    return xml


def _is_shown(xml: Xml) -> bool:
    is_part = name_of(xml).endswith(("EventDefinition", "LoopCharacteristics"))
    return name_of(xml) in NODES or bool(xml.get("id") and not is_part)


def refused(root: Xml) -> Iterator[tuple[Xml, str, str]]:
    """What may not be in a file, wherever it stands: the element that holds it, what it is, how to mend it."""
    ids: set[str] = set()
    for one in root.iter():
        if space_of(one) == BPMN and one.get("id"):
            if one.get("id") in ids:
                yield one, f"The id “{one.get('id')}” is there already.", "Give each element an id of its own."
            ids.add(one.get("id"))
        if space_of(one) in _FOREIGN:
            holder = holder_of(one)
            yield holder, f"The extension {name_of(one)} is not of Camunda 8.", "Remove it."
        for key in one.attrib:
            if etree.QName(key).namespace in _FOREIGN and key not in _NOTED:
                yield one, f"The attribute {etree.QName(key).localname} is not of Camunda 8.", "Remove it."
        if space_of(one) == ZEEBE and one.getparent() is not None and name_of(one.getparent()) == "extensionElements":
            holder, name = holder_of(one), name_of(one)
            if name not in _READ and name != "properties":
                mend = _INSTEAD.get(name, "Remove it from the element.")
                yield holder, f"{an(name)} is not run on {an(name_of(holder), begins=False)}.", mend


def is_read(extension: str, host: str) -> bool:
    """Whether Camunda 8 reads an extension on this kind of element; elsewhere it passes over it."""
    return extension == "properties" or host in _READ.get(extension, ())


def holder_of(extension: Xml) -> Xml:
    """The element that an extension, or what it holds, belongs to."""
    holder = extension.getparent()
    while holder is not None and (space_of(holder) != BPMN or name_of(holder) == "extensionElements"):
        holder = holder.getparent()
    return extension if holder is None else holder
