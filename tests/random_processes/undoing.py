"""The blocks of random processes in which something fails or is undone."""

from __future__ import annotations

from collections import Counter

from tests.diagrams import Node, event, event_sub_process, job, user
from tests.random_processes import activities, blocks, repeating
from tests.random_processes.drawing import ERRORS, ESCALATIONS, Block, Drawing, Passed, Scope, both


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
    passed: Passed = Counter([begin, border, after, merge])
    if what == "cancel":
        work, undoing = _compensable(drawing, inner)
        passed = both(passed, undoing, Counter([fail]))
    else:
        work = activities.task(drawing, inner).first
        passed = both(passed, Counter([work]))
    inner.join(begin, work)
    inner.join(work, inner.add(event("endEvent", fail, what, code)))
    if is_inside:
        caught = event("startEvent", border, what, code)
        inner.add(event_sub_process(f"{border}-esp", caught, Node("task", after)))
        passed = both(passed, Counter([sub, f"{border}-esp", f"{border}-esp-end"]))
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


def _compensable(drawing: Drawing, scope: Scope) -> tuple[str, Passed]:
    """A task with one that undoes it; its id, and what is passed when it was done and undone."""
    done, border, undo = (drawing.new(kind) for kind in ("do", "undone", "undo"))
    work, undoing = (job(done, "do") if drawing.likely(50) else user(done)), user(undo, isForCompensation="true")
    passed: Passed = Counter([done, border, undo])
    if drawing.likely(25):
        # It is undone once when all are done, unless there is none.
        work, number = repeating.for_many(drawing, work)
        passed = Counter({done: number + 1, border: 1, undo: 1}) if number else None
    if drawing.likely(15):
        undoing, number = repeating.for_many(drawing, undoing)
        passed = None if passed is None or number is None else passed + Counter({undo: number})
    scope.add(work)
    scope.add(Node("boundaryEvent", border, "", "<bpmn:compensateEventDefinition />", attachedToRef=done))
    scope.add(undoing)
    scope.beside += f'<bpmn:association id="{undo}-of" sourceRef="{border}" targetRef="{undo}" />'
    return done, passed
