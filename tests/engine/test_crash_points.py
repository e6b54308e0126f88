"""A step that breaks off at any of its statements leaves nothing behind, and can be done again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event, select

from service.engine import batches, jobs, messages, process_instances, timers, together
from service.store.tables import metadata, process_instance
from service.store.unit_of_work import Database
from tests.diagrams import Node, diagram, end, job, mapping, message, message_root, start, timer, user
from tests.world import World

CALLED = '<zeebe:calledElement processId="child" />' + mapping({"x": "1"})
CHILD = diagram("child", [start(), user("inner"), end()], ["begin -> inner", "inner -> done"])
PARENT = diagram(
    "parent",
    [
        start(),
        user("first"),
        Node("parallelGateway", "fork"),
        user("second"),
        job("send"),
        Node("callActivity", "call", CALLED),
        message("intermediateCatchEvent", "heard"),
        timer("boundaryEvent", "limit", "PT1H", attachedToRef="second"),
        end("a"),
        end("b"),
        end("c"),
        end("d"),
        end("late"),
    ],
    [
        "begin -> first",
        "first -> fork",
        "fork -> second",
        "fork -> send",
        "fork -> call",
        "fork -> heard",
        "second -> a",
        "send -> b",
        "call -> c",
        "heard -> d",
        "limit -> late",
    ],
    root=message_root(),
)
SEVERAL = 3
_LIMIT = timer("boundaryEvent", "limit", "PT1H", attachedToRef="work")
WAITS = diagram(
    "waits", [start(), user("work"), _LIMIT, end(), end("late")], ["begin -> work", "work -> done", "limit -> late"]
)
WAITS_ON = diagram(
    "waits", [start(), user("work"), _LIMIT, end(), end("over")], ["begin -> work", "work -> done", "limit -> over"]
)


class Broken(Exception):
    """The machine stops here."""


@contextmanager
def breaking_at(database: Database, number: int, *, after: bool) -> Iterator[list[str]]:
    """Break off before, or right after, the statement with this number; none comes after it."""
    seen: list[str] = []

    def count(connection: Any, cursor: Any, statement: str, *_: Any) -> None:
        if connection.get_execution_options().get("hotline.read_only"):
            return  # looks before and after the step are none of it
        seen.append(statement)
        if len(seen) >= number:
            raise Broken

    moment = "after_cursor_execute" if after else "before_cursor_execute"
    event.listen(database.engine, moment, count)
    try:
        yield seen
    finally:
        event.remove(database.engine, moment, count)


def everything(database: Database) -> dict[str, list[tuple[Any, ...]]]:
    """The whole database, row by row."""
    with database.read() as connection:
        return {
            table.name: sorted((tuple(row) for row in connection.execute(select(table))), key=repr)
            for table in metadata.sorted_tables
        }


def begin(world: World) -> None:
    world.start("parent", matter="M")


def complete(world: World) -> None:
    world.complete(next(task["key"] for task in world.tasks() if task["element_id"] in ("first", "inner")), said="yes")


def correlate(world: World) -> None:
    with world.database.write() as connection:
        messages.correlate(connection, world.engine, name="reply", correlation_key="M", by="web")


def publish(world: World) -> None:
    hour = timedelta(hours=1)
    with world.database.write() as connection:
        messages.publish(connection, world.engine, name="new", message_id="1", time_to_live=hour, by="web")


def finish_job(world: World) -> None:
    [row] = world.jobs()
    with world.database.write() as connection:
        jobs.complete(connection, world.engine, row["key"], {"sent": True}, by="worker")


def fail_job(world: World) -> None:
    [row] = world.jobs()
    with world.database.write() as connection:
        jobs.fail(connection, world.engine, row["key"], retries=0, message="no", variables={"y": 1}, by="worker")


def cancel(world: World) -> None:
    with world.database.read() as connection:
        root = connection.execute(
            select(process_instance.c.key).where(process_instance.c.parent_key.is_(None))
        ).scalar_one()
    with world.database.write() as connection:
        process_instances.cancel(connection, world.engine, root, by="chief")


def sweep(world: World) -> None:
    assert timers.sweep(world.database, world.engine) in (1, SEVERAL)


def migrate(world: World) -> None:
    assert batches.run(world.database, world.engine, limit=SEVERAL) == SEVERAL


STEPS: dict[str, Callable[[World], None]] = {
    "start": begin,
    "complete a task that forks": complete,
    "complete a called process": complete,
    "correlate a message": correlate,
    "publish a message": publish,
    "complete a job": finish_job,
    "fail a job": fail_job,
    "cancel": cancel,
    "fire a timer": sweep,
    "fire timers together": sweep,
    "migrate together": migrate,
}


def prepare(world: World, name: str) -> None:
    world.deploy(CHILD, PARENT)
    if name == "start":
        return
    if name.endswith("together"):
        prepare_several(world, name)
        return
    world.start("parent", matter="M")
    if name != "complete a task that forks":
        world.complete(world.tasks()[0]["key"])
    if name == "fire a timer":
        world.now += timedelta(hours=2)


def prepare_several(world: World, name: str) -> None:
    world.deploy(WAITS)
    for _ in range(SEVERAL):
        world.start("waits")
    if name == "fire timers together":
        world.now += timedelta(hours=2)
        return
    target = world.deploy(WAITS_ON).process_definitions[0]["key"]
    plan = {"target": str(target), "mapping": {}, "equal_ids": True}
    with world.database.write() as connection:
        which = process_instance.c.process_id == "waits"
        batches.start(connection, world.engine, "MIGRATE_PROCESS_INSTANCE", which, plan=plan, by="chief")


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("name", STEPS)
def test_a_step_that_breaks_off_at_any_statement_leaves_nothing_behind(
    world: World, name: str, after: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(together, "LONGEST", 60)  # on a slow machine too all of them are one transaction
    prepare(world, name)
    before = everything(world.database)
    number = 0
    while True:
        number += 1
        with breaking_at(world.database, number, after=after):
            try:
                STEPS[name](world)
                break
            except Broken:
                pass
        assert everything(world.database) == before, f"statement {number}"
    assert number > 3
    assert everything(world.database) != before
