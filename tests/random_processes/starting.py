"""Other ways than the first in which a random process begins."""

from __future__ import annotations

from collections import Counter

from tests.diagrams import Node, conditional, event, message, timer
from tests.random_processes.drawing import BEGUN, Block, Drawing, Scope, both


def begun_otherwise(drawing: Drawing, scope: Scope, inner: Block) -> Block:
    """Start events of other kinds before a block; a timer's comes with no variables."""
    merge = scope.add(Node("exclusiveGateway", drawing.new("merged")))
    for kind in ("message", "signal", "conditional", "timer"):
        if drawing.likely(40):
            id_ = drawing.new("begin")
            drawing.begins[id_] = kind
            scope.add(_start(kind, id_))
            scope.join(id_, merge)
    scope.join(merge, inner.first)
    return Block(merge, inner.last, both(inner.passed, Counter([merge])))


def _start(kind: str, id_: str) -> Node:
    match kind:
        case "message":
            return message("startEvent", id_, f"{BEGUN}-message")
        case "signal":
            return event("startEvent", id_, "signal", f"{BEGUN}-signal")
        case "conditional":
            return conditional("startEvent", id_, f"{BEGUN} = true")
    return timer("startEvent", id_, "R1/PT1H", "timeCycle")
