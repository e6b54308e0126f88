"""The blocks of random processes: sequences, gateways, loops, events behind gateways, links."""

from __future__ import annotations

from collections import Counter
from random import Random

from tests.diagrams import Node, conditional, end, event, message, script, start, timer
from tests.random_processes import activities, choosing, repeating, starting, undoing
from tests.random_processes.drawing import (
    GIVEN,
    MESSAGES,
    SIGNALS,
    Block,
    Drawing,
    Passed,
    Scope,
    both,
    times,
)

DEPTH = 4


def draw(chance: Random) -> Drawing:
    """A random process with the values that it is to be started with."""
    drawing = Drawing(chance, {name: chance.randrange(6) for name in GIVEN})
    _whole(drawing)
    return drawing


def called(drawing: Drawing) -> str:
    """The id of the process that call activities call; it is drawn when it is asked for first."""
    if drawing.called is None:
        drawing.called = Drawing(drawing.chance, drawing.given, drawing.depth + 1)
        _whole(drawing.called)
    return drawing.called.id


def _whole(drawing: Drawing) -> None:
    scope = Scope(is_root=True)
    passed = filled(drawing, scope, 0)
    drawing.finish(scope, passed)


def filled(drawing: Drawing, scope: Scope, depth: int) -> Passed:
    """Draw the inside of a process or sub-process, from its start to its ends."""
    begin, finish = scope.add(start(drawing.new("begin"))), drawing.new("done")
    inner = sequence(drawing, scope, depth)
    if scope.is_root and drawing.depth == 0 and drawing.likely(30):
        inner = starting.begun_otherwise(drawing, scope, inner)
    scope.join(begin, inner.first)
    scope.join(inner.last, finish)
    kind, passed = _last(drawing, scope, finish), inner.passed
    if kind == "escalation":
        passed = None  # who catches it is not known here
    activities.beside(drawing, scope)
    return both(passed, Counter({begin: 1, finish: 1}))


def _last(drawing: Drawing, scope: Scope, id_: str) -> str:
    kind = drawing.chance.choice(("", "", "", "terminate", "signal", "escalation", "message"))
    if kind == "message":
        scope.add(Node("endEvent", id_, '<zeebe:taskDefinition type="told" />', "<bpmn:messageEventDefinition />"))
    elif kind == "signal":
        scope.add(event("endEvent", id_, "signal", drawing.chance.choice(SIGNALS)))
    elif kind == "escalation":
        scope.add(event("endEvent", id_, "escalation", drawing.chance.choice(("x1", "x2"))))
    elif kind == "terminate":
        scope.add(end(id_, "<bpmn:terminateEventDefinition />"))
    else:
        scope.add(end(id_))
    return kind


def sequence(drawing: Drawing, scope: Scope, depth: int) -> Block:
    wanted = drawing.chance.randrange(1, 4 if depth else 5)
    return scope.chain(*(block(drawing, scope, depth) for _ in range(wanted)))


def block(drawing: Drawing, scope: Scope, depth: int) -> Block:
    if depth >= DEPTH or drawing.is_large:
        return activities.task(drawing, scope)
    kinds = (
        *(activities.bordered,) * 4,
        *(caught, thrown, exclusive, inclusive, parallel, parallel, waiting, again, linked),
        *(activities.sub_process, repeating.many, repeating.many, repeating.looped, undoing.undone, undoing.failing),
        choosing.chosen,
    )
    return drawing.chance.choice(kinds)(drawing, scope, depth)


def caught(drawing: Drawing, scope: Scope, depth: int) -> Block:
    id_ = drawing.new("catch")
    scope.add(_catching(drawing, id_, drawing.chance.choice(("message", "timer", "signal", "conditional"))))
    return Block(id_, id_, Counter({id_: 1}))


def thrown(drawing: Drawing, scope: Scope, depth: int) -> Block:
    id_, kind = drawing.new("throw"), drawing.chance.choice(("", "message", "signal", "escalation"))
    if kind == "message":
        job = '<zeebe:taskDefinition type="told" />'
        scope.add(Node("intermediateThrowEvent", id_, job, "<bpmn:messageEventDefinition />"))
    elif kind:
        name = drawing.chance.choice(SIGNALS if kind == "signal" else ("x1", "x2"))
        scope.add(event("intermediateThrowEvent", id_, kind, name))
    else:
        scope.add(Node("intermediateThrowEvent", id_))
    return Block(id_, id_, None if kind == "escalation" else Counter({id_: 1}))


def exclusive(drawing: Drawing, scope: Scope, depth: int) -> Block:
    split, join = drawing.new("which"), drawing.new("joined")
    scope.add(Node("exclusiveGateway", split))
    scope.add(Node("exclusiveGateway", join))
    ways = [sequence(drawing, scope, depth + 1) for _ in range(drawing.chance.randrange(2, 4))]
    taken: Passed = None
    chosen = False
    for way in ways[:-1]:
        condition, holds = drawing.condition()
        if drawing.likely(5):
            condition = drawing.need(f"is{way.first.split('-')[1]}", holds)
        scope.join(split, way.first, f" if {condition}")
        if holds and not chosen:
            taken, chosen = way.passed, True
    scope.join(split, ways[-1].first, " default")
    if not chosen:
        taken = ways[-1].passed
    for way in ways:
        scope.join(way.last, join)
    return Block(split, join, both(taken, Counter({split: 1, join: 1})))


