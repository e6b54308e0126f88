"""Conditions, loops, listeners, transactions, computed names and second processes are broken."""

from __future__ import annotations

from copy import deepcopy
from random import Random

from service.bpmn.vocabulary import ACTIVITIES, BPMN, ZEEBE, name_of
from tests.broken_diagrams.references import NO_FEEL
from tests.broken_diagrams.shapes import Broken, Xml, extended, nodes, of, owner, pick

_COMPUTED = {"calledElement": "processId", "calledDecision": "decisionId", "taskDefinition": "type"}


def no_condition_to_wait_for(root: Xml, chance: Random) -> Broken | None:
    """A conditional event without its condition, or with one that is none."""
    one = pick(
        chance, [one for one in of(root, "condition") if name_of(one.getparent()) == "conditionalEventDefinition"]
    )
    if one is None:
        return None
    id_ = owner(one).get("id")
    if chance.randrange(2):
        one.getparent().remove(one)
    else:
        one.text = chance.choice(("", "a > 1", *NO_FEEL))
    return Broken("a conditional event without condition", frozenset({id_}))


def no_transaction(root: Xml, chance: Random) -> Broken | None:
    """A transaction becomes a mere sub-process: what cancels it cancels nothing."""
    one = pick(chance, of(root, "transaction"))
    if one is None:
        return None
    cancels = [owner(event) for event in of(root, "cancelEventDefinition")]
    mine = {
        event.get("id") for event in cancels if event.getparent() is one or event.get("attachedToRef") == one.get("id")
    }
    one.tag = f"{{{BPMN}}}subProcess"
    return Broken("a transaction is none", frozenset(mine), sure=bool(mine))


def cancelled_elsewhere(root: Xml, chance: Random) -> Broken | None:
    """A cancel event where there is no transaction."""
    outside = [one for one in of(root, "endEvent") if name_of(one.getparent()) != "transaction" and len(one) < 2]
    one = pick(chance, outside)
    if one is None:
        return None
    one.append(one.makeelement(f"{{{BPMN}}}cancelEventDefinition"))
    return Broken("a cancel end event outside", frozenset({one.get("id")}), sure=False)


def listener(root: Xml, chance: Random) -> Broken | None:
    one = pick(chance, of(root, *ACTIVITIES))
    if one is None:
        return None
    odd = chance.choice(
        (
            {"eventType": "sometimes", "type": "x"},
            {"eventType": "start"},
            {"eventType": "end", "type": "x", "retries": "many"},
            {"type": "x"},
            {"eventType": "start", "type": chance.choice(NO_FEEL)},
        )
    )
    extensions = one.find(f"{{{BPMN}}}extensionElements")
    if extensions is None:
        extensions = one.makeelement(f"{{{BPMN}}}extensionElements")
        one.insert(0, extensions)
    listeners = one.makeelement(f"{{{ZEEBE}}}executionListeners")
    listeners.append(one.makeelement(f"{{{ZEEBE}}}executionListener", odd))
    extensions.append(listeners)
    return Broken(f"the listener {odd}", frozenset({one.get("id")}))


def standard_loop(root: Xml, chance: Random) -> Broken | None:
    """An activity is done again by a loop that is wrong."""
    simple = [
        one for one in of(root, *ACTIVITIES) if not any(name_of(child).endswith("Characteristics") for child in one)
    ]
    one = pick(chance, simple)
    if one is None:
        return None
    loop = one.makeelement(f"{{{BPMN}}}standardLoopCharacteristics")
    what = chance.choice(("maximum", "condition", "two"))
    if what == "maximum":
        loop.set("loopMaximum", chance.choice(("0", "-1", "many", "1.5")))
    elif what == "condition":
        condition = one.makeelement(f"{{{BPMN}}}loopCondition")
        condition.text = chance.choice(NO_FEEL)
        loop.append(condition)
    else:
        one.append(deepcopy(loop))
    one.append(loop)
    return Broken(f"a loop with wrong {what}", frozenset({one.get("id")}))


def second_process(root: Xml, chance: Random) -> Broken | None:
    """The process once more in the same file, with the same ids."""
    one = of(root, "process")[0]
    again = deepcopy(one)
    if chance.randrange(2):
        again.set("id", f"{one.get('id')}-again")
    one.addnext(again)
    ids = {each.get("id") for each in one.iter() if isinstance(each.tag, str) and each.get("id")}
    return Broken("a process twice", frozenset({*ids, again.get("id")}))


def empty_process(root: Xml, chance: Random) -> Broken | None:
    one = of(root, "process")[-1]
    one.addnext(one.makeelement(f"{{{BPMN}}}process", {"id": "second", "isExecutable": "true"}))
    return Broken("a process of nothing", frozenset({"second"}))


def flow_between_processes(root: Xml, chance: Random) -> Broken | None:
    """A second process, to whose start a flow of the first one leads."""
    one = of(root, "process")[0]
    if not one.get("isExecutable"):
        return None  # what is not executed may be drawn anyhow
    second = one.makeelement(f"{{{BPMN}}}process", {"id": "second", "isExecutable": "true"})
    for name in ("startEvent", "endEvent"):
        second.append(one.makeelement(f"{{{BPMN}}}{name}", {"id": f"second-{name}"}))
    ends = {"sourceRef": "second-startEvent", "targetRef": "second-endEvent"}
    second.append(one.makeelement(f"{{{BPMN}}}sequenceFlow", {"id": "second-flow", **ends}))
    one.addnext(second)
    source = chance.choice([each for each in nodes(root) if each.getparent() is one])
    across = {"id": "across", "sourceRef": source.get("id"), "targetRef": "second-endEvent"}
    one.append(one.makeelement(f"{{{BPMN}}}sequenceFlow", across))
    return Broken("a flow into another process", frozenset({"across", source.get("id")}))


def only_flows(root: Xml, chance: Random) -> Broken | None:
    """No element names its flows: they name their ends, which is enough."""
    for one in of(root, "incoming", "outgoing"):
        one.getparent().remove(one)
    return Broken("no incoming or outgoing", sure=False)


def computed(root: Xml, chance: Random) -> Broken | None:
    """A name that is computed, by no FEEL or by FEEL that gives nothing."""
    one, id_ = extended(chance, root, *_COMPUTED)
    if one is None:
        return None
    text = chance.choice((*NO_FEEL, "=nothing.there", "=1", "=[]"))
    one.set(_COMPUTED[name_of(one)], text)
    return Broken(f"a {name_of(one)} of “{text}”", frozenset({id_}), sure=text in NO_FEEL)


def computed_name(root: Xml, chance: Random) -> Broken | None:
    """The name of a message or signal, or a code, that is no FEEL."""
    one = pick(chance, of(root, "message", "signal", "error", "escalation"))
    if one is None:
        return None
    kind, id_ = name_of(one), one.get("id")
    users = {
        owner(each).get("id") for each in root.iter() if isinstance(each.tag, str) and each.get(f"{kind}Ref") == id_
    }
    one.set(f"{kind}Code" if kind in ("error", "escalation") else "name", chance.choice(NO_FEEL))
    return Broken(f"no FEEL as name of a {kind}", frozenset({id_, *users}), sure=bool(users))
