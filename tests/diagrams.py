"""Small diagrams for tests, written in a line an element instead of drawn."""

from __future__ import annotations

from itertools import pairwise
from xml.sax.saxutils import quoteattr

_HEAD = (
    '<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL"'
    ' xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
    ' xmlns:modeler="http://camunda.org/schema/modeler/1.0" modeler:executionPlatform="Camunda Cloud"'
    ' modeler:executionPlatformVersion="8.8.0" id="defs" targetNamespace="urn:test">'
)


class Node:
    """One element; `extensions` and `inside` are XML."""

    def __init__(self, type_: str, id_: str, extensions: str = "", inside: str = "", **attributes: str) -> None:
        self.type, self.id, self.extensions, self.inside, self.attributes = type_, id_, extensions, inside, attributes


def flow(line: str) -> tuple[str, str, str | None, bool]:
    """`a -> b`, `a -> b if x > 1`, `a -> b default`."""
    ends, _, condition = line.partition(" if ")
    source, _, target = ends.partition("->")
    is_default = target.strip().endswith(" default")
    return source.strip(), target.removesuffix(" default").strip().split()[0], condition or None, is_default


def body(nodes: list[Node], flows: list[str], prefix: str = "f") -> str:
    """The inside of a process or sub-process."""
    read = [(f"{prefix}{index}", *flow(line)) for index, line in enumerate(flows, 1)]
    xml = ""
    for node in nodes:
        default = "".join(
            f' default="{id_}"' for id_, source, _, _, is_default in read if is_default and source == node.id
        )
        attributes = "".join(f" {key}={quoteattr(value)}" for key, value in node.attributes.items())
        ports = "".join(f"<bpmn:incoming>{id_}</bpmn:incoming>" for id_, _, target, _, _ in read if target == node.id)
        ports += "".join(f"<bpmn:outgoing>{id_}</bpmn:outgoing>" for id_, source, _, _, _ in read if source == node.id)
        extensions = f"<bpmn:extensionElements>{node.extensions}</bpmn:extensionElements>" if node.extensions else ""
        xml += (
            f'<bpmn:{node.type} id="{node.id}"{default}{attributes}>{extensions}{ports}{node.inside}</bpmn:{node.type}>'
        )
    for id_, source, target, condition, _ in read:
        inner = ""
        if condition:
            inner = f"<bpmn:conditionExpression xsi:type={quoteattr('bpmn:tFormalExpression')}>={_escape(condition)}"
            inner += "</bpmn:conditionExpression>"
        xml += f'<bpmn:sequenceFlow id="{id_}" sourceRef="{source}" targetRef="{target}">{inner}</bpmn:sequenceFlow>'
    return xml


def diagram(process_id: str, nodes: list[Node], flows: list[str], *, root: str = "", inside: str = "") -> bytes:
    """A file with one executable process; `root` are messages and errors, `inside` more of the process."""
    process = f'<bpmn:process id="{process_id}" isExecutable="true">{inside}{body(nodes, flows)}</bpmn:process>'
    return f"{_HEAD}{root}{process}</bpmn:definitions>".encode()


def user(id_: str, groups: str = "clerk", more: str = "", **attributes: str) -> Node:
    assigned = f"<zeebe:assignmentDefinition candidateGroups={quoteattr(groups)} />"
    return Node("userTask", id_, f"<zeebe:userTask />{assigned}{more}", name=id_, **attributes)


def job(id_: str, type_: str = "work", more: str = "", kind: str = "serviceTask") -> Node:
    return Node(kind, id_, f"<zeebe:taskDefinition type={quoteattr(type_)} />{more}", name=id_)


def script(id_: str, expression: str, variable: str) -> Node:
    text = f"<zeebe:script expression={quoteattr('=' + expression)} resultVariable={quoteattr(variable)} />"
    return Node("scriptTask", id_, text, name=id_)


def timer(kind: str, id_: str, value: str, tag: str = "timeDuration", more: str = "", **attributes: str) -> Node:
    inner = f"<bpmn:timerEventDefinition><bpmn:{tag}>{_escape(value)}</bpmn:{tag}></bpmn:timerEventDefinition>"
    return Node(kind, id_, more, inner, **attributes)


