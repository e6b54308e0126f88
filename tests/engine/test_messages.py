"""Messages: who gets them, how long they live, and that each process gets one once."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from service.engine import messages
from service.errors import Conflict, NotFound
from tests.diagrams import Node, diagram, end, event_sub_process, message, message_root, start, user
from tests.engine.test_together import kinds, together
from tests.world import World

WAITING = diagram(
    "waits",
    [start(), message("intermediateCatchEvent", "heard"), end()],
    ["begin -> heard", "heard -> done"],
    root=message_root(),
)
BEGUN = diagram(
    "begun",
    [message("startEvent", "begin"), user("work"), end()],
    ["begin -> work", "work -> done"],
    root=message_root(),
)
BEFORE = diagram(
    "later",
    [start(), user("first"), message("intermediateCatchEvent", "heard"), end()],
    ["begin -> first", "first -> heard", "heard -> done"],
    root=message_root(),
)
HOUR = timedelta(hours=1)


def publish(world: World, key: str = "M", /, **options: Any) -> int:
    with world.database.write() as connection:
        return messages.publish(connection, world.engine, name="reply", correlation_key=key, by="web", **options)


def test_a_message_lives_as_long_as_it_says(world: World) -> None:
    world.deploy(WAITING)
    publish(world, "A", time_to_live=HOUR)
    publish(world, "B")
    world.now += timedelta(minutes=59)
    assert world.instance(world.start("waits", matter="A"))["state"] == "COMPLETED"
    assert world.instance(world.start("waits", matter="B"))["state"] == "ACTIVE"
    publish(world, "C", time_to_live=HOUR)
    world.now += HOUR
    assert world.instance(world.start("waits", matter="C"))["state"] == "ACTIVE"
    with world.database.write() as connection:
        assert messages.expire(connection, world.engine) == 2


def test_a_message_is_there_once_for_each_process(world: World) -> None:
    world.deploy(WAITING, BEFORE)
    publish(world, time_to_live=HOUR)
    first, second = world.start("waits", matter="M"), world.start("waits", matter="M")
    assert [world.instance(key)["state"] for key in (first, second)] == ["COMPLETED", "ACTIVE"]
    other = world.start("later", matter="M")
    world.complete(world.tasks(other)[0]["key"])
    assert world.instance(other)["state"] == "COMPLETED"


def test_an_id_is_free_again_when_its_message_has_died(world: World) -> None:
    publish(world, message_id="1", time_to_live=HOUR)
    publish(world, "another", message_id="1", time_to_live=HOUR)
    with pytest.raises(Conflict):
        publish(world, message_id="1")
    world.now += HOUR
    publish(world, message_id="1", time_to_live=HOUR)


def test_of_many_who_publish_one_id_one_does(world: World) -> None:
    world.deploy(BEGUN)
    results = together(*(lambda: publish(world, message_id="1", time_to_live=HOUR) for _ in range(6)))
    assert {type(one).__name__ for one in results} == {"int", "Conflict"}
    assert sum(isinstance(one, int) for one in results) == 1
    assert len(world.tasks()) == 1


def test_of_many_who_correlate_with_one_instance_one_does(world: World) -> None:
    world.deploy(WAITING)
    key = world.start("waits", matter="M")

    def correlate() -> tuple[int, int]:
        with world.database.write() as connection:
            return messages.correlate(connection, world.engine, name="reply", correlation_key="M", by="web")

    results = together(*(correlate for _ in range(6)))
    assert kinds(results)["done"] == 1
    assert all(isinstance(one, NotFound | Conflict | tuple) for one in results), results
    assert world.instance(key)["state"] == "COMPLETED"


def test_a_message_of_the_newest_version_starts_the_process(world: World) -> None:
    world.deploy(BEGUN)
    newer = diagram(
        "begun",
        [message("startEvent", "begin"), user("newer"), end()],
        ["begin -> newer", "newer -> done"],
        root=message_root(),
    )
    world.deploy(newer)
    publish(world)
    assert [task["element_id"] for task in world.tasks()] == ["newer"]
    silent = diagram("begun", [start(), user("work"), end()], ["begin -> work", "work -> done"])
    world.deploy(silent)
    publish(world)
    assert len(world.tasks()) == 1


def test_a_message_without_a_receiver_that_may_not_wait_is_gone(world: World) -> None:
    publish(world)
    world.deploy(WAITING)
    assert world.instance(world.start("waits", matter="M"))["state"] == "ACTIVE"


def test_a_correlation_key_may_be_a_number_and_may_not_be_nothing(world: World) -> None:
    world.deploy(WAITING)
    key = world.start("waits", matter=7)
    publish(world, "7", variables={"said": "yes"})
    assert (world.instance(key)["state"], world.variables(key)["said"]) == ("COMPLETED", "yes")


def test_messages_that_met_their_subscription_unseen_are_delivered_by_the_tick(world: World) -> None:
    nodes = [
        start(),
        Node("parallelGateway", "fork"),
        user("beside"),
        message("intermediateCatchEvent", "heard"),
        end(),
    ]
    flows = ["begin -> fork", "fork -> beside", "fork -> heard", "heard -> done", "beside -> gone"]
    world.deploy(diagram("p", [*nodes, end("gone")], flows, root=message_root()))

    def go() -> int:
        return world.start("p", matter="M")

    together(go, lambda: publish(world, time_to_live=HOUR))
    with world.database.read() as connection:
        unseen = messages.unseen(connection, world.engine)
    messages.catch_up(world.database, world.engine, unseen)
    assert [task["element_id"] for task in world.tasks()] == ["beside"]
    [task] = world.tasks()
    assert {one["element_id"] for one in world.path(task["instance_key"]).elements if one["state"] == "ACTIVE"} == {
        "beside"
    }


@pytest.mark.parametrize("place", ["boundary", "sub-process"])
def test_what_does_not_interrupt_takes_all_that_were_published_before(world: World, place: str) -> None:
    if place == "boundary":
        told = message("boundaryEvent", "told", attachedToRef="work", cancelActivity="false")
        nodes, flows = [start(), user("work"), told, user("look"), end()], ["told -> look", "look -> done"]
    else:
        begin = message("startEvent", "told", isInterrupting="false")
        nodes, flows = [start(), user("work"), end(), event_sub_process("handle", begin, user("look"))], []
    world.deploy(diagram("case", nodes, ["begin -> work", "work -> done", *flows], root=message_root()))
    for number in range(3):
        publish(world, "M", time_to_live=HOUR, variables={"number": number})
    key = world.start("case", matter="M")
    assert sorted(task["element_id"] for task in world.tasks()) == ["look", "look", "look", "work"]
    assert world.variables(key)["number"] == 2
    publish(world, "M", variables={"number": 3})
    assert len(world.tasks()) == 5
