"""The blocks of random processes in which something fails or is undone."""

from __future__ import annotations

from collections import Counter

from tests.diagrams import Node, event, event_sub_process, job, user
from tests.random_processes import activities, blocks
from tests.random_processes.drawing import ERRORS, ESCALATIONS, Block, Drawing, Scope, both


def undone(drawing: Drawing, scope: Scope, depth: int) -> Block:
    """An activity that is done and, after something else, compensated."""
    done, passed = _compensable(drawing, scope)
    throw = drawing.new("compensate")
    way = blocks.sequence(drawing, scope, depth + 1)
    named = f' activityRef="{done}"' if drawing.likely(60) else ""
    scope.add(Node("intermediateThrowEvent", throw, "", f"<bpmn:compensateEventDefinition{named} />"))
    scope.join(done, way.first)
    scope.join(way.last, throw)
    # Without a name, all that was done before is undone too.
    return Block(done, throw, both(way.passed, passed, Counter([throw])) if named else None)


def failing(drawing: Drawing, scope: Scope, depth: int) -> Block:
    """A sub-process that throws an error or escalation, caught on its border or inside; or a transaction cancelled."""
    sub, begin, fail, border, merge, after = (
        drawing.new(kind) for kind in ("sub", "begin", "fail", "border", "merged", "after")
    )
    what = drawing.chance.choice(("error", "escalation", "cancel"))
    is_inside = what != "cancel" and drawing.likely(40)
    code = {"error": drawing.chance.choice(ERRORS), "escalation": drawing.chance.choice(ESCALATIONS)}.get(what, "")
    inner = Scope()
    inner.add(Node("startEvent", begin))
    passed = Counter([begin, border, after, merge])
    if what == "cancel":
        work, undoing = _compensable(drawing, inner)
        passed += undoing + Counter([fail])
    else:
        work = activities.task(drawing, inner).first
        passed += Counter([work])
    inner.join(begin, work)
    inner.join(work, inner.add(event("endEvent", fail, what, code)))
    if is_inside:
        caught = event("startEvent", border, what, code)
        inner.add(event_sub_process(f"{border}-esp", caught, Node("task", after)))
        passed += Counter([sub, f"{border}-esp", f"{border}-esp-end"])
    kind = "transaction" if what == "cancel" else "subProcess"
    scope.add(Node(kind, sub, "", drawing.inside(inner, f"{sub}-f")))
    scope.add(Node("exclusiveGateway", merge))
    scope.join(sub, merge)
    if not is_inside:
        scope.add(event("boundaryEvent", border, what, code, attachedToRef=sub))
        scope.add(Node("task", after))
        scope.join(border, after)
        scope.join(after, merge)
    return Block(sub, merge, passed)


def _compensable(drawing: Drawing, scope: Scope) -> tuple[str, Counter[str]]:
    """A task with one that undoes it; its id, and what is passed when it was done and undone."""
    done, border, undo = (drawing.new(kind) for kind in ("do", "undone", "undo"))
    scope.add(job(done, "do") if drawing.likely(50) else user(done))
    scope.add(Node("boundaryEvent", border, "", "<bpmn:compensateEventDefinition />", attachedToRef=done))
    scope.add(Node("userTask", undo, "<zeebe:userTask />", isForCompensation="true"))
    scope.beside += f'<bpmn:association id="{undo}-of" sourceRef="{border}" targetRef="{undo}" />'
    return done, Counter([done, border, undo])
