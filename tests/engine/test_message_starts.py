"""Messages that start instances: of those with one correlation key a process has one at a time."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from service.engine import jobs, messages, process_instances
from service.errors import NotFound
from service.worker import Worker
from tests.diagrams import diagram, end, message, message_root, user
from tests.engine.test_together import together
from tests.world import World

HOUR = timedelta(hours=1)


def begun(work: str = "work", process_id: str = "begun") -> bytes:
    nodes = [message("startEvent", "begin"), user(work), end()]
    return diagram(process_id, nodes, [f"begin -> {work}", f"{work} -> done"], root=message_root())


AGAIN = diagram(
    "again",
    [message("startEvent", "begin"), message("intermediateCatchEvent", "heard"), user("then"), end()],
    ["begin -> heard", "heard -> then", "then -> done"],
    root=message_root(),
)


def publish(world: World, key: str = "M", /, **options: Any) -> int:
    with world.database.write() as connection:
        return messages.publish(connection, world.engine, name="reply", correlation_key=key, by="web", **options)


def correlate(world: World, key: str = "M", /, **options: Any) -> int:
    with world.database.write() as connection:
        told = messages.correlate(connection, world.engine, name="reply", correlation_key=key, by="web", **options)
        return told[1]


def catch_up(world: World) -> int:
    with world.database.read() as connection:
        unseen = messages.unseen(connection, world.engine)
    return messages.catch_up(world.database, world.engine, unseen)


def works(world: World) -> list[str]:
    return [task["element_id"] for task in world.tasks()]


def test_a_key_starts_one_instance_at_a_time_and_the_next_in_the_order_of_publishing(world: World) -> None:
    world.deploy(begun())
    for number in range(3):
        publish(world, time_to_live=HOUR, variables={"number": number})
        world.now += timedelta(minutes=1)
    for number in range(3):
        assert catch_up(world) == (number > 0)
        [task] = world.tasks()
        assert world.variables(task["instance_key"])["number"] == number
        assert catch_up(world) == 0
        world.complete(task["key"])
    assert (catch_up(world), world.tasks()) == (0, [])


def test_the_tick_starts_the_next_one(world: World) -> None:
    world.deploy(begun())
    worker = Worker(world.database, world.engine, longest=HOUR)
    for _ in range(2):
        publish(world, time_to_live=HOUR)
    worker.tick()
    [task] = world.tasks()
    world.complete(task["key"])
    worker.tick()
    assert works(world) == ["work"]


def test_what_may_not_wait_for_the_end_of_the_instance_is_gone(world: World) -> None:
    world.deploy(begun())
    publish(world)
    publish(world)
    publish(world, time_to_live=HOUR)
    world.now += HOUR
    world.complete(world.tasks()[0]["key"])
    assert (catch_up(world), works(world)) == (0, [])


def test_another_key_another_process_and_no_key_start_at_once(world: World) -> None:
    world.deploy(begun(), begun("else", "other"))
    for key in ("A", "A", "B", "", ""):
        publish(world, key, time_to_live=HOUR)
    assert sorted(works(world)) == ["else"] * 4 + ["work"] * 4


def test_an_instance_of_an_older_version_counts_and_the_next_is_of_the_newest(world: World) -> None:
    world.deploy(begun())
    publish(world, time_to_live=HOUR)
    world.deploy(begun("newer"))
    publish(world, time_to_live=HOUR)
    assert works(world) == ["work"]
    world.complete(world.tasks()[0]["key"])
    catch_up(world)
    assert works(world) == ["newer"]


def test_the_end_by_cancelling_lets_the_next_begin_after_a_restart_too(world: World) -> None:
    world.deploy(begun())
    publish(world, time_to_live=HOUR)
    publish(world, time_to_live=HOUR)
    with world.database.write() as connection:
        process_instances.cancel(connection, world.engine, world.tasks()[0]["instance_key"], by="web")
    world.restart()
    assert (catch_up(world), works(world)) == (1, ["work"])


def test_a_message_of_before_the_deployment_starts_nothing(world: World) -> None:
    publish(world, time_to_live=HOUR)
    world.deploy(begun())
    assert (catch_up(world), works(world)) == (0, [])


def test_an_instance_hears_the_message_of_the_name_that_has_started_it(world: World) -> None:
    world.deploy(AGAIN)
    first = correlate(world, variables={"matter": "M"})
    assert works(world) == []
    assert correlate(world) == first
    assert works(world) == ["then"]


def test_correlating_starts_nothing_while_an_instance_with_the_key_is_active(world: World) -> None:
    world.deploy(begun())
    key = correlate(world, business_id="B-1")
    assert world.instance(key)["business_id"] == "B-1"
    with pytest.raises(NotFound):
        correlate(world)
    world.complete(world.tasks()[0]["key"])
    assert correlate(world) != key


def test_what_is_correlated_reaches_every_process_and_names_the_first(world: World) -> None:
    world.deploy(begun(), begun("else", "other"))
    correlate(world)
    assert sorted(works(world)) == ["else", "work"]


def test_of_many_who_publish_one_key_at_once_one_starts_and_the_others_wait(world: World) -> None:
    world.deploy(begun())
    results = together(*(lambda: publish(world, time_to_live=HOUR) for _ in range(5)))
    assert all(isinstance(one, int) for one in results), results
    for _ in range(5):
        assert works(world) == ["work"]
        world.complete(world.tasks()[0]["key"])
        catch_up(world)
    assert works(world) == []


def test_a_business_id_waits_with_its_message(world: World) -> None:
    world.deploy(begun())
    publish(world, time_to_live=HOUR)
    publish(world, time_to_live=HOUR, business_id="B-2")
    world.complete(world.tasks()[0]["key"])
    catch_up(world)
    assert world.instance(world.tasks()[0]["instance_key"])["business_id"] == "B-2"


@pytest.mark.parametrize("listened", [False, True])
def test_what_a_message_brings_stays_with_the_start_event_but_for_what_its_mappings_bring_out(
    world: World, listened: bool
) -> None:
    out = '<zeebe:ioMapping><zeebe:output source="=word" target="heard" /></zeebe:ioMapping>'
    listener = '<zeebe:executionListener eventType="start" type="look" />'
    drawn = f"<bpmn:extensionElements><zeebe:executionListeners>{listener}</zeebe:executionListeners>"
    world.deploy(
        diagram(
            "begun",
            [message("startEvent", "begin", more=out), user("work"), end()],
            ["begin -> work", "work -> done"],
            root=message_root(),
            inside=f"{drawn}</bpmn:extensionElements>" if listened else "",
        )
    )
    publish(world, variables={"word": "yes", "other": 1})
    if listened:
        world.restart()
        [asked] = world.take("look")
        assert asked["variables"] == {}
        with world.database.write() as connection:
            jobs.complete(connection, world.engine, asked["key"], {"seen": True}, by="worker")
    [task] = world.tasks()
    assert world.variables(task["instance_key"]) == {"heard": "yes"} | ({"seen": True} if listened else {})
