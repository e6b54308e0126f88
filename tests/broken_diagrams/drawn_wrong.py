"""What modelers and hands leave in a file: attributes of a wrong kind, ids that are none, copies half pasted."""

from __future__ import annotations

from copy import deepcopy
from random import Random

from service.bpmn.vocabulary import ACTIVITIES, BPMN, EVENTS, GATEWAYS, NODES, ZEEBE, name_of, space_of
from tests.broken_diagrams.shapes import Broken, Xml, nodes, of, owner, pick

_DI = "http://www.omg.org/spec/BPMN/20100524/DI"
_DC = "http://www.omg.org/spec/DD/20100524/DC"
_WITH_FLAGS = {
    "isInterrupting": ("startEvent",),
    "cancelActivity": ("boundaryEvent",),
    "triggeredByEvent": ("subProcess",),
    "isForCompensation": tuple(ACTIVITIES),
    "isSequential": ("multiInstanceLoopCharacteristics",),
    "cancelRemainingInstances": ("adHocSubProcess",),
    "isExecutable": ("process",),
}
_IDS = ("a b", "1st", "受理 任务", "a/b", "😀", "a:b", 'say "x"', "<a>", "a\tb", " a", "_", "-", "x" * 300, "__proto__")
_NO_HOST = {
    "script": ("userTask", "serviceTask", *GATEWAYS),
    "calledElement": ("userTask", "startEvent", *GATEWAYS),
    "assignmentDefinition": ("serviceTask", "endEvent", *GATEWAYS),
    "taskListeners": ("serviceTask", "scriptTask", *GATEWAYS),
    "ioMapping": tuple(GATEWAYS),
    "loopCharacteristics": tuple(ACTIVITIES),
}


def _extensions(one: Xml) -> Xml:
    found = one.find(f"{{{BPMN}}}extensionElements")
    if found is None:
        found = one.makeelement(f"{{{BPMN}}}extensionElements")
        one.insert(0, found)
    return found


def empty_attributes(root: Xml, chance: Random) -> Broken | None:
    """Every attribute of an element is empty, its id too."""
    one = chance.choice([one for one in root.iter() if isinstance(one.tag, str) and one.attrib])
    for key in one.attrib:
        one.set(key, "")
    return Broken(f"a {name_of(one)} whose attributes are empty", sure=False)


def no_flag(root: Xml, chance: Random) -> Broken | None:
    """What is neither true nor false."""
    flag = chance.choice(sorted(_WITH_FLAGS))
    one = pick(chance, of(root, *_WITH_FLAGS[flag]))
    if one is None or one.get("isExecutable") == "false":
        return None
    value = chance.choice(("", "yes", "TRUE", "wahr", "=true", "2"))
    one.set(flag, value)
    holder = one if flag == "isExecutable" else owner(one)
    named = {holder.get("id"), root.get("id")} if flag == "isExecutable" else {holder.get("id")}
    return Broken(f"{flag} “{value}”", frozenset(named))


def odd_id(root: Xml, chance: Random) -> Broken | None:
    """An id of signs that ids do not have, in every place that names the element."""
    named = [one for one in (*nodes(root), *of(root, "sequenceFlow", "message", "signal")) if one.get("id")]
    one, odd = chance.choice(named), chance.choice(_IDS)
    before = one.get("id")
    for other in root.iter():
        if not isinstance(other.tag, str):
            continue
        for key, value in other.attrib.items():
            if value == before and space_of(other) != ZEEBE:
                other.set(key, odd)
        if other.text == before:
            other.text = odd
    return Broken(f"the id “{odd[:20]}” of a {name_of(one)}", sure=False)


def id_of_another(root: Xml, chance: Random) -> Broken | None:
    """An element has the id of a flow, a message or the process."""
    others = of(root, "sequenceFlow", "message", "signal", "error", "escalation", "process")
    other = pick(chance, [other for other in others if other.get("id")])
    if other is None:
        return None
    one = chance.choice(nodes(root))
    one.set("id", other.get("id"))
    return Broken(f"the id of a {name_of(other)}", frozenset({other.get("id")}))


def pasted(root: Xml, chance: Random) -> Broken | None:
    """A copy of a sub-process with new ids for its elements, whose flows still name the old ones."""
    one = pick(chance, of(root, "subProcess", "transaction", "adHocSubProcess"))
    if one is None:
        return None
    copy = deepcopy(one)
    flows = of(copy, "sequenceFlow")
    copied = [each for each in copy.iter(f"{{{BPMN}}}*") if each.get("id")]
    for each in copied:
        each.set("id", f"{each.get('id')}-copy")
    for each in of(copy, "incoming", "outgoing"):
        each.text = f"{each.text}-copy"
    if not flows:
        return None
    one.addnext(copy)
    return Broken("a sub-process pasted by half", frozenset(each.get("id") for each in copied))


