"""What begins by itself and cannot: an instance stands before its start event with an incident, never a silent loop."""

from __future__ import annotations

import contextlib
from datetime import datetime, timedelta

from sqlalchemy import select

from service.engine import messages, signals
from service.errors import StuckError
from service.store.tables import timer
from service.worker import Worker
from tests.diagrams import Node, diagram, end, event, event_sub_process, message, message_root, user
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
