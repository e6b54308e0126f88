"""Elements are broken: gone, at another place, of another kind, or odd in any way."""

from __future__ import annotations

from copy import deepcopy
from random import Random

from service.bpmn.vocabulary import ACTIVITIES, BPMN, EVENTS, NODES, ZEEBE, name_of
from tests.broken_diagrams.shapes import Broken, Xml, around, nodes, of, pick

CAMUNDA_7 = "http://camunda.org/schema/1.0/bpmn"
ODD = ("", " ", "=", "=null", "😀", "0", "-1", "true", "x" * 3000, "a b", "${a}", "#{a}", "<b>", "../../etc/passwd")


# Places and kinds -----------------------------------------------------------------------------------------------


def no_start(root: Xml, chance: Random) -> Broken | None:
    one = chance.choice(of(root, "startEvent"))
    scope = one.getparent()
    return _without(root, one, "no start", {scope.get("id")}, sure=len(scope.findall(one.tag)) < 2)


def no_node(root: Xml, chance: Random) -> Broken | None:
    return _without(root, chance.choice(nodes(root)), "no such element", set(), sure=False)


def _without(root: Xml, one: Xml, what: str, named: set[str], *, sure: bool) -> Broken:
    flows = [flow for flow in of(root, "sequenceFlow") if flow.get("id") in around(root, one.get("id"))]
    one.getparent().remove(one)
    for flow in flows:
        if flow.getparent() is not None:
            flow.getparent().remove(flow)
    # What was joined to it knows of a flow that is gone.
    joined = {end for flow in flows for end in (flow.get("sourceRef"), flow.get("targetRef"))}
    return Broken(what, frozenset(named | joined) if sure else frozenset(), sure=sure)


def foreign(root: Xml, chance: Random) -> Broken | None:
    one = chance.choice(nodes(root))
    if chance.randrange(2):
        one.set(f"{{{CAMUNDA_7}}}class", "com.example.Delegate")
    else:
        extensions = one.makeelement(f"{{{BPMN}}}extensionElements")
        extensions.append(one.makeelement(f"{{{CAMUNDA_7}}}executionListener", {"class": "com.example.Listener"}))
        one.insert(0, extensions)
    return Broken("an extension of another engine", frozenset({one.get("id")}))


def unknown(root: Xml, chance: Random) -> Broken | None:
    scope = chance.choice(of(root, "process", "subProcess"))
    name = chance.choice(("choreographyTask", "complexGateway", "callChoreography", "subChoreography", "magicTask"))
    scope.append(scope.makeelement(f"{{{BPMN}}}{name}", {"id": "odd"}))
    return Broken(f"a {name}", frozenset({"odd"}))


def unknown_extension(root: Xml, chance: Random) -> Broken | None:
    one = chance.choice(nodes(root))
    extensions = one.find(f"{{{BPMN}}}extensionElements")
    if extensions is None:
        extensions = one.makeelement(f"{{{BPMN}}}extensionElements")
        one.insert(0, extensions)
    extensions.append(one.makeelement(f"{{{ZEEBE}}}magic", {"type": "x"}))
    return Broken("an unknown extension", frozenset({one.get("id")}))


def same_flow(root: Xml, chance: Random) -> Broken | None:
    one = pick(chance, of(root, "sequenceFlow"))
    if one is None:
        return None
    copy = deepcopy(one)
    copy.set("id", "again")
    one.addnext(copy)
    named = {one.get("id"), "again", one.get("sourceRef"), one.get("targetRef")}
    return Broken("a flow twice", frozenset(named), sure=False)


def another_type(root: Xml, chance: Random) -> Broken | None:
    one = chance.choice(nodes(root))
    one.tag = f"{{{BPMN}}}{chance.choice(sorted(NODES))}"
    return Broken(f"it becomes a {name_of(one)}", sure=False)


def another_event(root: Xml, chance: Random) -> Broken | None:
    wrong = {
        "startEvent": ("terminate", "cancel", "link", "compensate"),
        "endEvent": ("timer", "conditional", "link"),
        "intermediateCatchEvent": ("error", "terminate", "cancel", "escalation"),
        "intermediateThrowEvent": ("timer", "error", "terminate", "cancel"),
        "boundaryEvent": ("terminate", "link"),
    }
    one = chance.choice(of(root, *wrong))
    for definition in [child for child in one if name_of(child).endswith("EventDefinition")]:
        one.remove(definition)
    kind = chance.choice(wrong[name_of(one)])
    one.append(one.makeelement(f"{{{BPMN}}}{kind}EventDefinition"))
    return Broken(f"a {kind} as {name_of(one)}", frozenset({one.get("id")}))


