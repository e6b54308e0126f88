"""The ways in which a diagram is broken: each changes its XML, and knows which elements a refusal must name."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass, field
from random import Random
from typing import Any

from service.bpmn.vocabulary import ACTIVITIES, BPMN, EVENTS, GATEWAYS, NODES, ZEEBE, name_of, space_of

Xml = Any
CAMUNDA_7 = "http://camunda.org/schema/1.0/bpmn"
NOWHERE = "nowhere-at-all"
NO_FEEL = ("=a >", "=[1,", "=if a then", '="', "=not(", "=for x return", "=}")
ODD = ("", " ", "=", "=null", "😀", "0", "-1", "true", "x" * 3000, "a b", "${a}", "#{a}", "<b>", "../../etc/passwd")


@dataclass(frozen=True)
class Broken:
    """What was done, and the ids of which a refusal must name one; `sure` if it must be refused."""

    what: str
    named: frozenset[str] = field(default_factory=frozenset)
    sure: bool = True


Breaking = Callable[[Xml, Random], Broken | None]


def of(root: Xml, *names: str) -> list[Xml]:
    return [one for one in root.iter() if space_of(one) == BPMN and name_of(one) in names]


def nodes(root: Xml) -> list[Xml]:
    return of(root, *NODES, "transaction")


def around(root: Xml, id_: str) -> set[str]:
    """The flows that touch an element."""
    flows = of(root, "sequenceFlow")
    return {one.get("id") for one in flows if id_ in (one.get("sourceRef"), one.get("targetRef"))}


def _pick(chance: Random, found: list[Xml]) -> Xml | None:
    return chance.choice(found) if found else None


def _extension(chance: Random, root: Xml, *names: str) -> tuple[Xml | None, str]:
    """One extension of a node, with the id of the node."""
    found = [one for one in root.iter() if space_of(one) == ZEEBE and name_of(one) in names]
    found = [one for one in found if name_of(_owner(one)) in NODES]
    one = _pick(chance, found)
    return one, _owner(one).get("id") if one is not None else ""


def _owner(one: Xml) -> Xml:
    while name_of(one) not in NODES and one.getparent() is not None:
        one = one.getparent()
    return one


# Ids and references ---------------------------------------------------------------------------------------------


def no_id(root: Xml, chance: Random) -> Broken | None:
    one = chance.choice(nodes(root))
    id_ = one.attrib.pop("id")
    return Broken("no id", frozenset({"", name_of(one), id_, *around(root, id_)}))


def another_id(root: Xml, chance: Random) -> Broken | None:
    one = _pick(chance, [one for one in nodes(root) if around(root, one.get("id"))])
    if one is None:
        return None
    id_ = one.get("id")
    one.set("id", NOWHERE)
    return Broken("another id", frozenset({NOWHERE, *around(root, id_)}))


def same_id(root: Xml, chance: Random) -> Broken | None:
    one, other = chance.sample(nodes(root), 2)
    other.set("id", one.get("id"))
    return Broken("the same id twice", frozenset({one.get("id")}))


def flow_to_nowhere(root: Xml, chance: Random) -> Broken | None:
    one, end = _pick(chance, of(root, "sequenceFlow")), chance.choice(("sourceRef", "targetRef"))
    if one is None:
        return None
    if chance.randrange(2):
        one.set(end, NOWHERE)
    else:
        one.attrib.pop(end)
    return Broken(f"a flow without {end}", frozenset({one.get("id")}))


def another_default(root: Xml, chance: Random) -> Broken | None:
    one = _pick(chance, [one for one in of(root, *GATEWAYS) if one.get("default")])
    if one is None:
        return None
    one.set("default", NOWHERE)
    return Broken("a default that is not there", frozenset({one.get("id"), *around(root, one.get("id"))}))


def another_host(root: Xml, chance: Random) -> Broken | None:
    one = _pick(chance, of(root, "boundaryEvent"))
    if one is None:
        return None
    wrong = chance.choice([NOWHERE, *(other.get("id") for other in of(root, *GATEWAYS, *EVENTS))])
    one.set("attachedToRef", wrong)
    return Broken("a border of nothing", frozenset({one.get("id")}))


def reference(root: Xml, chance: Random) -> Broken | None:
    """A message, signal, error or escalation that is not there."""
    kinds = ("messageRef", "signalRef", "errorRef", "escalationRef")
    found = [(one, kind) for one in root.iter() for kind in kinds if space_of(one) == BPMN and one.get(kind)]
    if not found:
        return None
    one, kind = chance.choice(found)
    one.set(kind, NOWHERE)
    return Broken(f"{kind} to nowhere", frozenset({_owner(one).get("id")}))


def no_definition(root: Xml, chance: Random) -> Broken | None:
    """What an event refers to is taken away from the file."""
    one = _pick(chance, of(root, "message", "signal", "error", "escalation"))
    if one is None:
        return None
    kind, id_ = f"{name_of(one)}Ref", one.get("id")
    users = frozenset(
        _owner(other).get("id") for other in root.iter() if space_of(other) == BPMN and other.get(kind) == id_
    )
    one.getparent().remove(one)
    return Broken(f"no {kind}", users, sure=bool(users))


def called(root: Xml, chance: Random) -> Broken | None:
    """A process, decision or form that is not there."""
    keys = {"calledElement": "processId", "calledDecision": "decisionId", "formDefinition": "formId"}
    one, id_ = _extension(chance, root, *keys)
    if one is None:
        return None
    one.set(keys[name_of(one)], chance.choice((NOWHERE, "")))
    return Broken(f"a {name_of(one)} to nowhere", frozenset({id_}))


# Expressions ----------------------------------------------------------------------------------------------------


def no_feel(root: Xml, chance: Random) -> Broken | None:
    found = [one for one in root.iter() if isinstance(one.tag, str) and (one.text or "").strip().startswith("=")]
    attributes = [(one, key) for one in root.iter() for key, value in one.attrib.items() if value.startswith("=")]
    attributes = [(one, key) for one, key in attributes if name_of(_owner(one)) in NODES]
    if found and chance.randrange(2):
        one = chance.choice(found)
        one.text = chance.choice(NO_FEEL)
        flow = one.getparent()
        owner = flow if name_of(flow) == "sequenceFlow" else _owner(one)
        return Broken("no FEEL", frozenset({owner.get("id")}))
    if not attributes:
        return None
    one, key = chance.choice(attributes)
    one.set(key, chance.choice(NO_FEEL))
    return Broken(f"no FEEL in {key}", frozenset({_owner(one).get("id")}))


def no_condition(root: Xml, chance: Random) -> Broken | None:
    one = _pick(chance, of(root, "conditionExpression"))
    if one is None:
        return None
    flow = one.getparent()
    flow.remove(one)
    return Broken("no condition", frozenset({flow.get("id"), flow.get("sourceRef")}), sure=False)


def no_time(root: Xml, chance: Random) -> Broken | None:
    one = _pick(chance, of(root, "timeDuration", "timeDate", "timeCycle"))
    if one is None:
        return None
    one.text = chance.choice(
        ("", "in five days", "P", "PT", "R/", "R5/", "5 minutes", "0 0 25 * * *", "2026-13-01T00:00:00Z")
    )
    return Broken(f"the time “{one.text}”", frozenset({_owner(one).get("id")}))


def mapping(root: Xml, chance: Random) -> Broken | None:
    one, id_ = _extension(chance, root, "input", "output")
    if one is None:
        return None
    key, value = chance.choice((("target", "1 x"), ("target", ""), ("source", "")))
    one.set(key, value)
    return Broken(f"a mapping with the {key} “{value}”", frozenset({id_}))


def no_extension(root: Xml, chance: Random) -> Broken | None:
    one, id_ = _extension(chance, root, "taskDefinition", "script", "calledDecision", "calledElement")
    if one is None:
        return None
    one.getparent().remove(one)
    return Broken(f"no {name_of(one)}", frozenset({id_}))


def python(root: Xml, chance: Random) -> Broken | None:
    one = _pick(chance, of(root, "scriptTask"))
    if one is None:
        return None
    for extensions in one.findall(f"{{{BPMN}}}extensionElements"):
        one.remove(extensions)
    script = one.makeelement(f"{{{BPMN}}}script")
    script.text = "import os; os.system('id')"
    one.append(script)
    return Broken("a script in Python", frozenset({one.get("id")}))


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
    one = _pick(chance, of(root, "sequenceFlow"))
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
    one = _pick(chance, found)
    if one is None:
        return None
    one.append(one.makeelement(f"{{{BPMN}}}terminateEventDefinition"))
    return Broken("two event definitions", frozenset({one.get("id")}))


def elsewhere(root: Xml, chance: Random) -> Broken | None:
    """An element in a sub-process where its flows do not lead."""
    one = chance.choice(nodes(root))
    scopes = [scope for scope in of(root, "subProcess", "process") if scope is not one.getparent()]
    scopes = [scope for scope in scopes if one not in (scope, *scope.iterancestors())]
    scope = _pick(chance, scopes)
    if scope is None:
        return None
    scope.append(one)
    return Broken("an element at another place", sure=False)


def cycle(root: Xml, chance: Random) -> Broken | None:
    """A flow that goes back."""
    one = _pick(chance, of(root, "sequenceFlow"))
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


EVERY: tuple[Breaking, ...] = (
    *(no_id, another_id, same_id, flow_to_nowhere, another_default, another_host, reference, no_definition, called),
    *(no_feel, no_condition, no_time, mapping, no_extension, python),
    *(no_start, no_node, foreign, unknown, unknown_extension, same_flow, another_type, another_event, two_events),
    *(elsewhere, cycle, long_name, loop, not_executable, no_process_id),
    *(odd_value, odd_text, no_value, no_part, moved, another_space),
)
