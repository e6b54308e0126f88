"""Jobs: what a worker is given, how long it is his, and what comes of his failures."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from service.engine import jobs, process_instances, user_tasks
from service.errors import Conflict, NotFound
from service.handlers import Job
from tests.diagrams import Node, body, diagram, end, job, mapping, start, user
from tests.world import World

WORK = diagram("p", [start(), job("work"), end()], ["begin -> work", "work -> done"])


def fail(world: World, key: int, retries: int, **more: Any) -> None:
    with world.database.write() as connection:
        jobs.fail(connection, world.engine, key, retries=retries, message="no line", by="worker", **more)


def test_a_job_is_given_all_that_is_visible_at_its_element_as_it_is_now(world: World) -> None:
    inside = body(
        [start("in"), job("work", more=mapping({"own": "x + 1"})), end("out")], ["in -> work", "work -> out"], "s"
    )
    nodes = [start(), Node("parallelGateway", "fork"), user("beside"), end()]
    nodes += [Node("subProcess", "sub", mapping({"inner": '"i"'}), inside), end("after")]
    world.deploy(
        diagram("p", nodes, ["begin -> fork", "fork -> beside", "fork -> sub", "beside -> done", "sub -> after"])
    )
    key = world.start("p", x=1, y={"z": [1]})
    world.complete(world.tasks(key)[0]["key"], x=5, told="later")
    [leased] = world.take("work")
    assert leased["variables"] == {"x": 5, "y": {"z": [1]}, "told": "later", "inner": "i", "own": 2}


def test_a_user_task_sees_the_variables_around_it_too(world: World) -> None:
    world.deploy(
        diagram("p", [start(), user("work", more=mapping({"own": "x + 1"})), end()], ["begin -> work", "work -> done"])
    )
    [task] = world.tasks(world.start("p", x=1))
    with world.database.read() as connection:
        assert user_tasks.variables(connection, world.engine, task["key"]) == {"x": 1, "own": 2}


def test_variables_of_a_failure_are_local_to_the_job(world: World) -> None:
    world.deploy(WORK)
    key = world.start("p", x=1)
    [leased] = world.take("work")
    fail(world, leased["key"], 2, variables={"x": 2, "seen": True})
    [again] = world.take("work")
    assert (again["retries"], again["variables"]) == (2, {"x": 2, "seen": True})
    with world.database.write() as connection:
        jobs.complete(connection, world.engine, again["key"], {"result": 3}, by="worker")
    assert world.variables(key) == {"x": 1, "result": 3}


def finish(world: World, key: int, **variables: Any) -> None:
    with world.database.write() as connection:
        jobs.complete(connection, world.engine, key, variables, by="worker")


def test_a_worker_whose_lease_has_lapsed_does_no_harm(world: World) -> None:
    world.deploy(WORK)
    key = world.start("p")
    [slow] = world.take("work", worker="slow")
    world.now += timedelta(minutes=2)
    [quick] = world.take("work", worker="quick")
    finish(world, quick["key"], by="quick")
    with pytest.raises(NotFound):
        finish(world, slow["key"], by="slow")
    with pytest.raises(NotFound):
        fail(world, slow["key"], 0)
    assert world.variables(key) == {"by": "quick"}
    assert world.incidents() == []


def test_a_handler_whose_lease_has_lapsed_takes_no_try_from_who_has_the_job_now(world: World) -> None:
    world.deploy(WORK)
    world.start("p")
    given_on: list[Any] = []

    def slow(given: Job) -> None:
        world.now += jobs.LEASE + timedelta(minutes=1)
        given_on.extend(world.take("work", worker="quick"))
        raise ConnectionError("no line")

    world.handlers["work"] = slow
    assert world.run_jobs() == 1
    [row] = world.jobs()
    assert (row["worker"], row["retries"], row["state"]) == ("quick", 3, "LOCKED")
    assert len(given_on) == 1


def test_a_job_that_is_cancelled_while_its_handler_works_keeps_no_other_waiting(world: World) -> None:
    world.deploy(WORK)
    keys = [world.start("p") for _ in range(3)]

    def work(given: Job) -> None:
        if given.instance_key == keys[0]:
            with world.database.write() as connection:
                process_instances.cancel(connection, world.engine, keys[0], by="chief")
            raise ConnectionError("no line")

    world.handlers["work"] = work
    assert world.run_jobs() == 3
    assert [world.instance(key)["state"] for key in keys] == ["TERMINATED", "COMPLETED", "COMPLETED"]
    assert (world.jobs(), world.incidents()) == ([], [])


def test_what_a_handler_does_wrong_is_a_failure_of_its_job_and_of_no_other(world: World) -> None:
    world.deploy(WORK)
    keys = [world.start("p") for _ in range(4)]

    def work(given: Job) -> Any:
        if given.instance_key == keys[0]:
            return {"sent_at": timedelta(1)}  # no JSON
        if given.instance_key == keys[1]:
            return {"text": "\0"}  # nothing can keep it
        if given.instance_key == keys[2]:
            raise Conflict("another service said so")
        return {}

    world.handlers["work"] = work
    assert world.run_jobs() == 4
    assert [row["retries"] for row in world.jobs()] == [2, 2, 2]
    for _ in range(2):
        world.now += timedelta(hours=1)
        world.run_jobs()
    assert {told["error_type"] for told in world.incidents()} == {"JOB_NO_RETRIES"}
    assert len(world.incidents()) == 3
    assert world.instance(keys[3])["state"] == "COMPLETED"


def test_a_job_with_an_incident_waits_until_it_is_resolved(world: World) -> None:
    world.deploy(WORK)
    world.start("p")
    [leased] = world.take("work")
    fail(world, leased["key"], 0)
    assert world.take("work") == []
    with pytest.raises(Conflict, match="incident"):
        finish(world, leased["key"])
    with pytest.raises(Conflict, match="incident"):
        fail(world, leased["key"], 3)
    assert len(world.incidents()) == 1
