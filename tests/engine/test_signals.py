"""Signals reach all that wait for them and all processes that begin with them, in one transaction."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from service.engine import process_instances, signals
from service.errors import StuckError
from service.store.tables import signal_subscription
from tests.diagrams import Node, diagram, end, event, event_sub_process, mapping, script, start, user
from tests.engine.test_together import kinds, together
from tests.world import World

ROOT = '<bpmn:signal id="S" name="alarm" /><bpmn:signal id="F" name="=&quot;al&quot; + &quot;arm&quot;" />'
WAITS = diagram(
    "waits",
    [start(), event("intermediateCatchEvent", "heard", "signal", "S"), user("then"), end()],
    ["begin -> heard", "heard -> then", "then -> done"],
    root=ROOT,
)
BEGINS = diagram(
    "begins",
    [event("startEvent", "begin", "signal", "F"), user("work"), end()],
    ["begin -> work", "work -> done"],
    root=ROOT,
)
THROWS = diagram(
    "throws",
    [start(), user("first"), event("endEvent", "told", "signal", "S", mapping({"level": "x"}))],
    ["begin -> first", "first -> told"],
    root=ROOT,
)


def broadcast(world: World, name: str = "alarm", /, **variables: Any) -> int:
    with world.database.write() as connection:
        return signals.broadcast(connection, world.engine, name=name, variables=variables, by="web")


def subscribed(world: World) -> list[str]:
    with world.database.read() as connection:
        return sorted(connection.execute(select(signal_subscription.c.element_id)).scalars())


def test_a_signal_reaches_all_that_wait_for_it_and_starts_each_process_once(world: World) -> None:
    other = BEGINS.replace(b'id="begins"', b'id="other"')
    world.deploy(WAITS, BEGINS, other)
    waiting = [world.start("waits", x=n) for n in range(3)]
    broadcast(world, "another")
    broadcast(world, level=3)
    assert sorted(task["element_id"] for task in world.tasks()) == ["then", "then", "then", "work", "work"]
    assert [world.variables(key) for key in waiting] == [{"x": n, "level": 3} for n in range(3)]
    assert subscribed(world) == ["begin", "begin"]
    assert [one["kind"] for one in world.path(waiting[0]).events if one["element_id"] == "heard"] == ["signal-received"]


def test_a_signal_that_nobody_hears_is_gone(world: World) -> None:
    broadcast(world)
    world.deploy(WAITS)
    assert world.tasks(world.start("waits")) == []


def test_only_the_newest_version_begins_with_a_signal(world: World) -> None:
    world.deploy(BEGINS)
    world.deploy(BEGINS.replace(b"work", b"newer"))
    broadcast(world)
    assert [task["element_id"] for task in world.tasks()] == ["newer"]
    world.deploy(diagram("begins", [start(), user("silent"), end()], ["begin -> silent", "silent -> done"]))
    broadcast(world)
    assert (len(world.tasks()), subscribed(world)) == (1, [])


def test_a_thrown_signal_reaches_others_and_its_own_instance_in_the_same_step(world: World) -> None:
    thrown = event("intermediateThrowEvent", "told", "signal", "S", mapping({"level": "x"}))
    handler = event_sub_process(
        "hears", event("startEvent", "here", "signal", "S", isInterrupting="false"), user("own")
    )
    nodes = [start(), user("first"), thrown, user("last"), end(), handler]
    flows = ["begin -> first", "first -> told", "told -> last", "last -> done"]
    world.deploy(WAITS, BEGINS, diagram("both", nodes, flows, root=ROOT))
    waiting, throwing = world.start("waits"), world.start("both", x=7)
    [task] = world.tasks(throwing)
    world.complete(task["key"])
    assert sorted(one["element_id"] for one in world.tasks()) == ["last", "own", "then", "work"]
    assert world.variables(waiting)["level"] == world.variables(throwing)["level"] == 7


def test_a_signal_to_a_called_process_and_its_caller_reaches_both(world: World) -> None:
    called = '<zeebe:calledElement processId="waits" />'
    late = event("boundaryEvent", "late", "signal", "S", attachedToRef="call", cancelActivity="false")
    nodes = [start(), Node("callActivity", "call", called), late, user("urge"), end(), end("urged")]
    world.deploy(
        WAITS, diagram("caller", nodes, ["begin -> call", "call -> done", "late -> urge", "urge -> urged"], root=ROOT)
    )
    world.start("caller")
    broadcast(world)
    assert sorted(one["element_id"] for one in world.tasks()) == ["then", "urge"]
    for task in world.tasks():
        world.complete(task["key"])
    assert (world.count("ACTIVE"), world.count("COMPLETED"), subscribed(world)) == (0, 2, [])


def test_a_caller_that_a_signal_interrupts_ends_the_called_process_that_hears_it_too(world: World) -> None:
    called = '<zeebe:calledElement processId="waits" />'
    over = event("boundaryEvent", "over", "signal", "S", attachedToRef="call")
    nodes = [start(), Node("callActivity", "call", called), over, end(), end("gone")]
    world.deploy(WAITS, diagram("caller", nodes, ["begin -> call", "call -> done", "over -> gone"], root=ROOT))
    key = world.start("caller")
    broadcast(world)
    assert (world.instance(key)["state"], world.tasks(), subscribed(world)) == ("COMPLETED", [], [])


def test_one_that_is_stuck_after_a_signal_has_an_incident_and_the_others_go_on(world: World) -> None:
    gate = Node("exclusiveGateway", "which")
    nodes = [start(), event("intermediateCatchEvent", "heard", "signal", "S"), gate, end("a"), end()]
    flows = ["begin -> heard", "heard -> which", "which -> a if level > 1", "which -> done if not(level > 1)"]
    world.deploy(WAITS, diagram("chooses", nodes, flows, root=ROOT))
    stuck, fine = world.start("chooses"), world.start("waits")
    broadcast(world)
    assert [(one["instance_key"], one["element_id"]) for one in world.incidents()] == [(stuck, "which")]
    assert len(world.tasks(fine)) == 1
    world.mend(stuck, level=2)
    assert world.instance(stuck)["state"] == "COMPLETED"


def test_signals_that_call_each_other_forth_for_ever_are_stopped_and_leave_nothing(world: World) -> None:
    again = [
        event("startEvent", "begin", "signal", "S"),
        script("count", "1", "n"),
        event("endEvent", "told", "signal", "S"),
    ]
    world.deploy(THROWS, diagram("circle", again, ["begin -> count", "count -> told"], root=ROOT))
    with pytest.raises(StuckError, match="without end"):
        broadcast(world)
    assert world.count("COMPLETED") == 0
    throwing = world.start("throws", x=1)
    with pytest.raises(StuckError, match="without end"):
        world.complete(world.tasks(throwing)[0]["key"])
    assert (len(world.tasks(throwing)), world.count("COMPLETED")) == (1, 0)
    assert [(one["instance_key"], one["element_id"]) for one in world.incidents()] == [(throwing, "told")]


def test_what_is_cancelled_waits_for_no_signal(world: World) -> None:
    world.deploy(WAITS)
    key = world.start("waits")
    with world.database.write() as connection:
        process_instances.cancel(connection, world.engine, key, by="web")
    assert subscribed(world) == []


def test_of_many_who_throw_at_each_other_at_once_none_is_lost(world: World) -> None:
    nodes = [start(), user("first"), event("endEvent", "told", "signal", "S"), Node("parallelGateway", "fork")]
    nodes += [event("intermediateCatchEvent", "heard", "signal", "S"), end()]
    flows = ["begin -> fork", "fork -> first", "first -> told", "fork -> heard", "heard -> done"]
    world.deploy(diagram("all", nodes, flows, root=ROOT))
    keys = [world.start("all") for _ in range(4)]
    tasks = [task["key"] for task in world.tasks()]
    found = kinds(together(*(lambda task=task: world.complete(task) for task in tasks)))
    assert found["done"] + found["Conflict"] == len(keys), found
    for task in world.tasks():
        world.complete(task["key"])
    assert ([world.instance(key)["state"] for key in keys], subscribed(world)) == (["COMPLETED"] * 4, [])