def two_events(root: Xml, chance: Random) -> Broken | None:
    found = [one for one in of(root, *EVENTS) if any(name_of(child).endswith("EventDefinition") for child in one)]
    one = pick(chance, found)
    if one is None:
        return None
    one.append(one.makeelement(f"{{{BPMN}}}terminateEventDefinition"))
    return Broken("two event definitions", frozenset({one.get("id")}))


def elsewhere(root: Xml, chance: Random) -> Broken | None:
    """An element in a sub-process where its flows do not lead."""
    one = chance.choice(nodes(root))
    scopes = [scope for scope in of(root, "subProcess", "process") if scope is not one.getparent()]
    scopes = [scope for scope in scopes if one not in (scope, *scope.iterancestors())]
    scope = pick(chance, scopes)
    if scope is None:
        return None
    scope.append(one)
    return Broken("an element at another place", sure=False)


def cycle(root: Xml, chance: Random) -> Broken | None:
    """A flow that goes back."""
    one = pick(chance, [flow for flow in of(root, "sequenceFlow") if flow.get("sourceRef")])
    if one is None:
        return None
    before = one.get("targetRef")
    one.set("targetRef", one.get("sourceRef"))
    for port in of(root, "incoming"):
        if port.text == one.get("id"):
            port.getparent().remove(port)
    return Broken(f"a flow into itself instead of {before}", sure=False)


def long_name(root: Xml, chance: Random) -> Broken | None:
    one = chance.choice([*nodes(root), *of(root, "process")])
    one.set("name", chance.choice(("名", "x ", "\n")) * chance.choice((1000, 100_000)))
    return Broken("a long name", sure=False)


def loop(root: Xml, chance: Random) -> Broken | None:
    one = chance.choice(of(root, *(ACTIVITIES - {"subProcess"})) or of(root, "endEvent"))
    for child in [child for child in one if name_of(child).endswith("LoopCharacteristics")]:
        one.remove(child)
    one.append(one.makeelement(f"{{{BPMN}}}multiInstanceLoopCharacteristics"))
    return Broken("many instances over nothing", frozenset({one.get("id")}))


def not_executable(root: Xml, chance: Random) -> Broken | None:
    for one in of(root, "process"):
        one.attrib.pop("isExecutable", None)
    return Broken("nothing is executable", frozenset({root.get("id"), "definitions"}))


def no_process_id(root: Xml, chance: Random) -> Broken | None:
    of(root, "process")[0].attrib.pop("id", None)
    return Broken("a process without id", frozenset({"process", ""}))


# Anything -------------------------------------------------------------------------------------------------------


def odd_value(root: Xml, chance: Random) -> Broken | None:
    one = chance.choice([one for one in root.iter() if isinstance(one.tag, str) and one.attrib])
    key = chance.choice(sorted(one.attrib))
    one.set(key, chance.choice(ODD))
    return Broken(f"{key} of a {name_of(one)} is odd", sure=False)


def odd_text(root: Xml, chance: Random) -> Broken | None:
    one = chance.choice([one for one in root.iter() if isinstance(one.tag, str)])
    one.text = chance.choice(ODD)
    return Broken(f"the text of a {name_of(one)} is odd", sure=False)


def no_value(root: Xml, chance: Random) -> Broken | None:
    one = chance.choice([one for one in root.iter() if isinstance(one.tag, str) and one.attrib])
    key = chance.choice(sorted(one.attrib))
    one.attrib.pop(key)
    return Broken(f"a {name_of(one)} without {key}", sure=False)


def no_part(root: Xml, chance: Random) -> Broken | None:
    one = chance.choice([one for one in root.iter() if one.getparent() is not None])
    one.getparent().remove(one)
    return Broken(f"a {name_of(one)} is gone", sure=False)


def moved(root: Xml, chance: Random) -> Broken | None:
    every = [one for one in root.iter() if isinstance(one.tag, str)]
    one, to = chance.choice(every[1:]), chance.choice(every)
    if one in (to, *to.iterancestors()):
        return None
    to.append(deepcopy(one) if chance.randrange(2) else one)
    return Broken(f"a {name_of(one)} in a {name_of(to)}", sure=False)


def another_space(root: Xml, chance: Random) -> Broken | None:
    one = chance.choice([one for one in root.iter() if isinstance(one.tag, str)])
    one.tag = f"{{{chance.choice(('urn:other', ZEEBE, BPMN))}}}{name_of(one)}"
    return Broken(f"a {name_of(one)} in another namespace", sure=False)