def conditional(kind: str, id_: str, condition: str, more: str = "", **attributes: str) -> Node:
    """An event that waits for a condition; `variableNames` and `variableEvents` are its filter."""
    told = {key: attributes.pop(key) for key in ("variableNames", "variableEvents") if key in attributes}
    listed = "".join(f" {key}={quoteattr(value)}" for key, value in told.items())
    drawn = f"<bpmn:extensionElements><zeebe:conditionalFilter{listed} /></bpmn:extensionElements>" if told else ""
    inner = f'<bpmn:condition xsi:type="bpmn:tFormalExpression">={_escape(condition)}</bpmn:condition>{drawn}'
    definition = f"<bpmn:conditionalEventDefinition>{inner}</bpmn:conditionalEventDefinition>"
    return Node(kind, id_, more, definition, **attributes)


def each(node: Node, collection: str, *, sequential: bool = False, until: str = "", **names: str) -> Node:
    """The node done for each member of a collection; `names` are member, output (a variable) and result (FEEL)."""
    words = {"member": "inputElement", "output": "outputCollection", "result": "outputElement"}
    given = {words[key]: ("=" if key == "result" else "") + value for key, value in names.items()}
    told = "".join(
        f" {key}={quoteattr(value)}" for key, value in {"inputCollection": f"={collection}", **given}.items()
    )
    inner = f"<bpmn:extensionElements><zeebe:loopCharacteristics{told} /></bpmn:extensionElements>"
    if until:
        inner += f"<bpmn:completionCondition>={_escape(until)}</bpmn:completionCondition>"
    loop = f'<bpmn:multiInstanceLoopCharacteristics isSequential="{str(sequential).lower()}">{inner}'
    inside = f"{node.inside}{loop}</bpmn:multiInstanceLoopCharacteristics>"
    return Node(node.type, node.id, node.extensions, inside, **node.attributes)


def again(node: Node, condition: str = "", **attributes: object) -> Node:
    """The node done again while the condition holds; `attributes` are those of its loop."""
    given = "".join(f' {key}="{str(value).lower()}"' for key, value in attributes.items())
    inner = f"<bpmn:loopCondition>={_escape(condition)}</bpmn:loopCondition>" if condition else ""
    loop = f"<bpmn:standardLoopCharacteristics{given}>{inner}</bpmn:standardLoopCharacteristics>"
    return Node(node.type, node.id, node.extensions, node.inside + loop, **node.attributes)


def message(kind: str, id_: str, reference: str = "M", more: str = "", **attributes: str) -> Node:
    inner = f'<bpmn:messageEventDefinition messageRef="{reference}" />'
    return Node(kind, id_, more, inner, **attributes)


def message_root(name: str = "reply", key: str = "=matter", id_: str = "M") -> str:
    subscription = f"<zeebe:subscription correlationKey={quoteattr(key)} />"
    inside = f"<bpmn:extensionElements>{subscription}</bpmn:extensionElements>"
    return f"<bpmn:message id={quoteattr(id_)} name={quoteattr(name)}>{inside}</bpmn:message>"


def event(kind: str, id_: str, definition: str, reference: str = "", more: str = "", **attributes: str) -> Node:
    """An event of the kind `signal`, `error` or `escalation` with what it refers to, or `link` with its name."""
    named = {"link": "name"}.get(definition, f"{definition}Ref")
    told = f" {named}={quoteattr(reference)}" if reference else ""
    return Node(kind, id_, more, f"<bpmn:{definition}EventDefinition{told} />", **attributes)


def event_sub_process(id_: str, begin: Node, *nodes: Node, more: str = "") -> Node:
    """One that goes from its start event through these nodes to an end."""
    chain = [begin.id, *(node.id for node in nodes), f"{id_}-end"]
    flows = [f"{one} -> {two}" for one, two in pairwise(chain)]
    inside = body([begin, *nodes, end(f"{id_}-end")], flows, f"{id_}-f")
    return Node("subProcess", id_, more, inside, triggeredByEvent="true")


def mapping(inputs: dict[str, str] | None = None, outputs: dict[str, str] | None = None) -> str:
    """`{"target": "source expression"}`."""
    xml = "".join(
        f"<zeebe:input source={quoteattr('=' + s)} target={quoteattr(t)} />" for t, s in (inputs or {}).items()
    )
    xml += "".join(
        f"<zeebe:output source={quoteattr('=' + s)} target={quoteattr(t)} />" for t, s in (outputs or {}).items()
    )
    return f"<zeebe:ioMapping>{xml}</zeebe:ioMapping>"


def start(id_: str = "begin") -> Node:
    return Node("startEvent", id_)


def end(id_: str = "done", inside: str = "") -> Node:
    return Node("endEvent", id_, "", inside)


def _escape(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