def half_drawn(root: Xml, chance: Random) -> Broken | None:
    """The picture lacks elements, or shows some that are not there: that changes nothing."""
    plane = pick(chance, list(root.iter(f"{{{_DI}}}BPMNPlane")))
    if plane is None:
        diagram = root.makeelement(f"{{{_DI}}}BPMNDiagram", {"id": "picture"})
        plane = root.makeelement(f"{{{_DI}}}BPMNPlane", {"id": "plane", "bpmnElement": "nothing"})
        diagram.append(plane)
        root.append(diagram)
    elif chance.randrange(2):
        plane.getparent().getparent().remove(plane.getparent())
        return Broken("no picture", harmless=True)
    for shape in [one for one in plane if chance.randrange(2)]:
        plane.remove(shape)
    shown = chance.choice(("gone", "", "ghost"))
    ghost = root.makeelement(f"{{{_DI}}}BPMNShape", {"id": "ghost", "bpmnElement": shown})
    ghost.append(root.makeelement(f"{{{_DC}}}Bounds", {"x": "here", "y": "-1", "width": "", "height": "NaN"}))
    plane.append(ghost)
    return Broken("half a picture", harmless=True)


def beside_the_way(root: Xml, chance: Random) -> Broken | None:
    """Notes, groups, pools, lanes and data, which do nothing."""
    process, kind = of(root, "process")[0], chance.choice(("textAnnotation", "group", "dataObject", "pool"))
    if kind == "pool":
        if of(root, "collaboration"):
            return None
        pools = root.makeelement(f"{{{BPMN}}}collaboration", {"id": "together"})
        ours, theirs = ({"id": "ours", "processRef": process.get("id", "")}, {"id": "theirs", "name": "Citizen"})
        pools.extend(root.makeelement(f"{{{BPMN}}}participant", one) for one in (ours, theirs))
        root.insert(0, pools)
        return Broken("a pool", harmless=True)
    process.append(root.makeelement(f"{{{BPMN}}}{kind}", {"id": f"beside-{len(process)}"}))
    return Broken(f"a {kind}", harmless=True)


def itself(root: Xml, chance: Random) -> Broken | None:
    """An element refers to itself."""
    events = of(root, "boundaryEvent")
    if events and chance.randrange(2):
        one = chance.choice(events)
        one.set("attachedToRef", one.get("id"))
        return Broken("on its own border", frozenset({one.get("id")}))
    one = chance.choice(nodes(root))
    key = chance.choice(("default", "messageRef", "attachedToRef", "calledElement"))
    one.set(key, one.get("id"))
    return Broken(f"its {key} is itself", sure=False)


def at_the_wrong_element(root: Xml, chance: Random) -> Broken | None:
    """An extension where nothing reads it: told at least."""
    name = chance.choice(sorted(_NO_HOST))
    one = pick(chance, [one for one in of(root, *_NO_HOST[name]) if name_of(owner(one)) in NODES])
    if one is None:
        return None
    _extensions(one).append(one.makeelement(f"{{{ZEEBE}}}{name}"))
    return Broken(f"a {name} at a {name_of(one)}", frozenset({one.get("id")}), sure=False, told=True)


def wrong_parent(root: Xml, chance: Random) -> Broken | None:
    """An element outside of its process, or in what holds none."""
    one = chance.choice([one for one in nodes(root) if name_of(one) not in EVENTS] or nodes(root))
    parents = [root, *of(root, "laneSet", "extensionElements", "sequenceFlow", *GATEWAYS)]
    to = chance.choice([to for to in parents if one not in (to, *to.iterancestors())] or [root])
    to.append(one)
    return Broken(f"a {name_of(one)} in a {name_of(to)}", sure=False)


def another_language(root: Xml, chance: Random) -> Broken | None:
    """A condition in a language that is not FEEL."""
    one = pick(chance, of(root, "conditionExpression"))
    if one is None:
        return None
    language, text = chance.choice((("groovy", "a > 1"), ("javascript", "${a}"), ("http://www.java.com/java", "a;")))
    one.set("language", language)
    one.text = text
    return Broken(f"a condition in {language}", frozenset({one.getparent().get("id")}))


EVERY = (
    *(empty_attributes, no_flag, odd_id, id_of_another, pasted, half_drawn, beside_the_way, itself),
    *(at_the_wrong_element, wrong_parent, another_language),
)
