"""A suspended instance stands still and loses nothing."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from service.engine import incidents, jobs, messages, process_instances, suspension
from service.errors import Conflict, NotFound
from tests.diagrams import Node, diagram, end, job, message, message_root, start, timer, user
from tests.world import World

WORK = diagram("work", [start(), user("look"), job("send"), end()], ["begin -> look", "look -> send", "send -> done"])
REMINDED = diagram(
    "reminded",
    [
        start(),
        user("look"),
        timer("boundaryEvent", "remind", "R/P1D", "timeCycle", attachedToRef="look", cancelActivity="false"),
        job("call", "call"),
        end("called"),
        end(),
    ],
    ["begin -> look", "look -> done", "remind -> call", "call -> called"],
)
HEARS = diagram(
    "hears",
    [start(), message("intermediateCatchEvent", "heard"), end()],
    ["begin -> heard", "heard -> done"],
    root=message_root(),
)
CALLS = diagram(
    "calls",
    [start(), Node("callActivity", "call", '<zeebe:calledElement processId="called" />'), user("after"), end()],
    ["begin -> call", "call -> after", "after -> done"],
)
CALLED = diagram("called", [start(), user("inner"), end()], ["begin -> inner", "inner -> done"])


def suspend(world: World, key: int) -> None:
    with world.database.write() as connection:
        suspension.suspend(connection, world.engine, key, by="operator")


def resume(world: World, key: int) -> None:
    with world.database.write() as connection:
        suspension.resume(connection, world.engine, key, by="operator")


def publish(world: World, **options: Any) -> None:
    with world.database.write() as connection:
        messages.publish(connection, world.engine, name="reply", correlation_key="M", by="web", **options)


def catch_up(world: World) -> int:
    with world.database.read() as connection:
        unseen = messages.unseen(connection, world.engine)
    return messages.catch_up(world.database, world.engine, unseen)


def test_a_user_task_cannot_be_completed_until_the_instance_is_resumed(world: World) -> None:
    world.deploy(WORK)
    key = world.start("work")
    suspend(world, key)
    assert (world.instance(key)["state"], world.instance(key)["suspended_at"]) == ("SUSPENDED", world.now)
    [task] = world.tasks(key)
    with pytest.raises(Conflict, match="Resume it first"):
        world.complete(task["key"])
    resume(world, key)
    assert (world.instance(key)["state"], world.instance(key)["suspended_at"]) == ("ACTIVE", None)
    world.complete(task["key"])
    told = [(one["kind"], one["by"]) for one in world.path(key).events if one["kind"] in ("suspended", "resumed")]
    assert told == [("suspended", "operator"), ("resumed", "operator")]


def test_what_is_not_active_cannot_be_suspended_nor_what_is_not_suspended_resumed(world: World) -> None:
    world.deploy(WORK)
    key = world.start("work")
    with pytest.raises(Conflict, match="is active, not suspended"):
        resume(world, key)
    suspend(world, key)
    with pytest.raises(Conflict, match="is suspended, not active"):
        suspend(world, key)
    with pytest.raises(NotFound):
        suspend(world, 17)


def test_a_job_is_given_to_nobody_and_a_worker_that_has_it_cannot_complete_it(world: World) -> None:
    world.deploy(WORK)
    first, second = world.start("work"), world.start("work")
    for key in (first, second):
        world.complete(world.tasks(key)[0]["key"])
    (leased,) = world.take("work", limit=1)
    suspend(world, first)
    assert [one["instance_key"] for one in world.take("work")] == [second]
    with world.database.write() as connection, pytest.raises(Conflict, match="is suspended"):
        jobs.complete(connection, world.engine, leased["key"], {}, by="worker")
    with world.database.write() as connection, pytest.raises(Conflict, match="is suspended"):
        jobs.fail(connection, world.engine, leased["key"], retries=0, message="no", by="worker")
    resume(world, first)
    assert [one["key"] for one in world.take("work")] == [leased["key"]]


def test_an_incident_waits_for_the_resumption(world: World) -> None:
    world.deploy(WORK)
    key = world.start("work")
    world.complete(world.tasks(key)[0]["key"])
    [task] = world.take("work")
    with world.database.write() as connection:
        jobs.fail(connection, world.engine, task["key"], retries=0, message="no", by="worker")
    suspend(world, key)
    [stuck] = world.incidents()
    with world.database.write() as connection, pytest.raises(Conflict, match="is suspended"):
        incidents.resolve(connection, world.engine, stuck["key"], by="operator")
    resume(world, key)
    assert world.take("work") == []
    with world.database.write() as connection:
        incidents.resolve(connection, world.engine, stuck["key"], by="operator")
    assert len(world.take("work")) == 1


def test_timers_that_were_due_fire_on_resumption_once_for_each_missed_time(world: World) -> None:
    world.deploy(REMINDED)
    key = world.start("reminded")
    suspend(world, key)
    assert world.pass_(days=3, hours=1) == 0
    resume(world, key)
    assert world.pass_() == 3
    assert len(world.jobs(key)) == 3


def test_a_message_with_time_to_live_is_heard_on_resumption_and_another_never(world: World) -> None:
    world.deploy(HEARS)
    key = world.start("hears", matter="M")
    suspend(world, key)
    publish(world)
    with world.database.write() as connection, pytest.raises(NotFound):
        messages.correlate(connection, world.engine, name="reply", correlation_key="M", by="web")
    resume(world, key)
    assert (catch_up(world), world.instance(key)["state"]) == (0, "ACTIVE")
    suspend(world, key)
    publish(world, time_to_live=timedelta(days=1))
    assert catch_up(world) == 0
    resume(world, key)
    assert (catch_up(world), world.instance(key)["state"]) == (1, "COMPLETED")


def test_a_called_instance_goes_on_and_what_it_ended_with_counts_on_resumption(world: World) -> None:
    world.deploy(CALLED, CALLS)
    key = world.start("calls")
    suspend(world, key)
    [inner] = world.tasks()
    world.complete(inner["key"], answer=42)
    assert world.instance(inner["instance_key"])["state"] == "COMPLETED"
    assert world.tasks() == []
    resume(world, key)
    assert [task["element_id"] for task in world.tasks(key)] == ["after"]
    assert world.variables(key)["answer"] == 42


def test_a_suspended_instance_can_be_cancelled_with_what_it_has_called(world: World) -> None:
    world.deploy(CALLED, CALLS)
    key = world.start("calls")
    [inner] = world.tasks()
    for one in (key, inner["instance_key"]):
        suspend(world, one)
    with world.database.write() as connection:
        process_instances.cancel(connection, world.engine, key, by="operator")
    assert [world.instance(one)["state"] for one in (key, inner["instance_key"])] == ["TERMINATED"] * 2
    assert world.instance(key)["suspended_at"] is None
    assert world.tasks() == []
