"""Ids, references and expressions are broken."""

from __future__ import annotations

from random import Random

from service.bpmn.vocabulary import BPMN, EVENTS, GATEWAYS, NODES, name_of, space_of
from tests.broken_diagrams.shapes import NOWHERE, Broken, Xml, around, extended, nodes, of, owner, pick

NO_FEEL = ("=a >", "=[1,", "=if a then", '="', "=not(", "=for x return", "=}")


# Ids and references ---------------------------------------------------------------------------------------------


def no_id(root: Xml, chance: Random) -> Broken | None:
    one = chance.choice(nodes(root))
    id_ = one.attrib.pop("id")
    return Broken("no id", frozenset({"", name_of(one), "eventSubProcess", id_, *around(root, id_)}))


def another_id(root: Xml, chance: Random) -> Broken | None:
    one = pick(chance, [one for one in nodes(root) if around(root, one.get("id"))])
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
    one, end = pick(chance, of(root, "sequenceFlow")), chance.choice(("sourceRef", "targetRef"))
    if one is None:
        return None
    if chance.randrange(2):
        one.set(end, f"{NOWHERE}-either")  # another element may be called so by now
    else:
        one.attrib.pop(end)
    return Broken(f"a flow without {end}", frozenset({one.get("id")}))


def another_default(root: Xml, chance: Random) -> Broken | None:
    one = pick(chance, [one for one in of(root, *GATEWAYS) if one.get("default")])
    if one is None:
        return None
    one.set("default", NOWHERE)
    return Broken("a default that is not there", frozenset({one.get("id"), *around(root, one.get("id"))}))


def another_host(root: Xml, chance: Random) -> Broken | None:
    one = pick(chance, of(root, "boundaryEvent"))
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
    return Broken(f"{kind} to nowhere", frozenset({owner(one).get("id")}))


def no_definition(root: Xml, chance: Random) -> Broken | None:
    """What an event refers to is taken away from the file."""
    one = pick(chance, of(root, "message", "signal", "error", "escalation"))
    if one is None:
        return None
    kind, id_ = f"{name_of(one)}Ref", one.get("id")
    users = frozenset(
        owner(other).get("id") for other in root.iter() if space_of(other) == BPMN and other.get(kind) == id_
    )
    one.getparent().remove(one)
    return Broken(f"no {kind}", users, sure=bool(users))


def called(root: Xml, chance: Random) -> Broken | None:
    """A process, decision or form that is not there."""
    keys = {"calledElement": "processId", "calledDecision": "decisionId", "formDefinition": "formId"}
    one, id_ = extended(chance, root, *keys)
    if one is None:
        return None
    one.set(keys[name_of(one)], chance.choice((NOWHERE, "")))
    return Broken(f"a {name_of(one)} to nowhere", frozenset({id_}))


# Expressions ----------------------------------------------------------------------------------------------------


def no_feel(root: Xml, chance: Random) -> Broken | None:
    found = [one for one in root.iter() if isinstance(one.tag, str) and (one.text or "").strip().startswith("=")]
    attributes = [(one, key) for one in root.iter() for key, value in one.attrib.items() if value.startswith("=")]
    attributes = [(one, key) for one, key in attributes if name_of(owner(one)) in NODES]
    if found and chance.randrange(2):
        one = chance.choice(found)
        one.text = chance.choice(NO_FEEL)
        flow = one.getparent()
        holder = flow if name_of(flow) == "sequenceFlow" else owner(one)
        return Broken("no FEEL", frozenset({holder.get("id")}))
    if not attributes:
        return None
    one, key = chance.choice(attributes)
    one.set(key, chance.choice(NO_FEEL))
    return Broken(f"no FEEL in {key}", frozenset({owner(one).get("id")}))


def no_condition(root: Xml, chance: Random) -> Broken | None:
    one = pick(chance, of(root, "conditionExpression"))
    if one is None:
        return None
    flow = one.getparent()
    flow.remove(one)
    return Broken("no condition", frozenset({flow.get("id"), flow.get("sourceRef")}), sure=False)


def no_time(root: Xml, chance: Random) -> Broken | None:
    one = pick(chance, of(root, "timeDuration", "timeDate", "timeCycle"))
    if one is None:
        return None
    one.text = chance.choice(
        ("", "in five days", "P", "PT", "R/", "R5/", "5 minutes", "0 0 25 * * *", "2026-13-01T00:00:00Z")
    )
    return Broken(f"the time “{one.text}”", frozenset({owner(one).get("id")}))


def mapping(root: Xml, chance: Random) -> Broken | None:
    one, id_ = extended(chance, root, "input", "output")
    if one is None:
        return None
    key, value = chance.choice((("target", "1 x"), ("target", "")))
    one.set(key, value)
    return Broken(f"a mapping with the {key} “{value}”", frozenset({id_}))


def no_extension(root: Xml, chance: Random) -> Broken | None:
    one, id_ = extended(chance, root, "taskDefinition", "script", "calledDecision", "calledElement")
    if one is None:
        return None
    one.getparent().remove(one)
    return Broken(f"no {name_of(one)}", frozenset({id_}))


def python(root: Xml, chance: Random) -> Broken | None:
    one = pick(chance, of(root, "scriptTask"))
    if one is None:
        return None
    for extensions in one.findall(f"{{{BPMN}}}extensionElements"):
        one.remove(extensions)
    script = one.makeelement(f"{{{BPMN}}}script")
    script.text = "import os; os.system('id')"
    one.append(script)
    return Broken("a script in Python", frozenset({one.get("id")}))
