"""However long a matter goes on, its state holds what is alive alone."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from service import bpmn
from service.bpmn import state
from service.errors import StuckError
from tests.costs import calls_of
from tests.diagrams import Node, body, conditional, diagram, each, end, script, start, timer, user

NOW = datetime(2026, 2, 10, 1, 0, tzinfo=UTC)


def context() -> bpmn.RunContext:
    def no_decision(reference: bpmn.Reference, variables: object) -> bpmn.DecisionOutcome:
        raise AssertionError(reference)

    return bpmn.RunContext(now=lambda: NOW, decide=no_decision)


def rounds(xml: bytes, number: int) -> list[bytes]:
    """The states before each round of a loop around the task `work`."""
    model = bpmn.read_model(xml, "loop.bpmn")
    run = bpmn.Run.start(model, {"text": "沿街路灯不亮" * 20}, context())
    states = []
    for _ in range(number):
        waits = run.advance()
        states.append(run.dump())
        run = bpmn.Run.restore(model, states[-1], context())
        [work] = [wait for wait in waits.items if wait.element_id == "work"]
        run.complete(work.id, {"more": True})
    return states


def tokens(dumped: bytes) -> int:
    return len(state.load(dumped)[2])


def loop(*extra: Node, flows: tuple[str, ...] = ()) -> bytes:
    nodes = [start(), user("work"), Node("exclusiveGateway", "again"), end(), *extra]
    back = ["begin -> work", "work -> again", "again -> work if more", "again -> done default"]
    return diagram("loop", nodes, [*back, *flows])


def late(number: int) -> Node:
    return timer(
        "boundaryEvent", f"late-{number}", f"P{number}D", attachedToRef="work", cancelActivity=str(number == 1).lower()
    )


def test_the_thousandth_round_of_a_loop_holds_what_the_first_one_held() -> None:
    states = rounds(loop(), 1_000)
    assert {tokens(one) for one in states} == {1}
    # The token's number grows, and the answer `more` came in the first round.
    assert len(states[-1]) - len(states[0]) < 30


def test_neither_do_boundary_timers_pile_up() -> None:
    timers = [late(number) for number in (1, 2, 3)]
    ends = [end(f"over-{number}") for number in (1, 2, 3)]
    xml = loop(*timers, *ends, flows=tuple(f"late-{number} -> over-{number}" for number in (1, 2, 3)))
    states = rounds(xml, 1_000)
    assert {tokens(one) for one in states} == {4}
    assert len(states[-1]) - len(states[0]) < 100


def test_neither_do_rounds_inside_of_a_sub_process() -> None:
    inner = (
        '<bpmn:startEvent id="inner-begin"><bpmn:outgoing>i1</bpmn:outgoing></bpmn:startEvent>'
        '<bpmn:endEvent id="inner-done"><bpmn:incoming>i1</bpmn:incoming></bpmn:endEvent>'
        '<bpmn:sequenceFlow id="i1" sourceRef="inner-begin" targetRef="inner-done" />'
    )
    nodes = [start(), user("work"), Node("subProcess", "check", inside=inner)]
    nodes += [Node("exclusiveGateway", "again"), end()]
    flows = ["begin -> work", "work -> check", "check -> again", "again -> work if more", "again -> done default"]
    assert {tokens(one) for one in rounds(diagram("loop", nodes, flows), 200)} == {1}


def test_a_thousand_reminders_beside_a_task_leave_one_timer() -> None:
    remind = timer("boundaryEvent", "remind", "R/PT1H", "timeCycle", attachedToRef="work", cancelActivity="false")
    xml = diagram(
        "p",
        [start(), user("work"), remind, end("reminded"), end()],
        ["begin -> work", "work -> done", "remind -> reminded"],
    )
    model = bpmn.read_model(xml, "p.bpmn")
    run = bpmn.Run.start(model, {}, context())
    sizes = set()
    for _ in range(1_000):
        [waiting] = [wait for wait in run.advance().items if wait.kind == "timer"]
        dumped = run.dump()
        sizes.add(tokens(dumped))
        run = bpmn.Run.restore(model, dumped, context())
        run.fire_timer(waiting.id)
    assert sizes == {2}


def test_ten_forks_and_joins_in_a_row_stand_at_one_pair_only() -> None:
    nodes, flows = [start()], ["begin -> fork-1"]
    for number in range(1, 11):
        nodes += [Node("parallelGateway", f"fork-{number}"), Node("parallelGateway", f"join-{number}")]
        nodes += [user(f"left-{number}"), user(f"right-{number}")]
        flows += [f"fork-{number} -> {side}-{number}" for side in ("left", "right")]
        flows += [f"{side}-{number} -> join-{number}" for side in ("left", "right")]
        flows.append(f"join-{number} -> " + (f"fork-{number + 1}" if number < 10 else "done"))
    model = bpmn.read_model(diagram("pairs", [*nodes, end()], flows), "pairs.bpmn")
    run = bpmn.Run.start(model, {}, context())
    for number in range(1, 11):
        waits = run.advance()
        assert sorted(wait.element_id for wait in waits.items) == [f"left-{number}", f"right-{number}"]
        dumped = run.dump()
        assert tokens(dumped) == 2
        run = bpmn.Run.restore(model, dumped, context())
        for wait in waits.items:
            run.complete(wait.id, {})
    assert run.advance().ended


def test_a_loop_that_does_not_wait_meets_no_limit_of_recursion() -> None:
    nodes = [start(), Node("scriptTask", "count", '<zeebe:script expression="=n + 1" resultVariable="n" />')]
    nodes += [Node("exclusiveGateway", "again"), end()]
    flows = ["begin -> count", "count -> again", "again -> count if n < 1500", "again -> done default"]
    model = bpmn.read_model(diagram("counting", nodes, flows), "count.bpmn")
    waits = bpmn.Run.start(model, {"n": 0}, context()).advance()
    assert waits.ended
    assert waits.variables["n"] == 1_500


def test_a_loop_that_never_waits_is_stopped_soon_also_beside_many_members() -> None:
    asked: list[object] = []

    def decide(reference: bpmn.Reference, variables: object) -> bpmn.DecisionOutcome:
        asked.append(reference)
        return bpmn.DecisionOutcome(1, {})

    called = '<zeebe:calledDecision decisionId="units" resultVariable="n" />'
    nodes = [start(), each(user("ask"), "members", member="one"), Node("businessRuleTask", "count", called)]
    nodes += [Node("exclusiveGateway", "again"), end()]
    flows = ["begin -> ask", "ask -> count", "count -> again", "again -> count if n > 0", "again -> done default"]
    model = bpmn.read_model(diagram("counting", nodes, flows), "count.bpmn")
    run = bpmn.Run.start(model, {"members": []}, bpmn.RunContext(now=lambda: NOW, decide=decide))
    with pytest.raises(StuckError, match="round and round"):
        run.advance()
    assert len(asked) <= 10_000


def test_many_members_are_no_loop() -> None:
    model = bpmn.read_model(
        diagram("p", [start(), each(user("ask"), "for i in 1..1000 return i"), end()], ["begin -> ask", "ask -> done"]),
        "p.bpmn",
    )
    run = bpmn.Run.start(model, {}, context())
    waits = run.advance()
    assert len(waits.items) == 1_000
    for wait in waits.items:
        run.complete(wait.id, {})
    assert run.advance().ended


def test_a_state_of_a_long_matter_stays_small() -> None:
    matter = {f"answer_{number}": "潍坊市奎文区东升路" * 5 for number in range(40)}
    model = bpmn.read_model(loop(late(2), end("over"), flows=("late-2 -> over",)), "loop.bpmn")
    run = bpmn.Run.start(model, matter, context())
    run.advance()
    assert len(run.dump()) < 8_192


def part(*nodes: Node, flows: list[str]) -> Node:
    return Node("subProcess", "part", "", body([start("in"), *nodes, end("out")], flows, "g"))


def pair(gateway: str, left: Node, right: Node, *more: Node, flows: tuple[str, ...] = ()) -> Node:
    condition = " if true" if gateway == "inclusiveGateway" else ""
    ways = [f"fork -> {one.id}{condition}" for one in (left, right)] + ["left -> join", "right -> join"]
    nodes = [Node(gateway, "fork"), Node(gateway, "join"), left, right, *more]
    return part(*nodes, flows=["in -> fork", *ways, "join -> out", *flows])


HIGH = conditional("boundaryEvent", "high", "level > unit", attachedToRef="ask", cancelActivity="false")
LATE = timer("boundaryEvent", "late", "PT1H", attachedToRef="ask")
MANY = {
    "parallel ways": pair("parallelGateway", script("left", "1", "x"), user("right")),
    "inclusive ways": pair("inclusiveGateway", script("left", "1", "x"), user("right")),
    "a condition": part(user("ask"), HIGH, end("told"), flows=["in -> ask", "ask -> out", "high -> told"]),
    "a timer": part(user("ask"), LATE, end("told"), flows=["in -> ask", "ask -> out", "late -> told"]),
    "members in members": part(each(user("ask"), "[1, 2]"), flows=["in -> ask", "ask -> out"]),
}


@pytest.mark.parametrize("kind", list(MANY))
def test_twice_as_many_members_are_twice_the_work(kind: str) -> None:
    model = bpmn.read_model(
        diagram("p", [start(), each(MANY[kind], "units", member="unit"), end()], ["begin -> part", "part -> done"]),
        "p.bpmn",
    )

    def play(number: int) -> None:
        run = bpmn.Run.start(model, {"units": list(range(number)), "level": 0}, context())
        waits = run.advance()
        run = bpmn.Run.restore(model, run.dump(), context())
        for wait in waits.items:
            if wait.kind == "user-task":
                run.complete(wait.id, {"level": 1})
        assert run.advance().ended

    play(1)  # what is made once and kept
    assert calls_of(lambda: play(200)) < 2.2 * calls_of(lambda: play(100))
