"""The blocks of random processes in which something fails or is undone."""

from __future__ import annotations

from collections import Counter

from tests.diagrams import Node, body, event, event_sub_process, job, user
from tests.random_processes import activities, blocks
from tests.random_processes.drawing import ERRORS, ESCALATIONS, Block, Drawing, Scope, both


def undone(drawing: Drawing, scope: Scope, depth: int) -> Block:
    """An activity that is done and, after something else, compensated."""
    done, border, undo, throw = (drawing.new(kind) for kind in ("do", "undone", "undo", "compensate"))
    scope.add(job(done, "do") if drawing.likely(50) else user(done))
    scope.add(Node("boundaryEvent", border, "", "<bpmn:compensateEventDefinition />", attachedToRef=done))
    scope.add(Node("userTask", undo, "<zeebe:userTask />", isForCompensation="true"))
    scope.beside += f'<bpmn:association id="{undo}-of" sourceRef="{border}" targetRef="{undo}" />'
    way = blocks.sequence(drawing, scope, depth + 1)
    named = f' activityRef="{done}"' if drawing.likely(60) else ""
    scope.add(Node("intermediateThrowEvent", throw, "", f"<bpmn:compensateEventDefinition{named} />"))
    scope.join(done, way.first)
    scope.join(way.last, throw)
    # Without a name, all that was done before is undone too.
    passed = both(way.passed, Counter([done, border, undo, throw])) if named else None
    return Block(done, throw, passed)


def failing(drawing: Drawing, scope: Scope, depth: int) -> Block:
    """A sub-process that throws an error or escalation, caught on its border or inside of it."""
    sub, begin, fail, border = (drawing.new(kind) for kind in ("sub", "begin", "fail", "border"))
    what, is_inside = drawing.chance.choice(("error", "escalation")), drawing.likely(40)
    code = drawing.chance.choice(ERRORS if what == "error" else ESCALATIONS)
    inner = Scope()
    inner.add(Node("startEvent", begin))
    work = activities.task(drawing, inner)
    inner.join(begin, work.first)
    inner.join(work.last, inner.add(event("endEvent", fail, what, code)))
    merge, after = drawing.new("merged"), drawing.new("after")
    passed: Counter[str] = Counter([begin, work.first, merge, border, after])
    if is_inside:
        caught = event("startEvent", border, what, code)
        inner.add(event_sub_process(f"{border}-esp", caught, Node("task", after)))
        passed += Counter([sub, f"{border}-esp", f"{border}-esp-end"])
    scope.add(Node("subProcess", sub, "", body(inner.nodes, inner.flows, f"{sub}-f")))
    scope.add(Node("exclusiveGateway", merge))
    scope.join(sub, merge)
    if not is_inside:
        scope.add(event("boundaryEvent", border, what, code, attachedToRef=sub))
        scope.add(Node("task", after))
        scope.join(border, after)
        scope.join(after, merge)
    return Block(sub, merge, passed)
