"""Jobs: what a worker is given, how long it is his, and what comes of his failures."""

from __future__ import annotations

from typing import Any

from service.engine import jobs, user_tasks
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
