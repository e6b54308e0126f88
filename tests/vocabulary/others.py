"""All other elements and attributes of BPMN 2.0: kept without a word, warned of, or refused."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from service.bpmn.vocabulary import NODES, NOT_RUN
from tests.diagrams import Node, diagram, end, message_root, start
from tests.vocabulary.play import HERE, Case
from tests.vocabulary.tables import Cell, Table

KEPT = "kept"
_USER = "<zeebe:userTask />"
_WORK = '<zeebe:taskDefinition type="work" />'


def _case(node: Node, *, root: str = "", inside: str = "", at: tuple[str, ...] = (HERE, "p")) -> Case:
    xml = diagram("p", [start(), node, end()], [f"begin -> {node.id}", f"{node.id} -> done"], root=root, inside=inside)
    return Case(xml, (node.id,), event=node.id, at=(*at, node.id))


def _beside(element: str) -> Case:
    """Beside the process."""
    return _case(Node("userTask", "work", _USER), root=message_root() + element)


def _in_process(element: str) -> Case:
    return _case(Node("userTask", "work", _USER), inside=element, root=message_root())


def _in_task(element: str) -> Case:
    return _case(Node("userTask", HERE, _USER, element))


def _one(name: str, inside: str = "", /, **attributes: str) -> str:
    given = "".join(f' {key}="{value}"' for key, value in {"id": HERE, **attributes}.items())
    return f"<bpmn:{name}{given}>{inside}</bpmn:{name}>"


def _unnamed(name: str, inside: str = "", /, **attributes: str) -> str:
    return _one(name, inside, **attributes).replace(f' id="{HERE}"', "")


_POOL = _one("participant", processRef="p", name="Hotline")
_IO = "<bpmn:dataInput /><bpmn:dataOutput /><bpmn:inputSet /><bpmn:outputSet />"
_READS = "<bpmn:sourceRef>a</bpmn:sourceRef><bpmn:targetRef>b</bpmn:targetRef>"

# What stands beside the process.
_ROOTS: Mapping[str, str] = {
    "interface": _one("interface", '<bpmn:operation id="o" name="call" />', name="desk"),
    "operation": _unnamed("interface", _one("operation", name="call")),
    "endPoint": _one("endPoint"),
    "globalTask": _one("globalTask"),
    "globalManualTask": _one("globalManualTask"),
    "globalUserTask": _one("globalUserTask"),
    "globalScriptTask": _one("globalScriptTask"),
    "globalBusinessRuleTask": _one("globalBusinessRuleTask"),
    "dataStore": _one("dataStore"),
    "itemDefinition": _one("itemDefinition"),
    "resource": _one("resource", '<bpmn:resourceParameter id="r" />'),
    "resourceParameter": _unnamed("resource", _one("resourceParameter")),
    "partnerEntity": _one("partnerEntity"),
    "partnerRole": _one("partnerRole"),
    "correlationProperty": _one("correlationProperty"),
    "correlationPropertyRetrievalExpression": _unnamed(
        "correlationProperty", _one("correlationPropertyRetrievalExpression", "<bpmn:messagePath>=x</bpmn:messagePath>")
    ),
    "category": _one("category", '<bpmn:categoryValue id="v" value="a" />'),
    "categoryValue": _unnamed("category", _one("categoryValue")),
    "collaboration": _one("collaboration"),
    "participant": _unnamed("collaboration", _POOL),
    "participantMultiplicity": _unnamed("collaboration", _unnamed("participant", _one("participantMultiplicity"))),
    "participantAssociation": _unnamed("collaboration", _one("participantAssociation")),
    "messageFlow": _unnamed("collaboration", _one("messageFlow", sourceRef="p", targetRef="work")),
    "messageFlowAssociation": _unnamed("collaboration", _one("messageFlowAssociation")),
    "conversation": _unnamed("collaboration", _one("conversation")),
    "subConversation": _unnamed("collaboration", _one("subConversation")),
    "callConversation": _unnamed("collaboration", _one("callConversation")),
    "conversationLink": _unnamed("collaboration", _one("conversationLink")),
    "conversationAssociation": _unnamed("collaboration", _one("conversationAssociation")),
    "correlationKey": _unnamed("collaboration", _one("correlationKey")),
    "globalConversation": _one("globalConversation"),
    "choreography": _one("choreography"),
    "globalChoreographyTask": _one("globalChoreographyTask"),
    "import": _unnamed("import", importType="a", location="b", namespace="c"),
    "extension": _unnamed("extension"),
    "extensionDefinition": _unnamed("extension", _unnamed("extensionDefinition")),
    "extensionAttributeDefinition": _unnamed(
        "extension", _unnamed("extensionDefinition", _unnamed("extensionAttributeDefinition"))
    ),
    "relationship": _one("relationship", type="a"),
}
# What stands in the process, beside its elements.
_INSIDE: Mapping[str, str] = {
    "laneSet": _one("laneSet"),
    "lane": _unnamed("laneSet", _one("lane", "<bpmn:flowNodeRef>work</bpmn:flowNodeRef>", name="Desk")),
    "textAnnotation": _one("textAnnotation", "<bpmn:text>a</bpmn:text>"),
    "association": _one("association", sourceRef="work", targetRef="begin"),
    "group": _one("group"),
    "dataObject": _one("dataObject"),
    "dataObjectReference": _one("dataObjectReference", dataObjectRef="o"),
    "dataStoreReference": _one("dataStoreReference"),
    "dataState": _unnamed("dataObject", _one("dataState")),
    "auditing of the process": _unnamed("auditing"),
    "correlationSubscription": _one("correlationSubscription", '<bpmn:correlationPropertyBinding id="b" />'),
    "correlationPropertyBinding": _unnamed("correlationSubscription", _one("correlationPropertyBinding")),
    "choreographyTask": _one("choreographyTask"),
    "subChoreography": _one("subChoreography"),
    "callChoreography": _one("callChoreography"),
    "implicitThrowEvent": _one("implicitThrowEvent"),
}
# What stands in an activity, which is `here` itself.
_HELD: Mapping[str, str] = {
    "documentation": _unnamed("documentation", "Read this."),
    "auditing": _unnamed("auditing"),
    "monitoring": _unnamed("monitoring"),
    "property": _unnamed("property"),
    "ioSpecification": _unnamed("ioSpecification", _IO),
    "dataInput": _unnamed("ioSpecification", _IO),
    "dataOutput": _unnamed("ioSpecification", _IO),
    "inputSet": _unnamed("ioSpecification", _IO),
    "outputSet": _unnamed("ioSpecification", _IO),
    "dataInputAssociation": _unnamed("dataInputAssociation", _READS),
    "dataOutputAssociation": _unnamed("dataOutputAssociation", _READS),
    "dataAssociation": _unnamed("dataAssociation", _READS),
    "assignment": _unnamed("dataInputAssociation", _unnamed("assignment")),
    "inputOutputBinding": _unnamed("ioBinding"),
    "resourceRole": _unnamed("resourceRole"),
    "performer": _unnamed("performer"),
    "humanPerformer": _unnamed("humanPerformer"),
    "potentialOwner": _unnamed("potentialOwner"),
    "resourceAssignmentExpression": _unnamed("potentialOwner", _unnamed("resourceAssignmentExpression")),
    "resourceParameterBinding": _unnamed("potentialOwner", _unnamed("resourceParameterBinding")),
    "rendering": _unnamed("rendering"),
    "what is no part of it": _unnamed("assignedTo"),
}
# What the other tables have, and what only holds or words something in them.
DRAWN = frozenset({*NODES, *NOT_RUN}) | {
    *(f"{one}EventDefinition" for one in ("message", "timer", "signal", "conditional", "error", "escalation", "link")),
    *(f"{one}EventDefinition" for one in ("compensate", "cancel", "terminate")),
    *("multiInstanceLoopCharacteristics", "standardLoopCharacteristics", "complexBehaviorDefinition"),
    *("definitions", "process", "sequenceFlow", "message", "signal", "error", "escalation"),
    *("extensionElements", "expression", "formalExpression", "itemAwareElement", "inputOutputSpecification"),
}


def _many(**attributes: str) -> Case:
    told = '<bpmn:extensionElements><zeebe:loopCharacteristics inputCollection="=[1]" /></bpmn:extensionElements>'
    return _case(Node("serviceTask", HERE, _WORK, _unnamed("multiInstanceLoopCharacteristics", told, **attributes)))


def _event(**attributes: str) -> Case:
    inside = '<bpmn:messageEventDefinition messageRef="M" />'
    return _case(Node("intermediateCatchEvent", HERE, "", inside, **attributes), root=message_root())


def _in_head(attribute: str, case: Case, of: str) -> Case:
    """An attribute of the process, a flow or the file."""
    begin = f"<bpmn:{of} "
    text = case.xml.decode().replace(begin, f"{begin}{attribute} ", 1)
    return Case(text.encode(), case.done, event=case.event, at=(*case.at, "f1", "defs"))


_PLAIN = _case(Node("serviceTask", HERE, _WORK))
ATTRIBUTES: Mapping[str, Case] = {
    "process: processType Public": _in_head('processType="Public"', _PLAIN, "process"),
    "process: isClosed": _in_head('isClosed="true"', _PLAIN, "process"),
    "definitions: expressionLanguage": _in_head('expressionLanguage="urn:other"', _PLAIN, "definitions"),
    "definitions: exporter": _in_head('exporter="Camunda Modeler" exporterVersion="5"', _PLAIN, "definitions"),
    "sequence flow: isImmediate": _in_head('isImmediate="true"', _PLAIN, "sequenceFlow"),
    "gateway: gatewayDirection": _case(Node("exclusiveGateway", HERE, gatewayDirection="Diverging")),
    "event: parallelMultiple": _event(parallelMultiple="true"),
    "user task: implementation": _case(Node("userTask", HERE, _USER, implementation="##unspecified")),
    "service task: implementation": _case(Node("serviceTask", HERE, _WORK, implementation="##WebService")),
    "service task: operationRef": _case(Node("serviceTask", HERE, _WORK, operationRef="o")),
    "send task: messageRef": _case(Node("sendTask", HERE, _WORK, messageRef="M"), root=message_root()),
    "receive task: instantiate": _case(
        Node("receiveTask", HERE, messageRef="M", instantiate="true"), root=message_root()
    ),
    "script task: scriptFormat": _case(Node("scriptTask", HERE, _WORK, scriptFormat="javascript")),
    "script task: script": _case(Node("scriptTask", HERE, _WORK, _unnamed("script", "1"))),
    "call activity: calledElement": _case(
        Node("callActivity", HERE, '<zeebe:calledElement processId="a" />', calledElement="b")
    ),
    "activity: startQuantity": _case(Node("task", HERE, startQuantity="2")),
    "activity: completionQuantity": _case(Node("task", HERE, completionQuantity="2")),
    "activity: zeebe:modelerTemplate": _case(Node("task", HERE, **{"zeebe:modelerTemplate": "t"})),
    "activity: zeebe:modelerTemplateVersion": _case(Node("task", HERE, **{"zeebe:modelerTemplateVersion": "1"})),
    "activity: zeebe:modelerTemplateIcon": _case(Node("task", HERE, **{"zeebe:modelerTemplateIcon": "i"})),
    "activity: zeebe:retryCounter": _case(Node("serviceTask", HERE, _WORK, **{"zeebe:retryCounter": "3"})),
    "many: behavior None": _many(behavior="None"),
    "many: loopCardinality": _case(
        Node(
            "serviceTask",
            HERE,
            _WORK,
            "<bpmn:multiInstanceLoopCharacteristics><bpmn:loopCardinality>3</bpmn:loopCardinality>"
            "</bpmn:multiInstanceLoopCharacteristics>",
        )
    ),
}


def _rows(cases: Mapping[str, Case]) -> dict[str, dict[str, Cell]]:
    return {name: {"what becomes of it": Cell(case)} for name, case in cases.items()}


def _elements() -> dict[str, Case]:
    found = {name: _beside(xml) for name, xml in _ROOTS.items()}
    found |= {name: _in_process(xml) for name, xml in _INSIDE.items()}
    return found | {name: _in_task(xml) for name, xml in _HELD.items()}


def tables() -> tuple[Table, ...]:
    words = f"What is {KEPT} is stored and shown with the diagram, and says nothing about how it runs."
    return (
        Table("Other elements of BPMN", words, "Element", _rows(_elements()), KEPT),
        Table("Other attributes of BPMN and of modelers", words, "Attribute", _rows(ATTRIBUTES), KEPT),
    )


def known() -> set[str]:
    """The elements of BPMN 2.0 as modelers read them."""
    path = Path(__file__).parents[1] / "modelers/node_modules/bpmn-moddle/resources/bpmn/json/bpmn.json"
    types = json.loads(path.read_text(encoding="utf-8"))["types"]
    return {one["name"][0].lower() + one["name"][1:] for one in types if not one.get("isAbstract")}


def listed() -> set[str]:
    return {*_ROOTS, *_INSIDE, *_HELD, *DRAWN}
