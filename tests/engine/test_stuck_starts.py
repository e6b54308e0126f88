"""What begins by itself and cannot: an instance stands before its start event with an incident, never a silent loop."""

from __future__ import annotations

import contextlib
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from service import bpmn
from service.engine import messages, process_instances, signals
from service.errors import StuckError
from service.store.tables import timer
from service.worker import Worker
from tests.diagrams import Node, diagram, end, event, event_sub_process, message, message_root, script, start, user
from tests.diagrams import timer as timed
from tests.world import World

SIGNAL = '<bpmn:signal id="S" name="alarm" />'
HOUR = timedelta(hours=1)


def stuck(begins: Node, *, root: str = "") -> bytes:
    """A process that listens for a message with a key out of a variable that is not there yet."""
    heard = event_sub_process("watch", message("startEvent", "heard", isInterrupting="false"))
    flows = [f"{begins.id} -> work", "work -> done"]
    return diagram("stuck", [begins, user("work"), end(), heard], flows, root=message_root() + SIGNAL + root)


def incident(world: World) -> tuple[int, str]:
    """The instance, and the element that the incident names."""
    [found] = world.incidents()
    return found["instance_key"], found["element_id"]


def next_due(world: World) -> timedelta:
    with world.database.read() as connection:
        due: datetime = connection.execute(select(timer.c.due_at).where(timer.c.instance_key.is_(None))).scalar_one()
    return due - world.now


def test_a_timer_start_that_is_stuck_has_an_incident_is_mended_and_keeps_its_cycle(world: World) -> None:
    world.deploy(stuck(timed("startEvent", "often", "R/PT1H", "timeCycle")))
    assert world.pass_(hours=1, minutes=20) == 1
    instance, element = incident(world)
    assert element == "heard"
    assert next_due(world) == timedelta(minutes=40)
    world.restart()
    world.mend(instance, matter="M")
    assert (world.incidents(), [task["element_id"] for task in world.tasks(instance)]) == ([], ["work"])
    assert world.instance(instance)["incidents"] == 0
    with world.database.write() as connection:
        assert messages.correlate(connection, world.engine, name="reply", correlation_key="M", by="web")[1] == instance
    world.complete(world.tasks(instance)[0]["key"])
    assert world.instance(instance)["state"] == "COMPLETED"


def test_mending_in_vain_leaves_the_incident(world: World) -> None:
    world.deploy(stuck(timed("startEvent", "once", "PT1H")))
    world.pass_(hours=1)
    instance, _ = incident(world)
    with contextlib.suppress(StuckError):
        world.mend(instance, other="M")
    assert incident(world) == (instance, "heard")
    world.mend(instance, matter="M")
    assert world.incidents() == []


def test_a_message_start_that_is_stuck_has_an_incident_and_is_told_once(world: World) -> None:
    begin = Node("startEvent", "begin", "", '<bpmn:messageEventDefinition messageRef="B" />')
    world.deploy(stuck(begin, root=message_root("begin", "=0", "B")))
    with world.database.write() as connection:
        messages.publish(connection, world.engine, name="begin", correlation_key="K", time_to_live=HOUR, by="web")
    Worker(world.database, world.engine, longest=HOUR).tick()
    instance, element = incident(world)
    assert (element, world.instance(instance)["started_by_key"]) == ("heard", "K")


def test_a_signal_start_that_is_stuck_has_an_incident(world: World) -> None:
    world.deploy(stuck(event("startEvent", "begin", "signal", "S")))
    with world.database.write() as connection:
        signals.broadcast(connection, world.engine, name="alarm", by="web")
    assert incident(world)[1] == "heard"


def test_a_timer_start_whose_signals_have_no_end_stands_before_it_and_keeps_its_cycle(world: World) -> None:
    cries = diagram(
        "cries",
        [timed("startEvent", "often", "R/PT1H", "timeCycle"), event("endEvent", "cry", "signal", "S")],
        ["often -> cry"],
        root=SIGNAL,
    )
    echo = diagram(
        "echo",
        [event("startEvent", "hear", "signal", "S"), event("endEvent", "cry-again", "signal", "S")],
        ["hear -> cry-again"],
        root=SIGNAL,
    )
    world.deploy(cries, echo)
    world.pass_(hours=1, minutes=20)
    instance, _ = incident(world)
    assert (world.instance(instance)["process_id"], next_due(world)) == ("cries", timedelta(minutes=40))
    assert len(world.elements(instance)) == 0


