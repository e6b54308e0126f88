"""The activities of random processes, with what happens on their borders and beside them."""

from __future__ import annotations

from collections import Counter

from tests.diagrams import (
    Node,
    conditional,
    end,
    event,
    event_sub_process,
    job,
    mapping,
    message,
    script,
    timer,
    user,
)
from tests.random_processes import blocks
from tests.random_processes.drawing import (
    DECISION,
    ERRORS,
    ESCALATIONS,
    MESSAGES,
    RESULTS,
    SIGNALS,
    Block,
    Drawing,
    Passed,
    Scope,
    both,
)

# Which events can happen on the border of a kind of activity.
_ON_BORDER = {
    "user": ("timer", "message", "signal", "conditional"),
    "receive": ("timer", "signal", "conditional"),
    "job": ("timer", "message", "signal", "conditional", "error"),
    "sub": ("timer", "message", "signal", "conditional", "error", "escalation"),
}


def task(drawing: Drawing, scope: Scope, depth: int = 0) -> Block:
    node, _, _ = one_task(drawing)
    scope.add(node)
    return Block(node.id, node.id, Counter({node.id: 1}))


def bordered(drawing: Drawing, scope: Scope, depth: int) -> Block:
    """A task, perhaps with events on its border."""
    node, kind, passed = one_task(drawing)
    return with_border(drawing, scope, depth, node, kind, passed)


def sub_process(drawing: Drawing, scope: Scope, depth: int) -> Block:
    node, passed = inner(drawing, depth)
    return with_border(drawing, scope, depth, node, "sub", passed)


def beside(drawing: Drawing, scope: Scope) -> None:
    """Event sub-processes in a process or sub-process."""
    for kind in ("timer", "message", "signal", "conditional", "error", "escalation"):
        if drawing.likely(6):
            id_, begin = drawing.new("esp"), drawing.new("happened")
            interrupts = kind == "error" or drawing.likely(50)
            node = _event(drawing, "startEvent", begin, kind, interrupts)
            work = one_task(drawing, calls=False)[0]
            scope.add(event_sub_process(id_, node, work))


def one_task(drawing: Drawing, *, calls: bool = True) -> tuple[Node, str, Passed]:
    """A task, the kind of its border, and what a calm run passes in it."""
    kinds = ["user", "user", "service", "service", "send", "script", "rule", "manual", "task", "receive", "script-job"]
    kind = drawing.chance.choice(kinds + ["call"] * (3 if calls and drawing.can_call else 0))
    id_ = drawing.new(kind)
    number = id_.split("-")[-1]
    more = ""
    if drawing.likely(30):
        more = mapping({f"in{number}": "a + 1"}, {f"out{number}": f"in{number} * 2"})
    border, passed = "", Counter({id_: 1})
    match kind:
        case "user" | "service" if drawing.likely(4):
            needed = drawing.need(f"type{number}", f"work{number}")
            node, border = job(id_, f"={needed}", more), "job"
        case "user":
            node, border = user(id_, more=more), "user"
        case "service":
            node, border = job(id_, more=more), "job"
        case "send":
            node, border = job(id_, "told", more, "sendTask"), "job"
        case "script-job":
            node, border = job(id_, "scripted", more, "scriptTask"), "job"
        case "script":
            node = script(id_, "a + b", f"sum{number}")
        case "rule":
            called = f'<zeebe:calledDecision decisionId="{DECISION}" resultVariable="grade{number}" />'
            node = Node("businessRuleTask", id_, called + more)
        case "receive":
            node, border = Node("receiveTask", id_, messageRef=drawing.chance.choice(MESSAGES)), "receive"
        case "call":
            called = f'<zeebe:calledElement processId="{blocks.called(drawing)}" />'
            node, border = Node("callActivity", id_, called + more), "sub"
        case _:
            node = Node("manualTask" if kind == "manual" else "task", id_)
    return node, border, passed


def inner(drawing: Drawing, depth: int) -> tuple[Node, Passed]:
    id_, scope = drawing.new("sub"), Scope()
    passed = blocks.filled(drawing, scope, depth + 1)
    # A loop inside counts for itself, however often the sub-process is done at once.
    more = mapping(dict.fromkeys(scope.counters, "0")) if scope.counters else ""
    kind = "transaction" if drawing.likely(20) else "subProcess"
    return Node(kind, id_, more, drawing.inside(scope, f"{id_}-f")), both(passed, Counter({id_: 1}))


def with_border(drawing: Drawing, scope: Scope, depth: int, node: Node, border: str, passed: Passed) -> Block:
    scope.add(node)
    kinds = [kind for kind in _ON_BORDER.get(border, ()) if drawing.likely(20)]
    if not kinds:
        return Block(node.id, node.id, passed)
    merge = scope.add(Node("exclusiveGateway", drawing.new("merged")))
    scope.join(node.id, merge)
    for kind in kinds:
        id_ = drawing.new("border")
        interrupts = kind == "error" or drawing.likely(50)
        scope.add(_event(drawing, "boundaryEvent", id_, kind, interrupts, attachedToRef=node.id))
        way = blocks.block(drawing, scope, depth + 1)
        scope.join(id_, way.first)
        if interrupts:
            scope.join(way.last, merge)
        else:
            aside = drawing.new("aside")
            scope.join(way.last, scope.add(end(aside) if scope.has_ends else Node("task", aside)))
    return Block(node.id, merge, both(passed, Counter({merge: 1})))


def _event(drawing: Drawing, kind: str, id_: str, definition: str, interrupts: bool, **attributes: str) -> Node:
    attributes["isInterrupting" if kind == "startEvent" else "cancelActivity"] = str(interrupts).lower()
    choice = drawing.chance.choice
    match definition:
        case "timer" if drawing.likely(5):
            needed = drawing.need(f"time{id_.split('-')[1]}", "PT3H")
            return timer(kind, id_, f"={needed}", **attributes)
        case "timer" if not interrupts and drawing.likely(50):
            return timer(kind, id_, f"R{drawing.chance.randrange(1, 4)}/PT2H", "timeCycle", **attributes)
        case "timer":
            return timer(kind, id_, f"PT{drawing.chance.randrange(1, 9)}H", **attributes)
        case "message":
            return message(kind, id_, choice(MESSAGES), **attributes)
        case "conditional":
            return conditional(kind, id_, f"{choice(RESULTS)} > {drawing.chance.randrange(3, 8)}", **attributes)
    names = {"signal": SIGNALS, "error": (*ERRORS, ""), "escalation": (*ESCALATIONS, "")}[definition]
    return event(kind, id_, definition, choice(names), **attributes)
