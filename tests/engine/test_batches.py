"""The same done to many instances: each in a step of its own, with progress, whatever happens in between."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import RowMapping, select

from service.engine import batches, jobs
from service.errors import Conflict, NotFound
from service.store.tables import batch_item, process_instance
from tests.diagrams import Node, diagram, end, job, start, user
from tests.world import World

ONE = diagram("one", [start(), user("look"), end()], ["begin -> look", "look -> done"])
TWO = diagram("one", [start(), user("look"), user("sign"), end()], ["begin -> look", "look -> sign", "sign -> done"])
OTHER = diagram("one", [start(), job("look"), end()], ["begin -> look", "look -> done"])
CALLS = diagram(
    "calls",
    [start(), Node("callActivity", "call", '<zeebe:calledElement processId="one" />'), end()],
    ["begin -> call", "call -> done"],
)

ALL = process_instance.c.process_id.is_not(None)


def begin(world: World, kind: str, plan: dict[str, Any] | None = None) -> int:
    with world.database.write() as connection:
        return batches.start(connection, world.engine, kind, ALL, plan=plan, by="operator")


def look(world: World, key: int) -> RowMapping:
    with world.database.read() as connection:
        return batches.get(connection, key)


def progress(world: World, key: int) -> tuple[str, int, int, int]:
    row = look(world, key)
    return row["state"], row["total"], row["completed"], row["failed"]


def items(world: World, key: int) -> list[tuple[str, str | None]]:
    query = select(batch_item).where(batch_item.c.operation_key == key).order_by(batch_item.c.instance_key)
    with world.database.read() as connection:
        return [(row["state"], row["error"]) for row in connection.execute(query).mappings()]


def migration(world: World, xml: bytes) -> dict[str, Any]:
    target = world.deploy(xml).process_definitions[0]["key"]
    return {"target": str(target), "mapping": {}, "equal_ids": True}


def test_instances_are_migrated_bit_by_bit_and_a_restart_goes_on_where_it_was(world: World) -> None:
    world.deploy(ONE)
    keys = [world.start("one") for _ in range(5)]
    operation = begin(world, "MIGRATE_PROCESS_INSTANCE", migration(world, TWO))
    late = world.start("one")
    assert progress(world, operation) == ("ACTIVE", 5, 0, 0)
    assert batches.run(world.database, world.engine, limit=2) == 2
    assert progress(world, operation) == ("ACTIVE", 5, 2, 0)
    world.restart()
    assert batches.run(world.database, world.engine) == 3
    assert progress(world, operation) == ("COMPLETED", 5, 5, 0)
    assert look(world, operation)["ended_at"] == world.now
    assert len({world.instance(key)["definition_key"] for key in (*keys, late)}) == 1
    assert batches.run(world.database, world.engine) == 0


def test_an_instance_that_cannot_says_why_and_the_others_go_on(world: World) -> None:
    world.deploy(ONE)
    first, second = world.start("one"), world.start("one")
    plan = migration(world, TWO)
    operation = begin(world, "MIGRATE_PROCESS_INSTANCE", plan)
    world.complete(world.tasks(first)[0]["key"])
    batches.run(world.database, world.engine)
    assert progress(world, operation) == ("COMPLETED", 2, 1, 1)
    assert items(world, operation) == [("FAILED", f"Process instance {first} has ended already."), ("COMPLETED", None)]
    again = begin(world, "MIGRATE_PROCESS_INSTANCE", migration(world, OTHER))
    batches.run(world.database, world.engine)
    [(state, error)] = items(world, again)
    assert state == "FAILED"
    assert error
    assert "look: It is a userTask" in error
    assert world.instance(second)["definition_key"] == int(plan["target"])


def test_those_before_and_behind_one_that_fails_are_done(world: World) -> None:
    world.deploy(ONE)
    keys = [world.start("one") for _ in range(6)]
    operation = begin(world, "SUSPEND_PROCESS_INSTANCE")
    world.complete(world.tasks(keys[2])[0]["key"])
    assert batches.run(world.database, world.engine) == 6
    assert [state for state, _ in items(world, operation)] == ["COMPLETED"] * 2 + ["FAILED"] + ["COMPLETED"] * 3
    assert progress(world, operation) == ("COMPLETED", 6, 5, 1)
    assert world.count("SUSPENDED") == 5


def test_roots_are_cancelled_with_what_they_have_called(world: World) -> None:
    world.deploy(ONE, CALLS)
    world.start("calls")
    world.start("one")
    operation = begin(world, "CANCEL_PROCESS_INSTANCE")
    batches.run(world.database, world.engine)
    assert progress(world, operation) == ("COMPLETED", 2, 2, 0)
    assert world.count("TERMINATED") == 3


def test_all_that_many_are_stuck_at_is_tried_again(world: World) -> None:
    split = [start(), Node("parallelGateway", "fork"), job("send"), job("tell"), end(), end("told")]
    ways = ["begin -> fork", "fork -> send", "fork -> tell", "send -> done", "tell -> told"]
    world.deploy(ONE, diagram("stuck", split, ways))
    keys = [world.start("one"), world.start("stuck"), world.start("stuck")]
    for taken in world.take("work"):
        with world.database.write() as connection:
            jobs.fail(connection, world.engine, taken["key"], retries=0, message="no paper", by="worker")
    assert len(world.incidents()) == 4
    operation = begin(world, "RESOLVE_INCIDENT")
    batches.run(world.database, world.engine)
    assert progress(world, operation) == ("COMPLETED", 2, 2, 0)
    assert (world.incidents(), len(world.take("work"))) == ([], 4)
    assert [world.instance(key)["incidents"] for key in keys] == [0, 0, 0]


def test_many_are_suspended_and_resumed(world: World) -> None:
    world.deploy(ONE, CALLS)
    world.start("calls")
    begin(world, "SUSPEND_PROCESS_INSTANCE")
    batches.run(world.database, world.engine)
    assert world.count("SUSPENDED") == 2
    begin(world, "RESUME_PROCESS_INSTANCE")
    batches.run(world.database, world.engine)
    assert world.count("ACTIVE") == 2


def test_a_batch_operation_that_is_cancelled_leaves_the_rest_alone(world: World) -> None:
    world.deploy(ONE)
    for _ in range(3):
        world.start("one")
    operation = begin(world, "CANCEL_PROCESS_INSTANCE")
    batches.run(world.database, world.engine, limit=1)
    with world.database.write() as connection:
        batches.cancel(connection, world.engine, operation)
    assert batches.run(world.database, world.engine) == 0
    assert [state for state, _ in items(world, operation)] == ["COMPLETED", "CANCELED", "CANCELED"]
    assert world.count("ACTIVE") == 2
    with world.database.write() as connection, pytest.raises(Conflict, match="ended already"):
        batches.cancel(connection, world.engine, operation)


def test_an_operation_on_nothing_is_complete_at_once(world: World) -> None:
    assert progress(world, begin(world, "CANCEL_PROCESS_INSTANCE")) == ("COMPLETED", 0, 0, 0)
    with pytest.raises(NotFound):
        look(world, 17)