def test_a_start_that_is_asked_for_and_stuck_has_an_incident_and_goes_on_when_mended(world: World) -> None:
    world.deploy(stuck(start()))
    key = world.start("stuck", matter=None)
    assert incident(world) == (key, "heard")
    assert (world.instance(key)["state"], world.tasks(key)) == ("ACTIVE", [])
    world.restart()
    world.mend(key, matter="M")
    assert ([task["element_id"] for task in world.tasks(key)], world.instance(key)["incidents"]) == (["work"], 0)


def test_a_start_whose_signals_have_no_end_stands_before_it(world: World) -> None:
    cries = diagram("cries", [start(), event("endEvent", "cry", "signal", "S")], ["begin -> cry"], root=SIGNAL)
    nodes = [event("startEvent", "hear", "signal", "S"), event("endEvent", "cry-again", "signal", "S")]
    world.deploy(cries, diagram("echo", nodes, ["hear -> cry-again"], root=SIGNAL))
    key = world.start("cries")
    assert (incident(world)[0], world.count("COMPLETED")) == (key, 0)


def test_a_start_that_never_stands_still_has_an_incident(world: World) -> None:
    nodes = [start(), script("add", "n + 1", "n"), Node("exclusiveGateway", "enough"), end()]
    flows = ["begin -> add", "add -> enough", "enough -> done if n > 30000", "enough -> add default"]
    world.deploy(diagram("round", nodes, flows))
    key = world.start("round", n=0)
    assert "round and round" in world.incidents()[0]["message"]
    world.mend(key, n=30000)
    assert world.instance(key)["state"] == "COMPLETED"


def test_a_called_process_that_is_stuck_has_the_incident_and_its_caller_waits(world: World) -> None:
    call = Node("callActivity", "call", '<zeebe:calledElement processId="stuck" />')
    world.deploy(stuck(start()), diagram("caller", [start(), call, end()], ["begin -> call", "call -> done"]))
    key = world.start("caller", a=1)
    child, element = incident(world)
    assert (element, world.instance(child)["parent_key"], world.instance(child)["process_id"]) == (
        "heard",
        key,
        "stuck",
    )
    assert [(one["element_id"], one["state"]) for one in world.elements(key)][1:] == [("call", "ACTIVE")]
    assert (world.instance(key)["incidents"], world.instance(child)["variables"]) == (0, {"a": 1})
    world.restart()
    world.mend(child, matter="M")
    world.complete(world.tasks(child)[0]["key"])
    assert [world.instance(one)["state"] for one in (child, key)] == ["COMPLETED", "COMPLETED"]


def test_a_caller_that_is_cancelled_ends_the_process_that_is_stuck_before_its_start(world: World) -> None:
    call = Node("callActivity", "call", '<zeebe:calledElement processId="stuck" />')
    world.deploy(stuck(start()), diagram("caller", [start(), call, end()], ["begin -> call", "call -> done"]))
    key = world.start("caller")
    child, _ = incident(world)
    with world.database.write() as connection:
        process_instances.cancel(connection, world.engine, key, by="chief")
    assert ([world.instance(one)["state"] for one in (child, key)], world.incidents()) == (["TERMINATED"] * 2, [])


def test_a_process_that_only_begins_by_itself_cannot_be_called(world: World) -> None:
    call = Node("callActivity", "call", '<zeebe:calledElement processId="often" />')
    often = diagram(
        "often", [timed("startEvent", "often-begins", "R/PT1H", "timeCycle"), end()], ["often-begins -> done"]
    )
    world.deploy(often, diagram("caller", [start(), call, end()], ["begin -> call", "call -> done"]))
    key = world.start("caller")
    assert incident(world) == (key, "call")
    assert world.incidents()[0]["error_type"] == "CALLED_ELEMENT_ERROR"
    world.deploy(diagram("often", [start(), end()], ["begin -> done"]))
    world.mend(key)
    assert world.instance(key)["state"] == "COMPLETED"


def test_a_start_that_is_told_where_to_begin_begins_there_or_not_at_all(world: World) -> None:
    world.deploy(stuck(start()))
    with world.database.write() as connection, pytest.raises(StuckError, match="correlation key"):
        process_instances.start(
            connection, world.engine, process_id="stuck", variables={}, by="web", at=[bpmn.Activation("work")]
        )
    assert world.count("ACTIVE") == 0
