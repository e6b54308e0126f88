"""What cannot be read or done any more is an incident of its own instance and stops no other."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import update

from service.errors import ModelRejected, StuckError
from service.store.tables import process_definition, process_instance
from tests.diagrams import Node, diagram, end, job, start, timer, user
from tests.world import World

WORK = diagram("p", [start(), job("work"), end()], ["begin -> work", "work -> done"])
SLOW = diagram(
    "slow",
    [start(), user("work"), timer("boundaryEvent", "limit", "PT1H", attachedToRef="work"), end(), end("late")],
    ["begin -> work", "work -> done", "limit -> late"],
)


def spoil(world: World, instance: int) -> None:
    with world.database.write() as connection:
        mine = process_instance.c.key == instance
        connection.execute(update(process_instance).where(mine).values(state_blob=b"\x01spoilt"))


def test_a_job_of_an_instance_that_cannot_be_read_keeps_no_other_waiting(world: World) -> None:
    world.deploy(WORK)
    spoilt, fine = world.start("p"), world.start("p")
    spoil(world, spoilt)
    assert [row["instance_key"] for row in world.take("work")] == [fine]
    [told] = world.incidents()
    assert (told["instance_key"], told["element_id"], told["error_type"]) == (spoilt, "work", "STATE_ERROR")
    world.now += timedelta(days=1)
    assert [row["instance_key"] for row in world.take("work")] == [fine]


def test_a_timer_of_an_instance_that_cannot_be_read_keeps_no_other_waiting(world: World) -> None:
    world.deploy(SLOW)
    spoilt, fine = world.start("slow"), world.start("slow")
    spoil(world, spoilt)
    assert world.pass_(hours=2) == 1
    assert (world.instance(spoilt)["state"], world.instance(fine)["state"]) == ("ACTIVE", "COMPLETED")
    assert [told["error_type"] for told in world.incidents()] == ["STATE_ERROR"]
    assert world.pass_(days=1) == 0
    assert len(world.incidents()) == 1


def test_a_task_of_an_instance_that_cannot_be_read_stays_open(world: World) -> None:
    world.deploy(SLOW)
    key = world.start("slow")
    spoil(world, key)
    [task] = world.tasks(key)
    with pytest.raises(StuckError):
        world.complete(task["key"])
    assert world.tasks(key) == [task]
    assert len(world.incidents()) == 1


def test_a_check_that_came_after_the_deployment_does_not_stop_what_runs(world: World) -> None:
    nodes = [start(), user("work"), Node("exclusiveGateway", "which"), end("yes"), end("no")]
    flows = ["begin -> work", "work -> which", "which -> yes if ok", "which -> no default"]
    drawn = diagram("p", nodes, flows)
    refused_now = drawn.replace(b' default="f4"', b"")
    world.deploy(drawn)
    key = world.start("p")
    with world.database.write() as connection:
        connection.execute(update(process_definition).values(xml=refused_now))
    world.restart()
    with pytest.raises(ModelRejected):
        world.deploy(refused_now)
    world.complete(world.tasks(key)[0]["key"], ok=False)
    assert world.path(key).flows == ("f1", "f2", "f4")