def inclusive(drawing: Drawing, scope: Scope, depth: int) -> Block:
    split, join = drawing.new("any"), drawing.new("joined")
    scope.add(Node("inclusiveGateway", split))
    scope.add(Node("inclusiveGateway", join))
    ways = [sequence(drawing, scope, depth + 1) for _ in range(drawing.chance.randrange(2, 4))]
    taken: list[Passed] = []
    for way in ways[:-1]:
        condition, holds = drawing.condition()
        scope.join(split, way.first, f" if {condition}")
        if holds:
            taken.append(way.passed)
    scope.join(split, ways[-1].first, " default")
    for way in ways:
        scope.join(way.last, join)
    return Block(split, join, both(*(taken or [ways[-1].passed]), Counter({split: 1, join: 1})))


def parallel(drawing: Drawing, scope: Scope, depth: int) -> Block:
    split, join = drawing.new("all"), drawing.new("joined")
    scope.add(Node("parallelGateway", split))
    scope.add(Node("parallelGateway", join))
    ways = [sequence(drawing, scope, depth + 1) for _ in range(drawing.chance.randrange(2, 4))]
    for way in ways:
        scope.join(split, way.first)
        scope.join(way.last, join)
    return Block(split, join, both(*(way.passed for way in ways), Counter({split: 1, join: 1})))


def waiting(drawing: Drawing, scope: Scope, depth: int) -> Block:
    """An event-based gateway."""
    gateway, join = drawing.new("first"), drawing.new("joined")
    scope.add(Node("eventBasedGateway", gateway))
    scope.add(Node("exclusiveGateway", join))
    kinds = ["message", "timer", "signal", "receive", "conditional"]
    drawing.chance.shuffle(kinds)
    names = list(MESSAGES)
    taken: Passed = None
    for number, kind in enumerate(kinds[: drawing.chance.randrange(2, 4)]):
        id_ = drawing.new("catch")
        scope.add(_catching(drawing, id_, kind, names.pop() if kind in ("message", "receive") else ""))
        way = sequence(drawing, scope, depth + 1)
        scope.join(gateway, id_)
        scope.join(id_, way.first)
        scope.join(way.last, join)
        if number > 0 and kind == "conditional":
            drawing.other_gates.append(drawing.gates.pop(drawing.gates.index(f"go{id_.split('-')[1]}")))
        if number == 0:
            drawing.first_choices.add(id_)
            taken = both(way.passed, Counter({id_: 1}))
    return Block(gateway, join, both(taken, Counter({gateway: 1, join: 1})))


def again(drawing: Drawing, scope: Scope, depth: int) -> Block:
    """A loop that is gone through one to three times."""
    zero, into, count, more = (drawing.new(kind) for kind in ("zero", "into", "count", "more"))
    rounds, variable = drawing.chance.randrange(1, 4), f"n{count.split('-')[1]}"
    scope.counters.append(variable)
    scope.add(script(zero, "0", variable))
    scope.add(Node("exclusiveGateway", into))
    way = sequence(drawing, scope, depth + 1)
    scope.add(script(count, f"{variable} + 1", variable))
    scope.add(Node("exclusiveGateway", more))
    for source, target in ((zero, into), (into, way.first), (way.last, count), (count, more)):
        scope.join(source, target)
    scope.join(more, into, f" if {variable} < {rounds}")
    after = scope.add(Node("manualTask", drawing.new("after")))
    scope.join(more, after, " default")
    round_ = both(way.passed, Counter({into: 1, count: 1, more: 1}))
    return Block(zero, after, both(times(round_, rounds), Counter({zero: 1, after: 1})))


def linked(drawing: Drawing, scope: Scope, depth: int) -> Block:
    before, after = sequence(drawing, scope, depth + 1), sequence(drawing, scope, depth + 1)
    thrower, catcher = drawing.new("leave"), drawing.new("arrive")
    scope.add(event("intermediateThrowEvent", thrower, "link", catcher))
    scope.add(event("intermediateCatchEvent", catcher, "link", catcher))
    scope.join(before.last, thrower)
    scope.join(catcher, after.first)
    return Block(before.first, after.last, both(before.passed, after.passed, Counter({thrower: 1, catcher: 1})))


def _catching(drawing: Drawing, id_: str, kind: str, name: str = "") -> Node:
    if kind == "conditional":
        gate = f"go{id_.split('-')[1]}"
        drawing.gates.append(gate)
        return conditional("intermediateCatchEvent", id_, f"{gate} = true")
    if kind == "receive":
        return Node("receiveTask", id_, messageRef=name or drawing.chance.choice(MESSAGES))
    if kind == "message":
        return message("intermediateCatchEvent", id_, name or drawing.chance.choice(MESSAGES))
    if kind == "signal":
        return event("intermediateCatchEvent", id_, "signal", drawing.chance.choice(SIGNALS))
    return timer("intermediateCatchEvent", id_, f"PT{drawing.chance.randrange(1, 9)}H")
