"""Compensation in the rows of an instance: jobs that undo, element instances of what happened, nothing left behind."""

from __future__ import annotations

from service.engine import jobs
from tests.bpmn.test_compensation import IN_A_ROW, drawn, throw, undone
from tests.diagrams import end, job, user
from tests.world import World


def test_what_was_done_is_undone_by_jobs_of_its_own(world: World) -> None:
    undo_a = undone(job("a", "do"), job("undo-a", "undo"))
    world.deploy(
        drawn(IN_A_ROW, undo_a, undone(job("b", "do"), job("undo-b", "undo")), throw("undo"), user("last"), end())
    )
    key = world.start("p", matter="M")

    def done(type_: str) -> list[str]:
        leased = world.take(type_)
        for one in leased:
            with world.database.write() as connection:
                jobs.complete(connection, world.engine, one["key"], {one["element_id"]: True}, by="worker")
        return [one["element_id"] for one in leased]

    assert done("do") + done("do") == ["a", "b"]
    assert sorted(done("undo")) == ["undo-a", "undo-b"]
    [task] = world.tasks(key)
    world.complete(task["key"])
    assert world.instance(key)["state"] == "COMPLETED"
    assert set(world.variables(key)) == {"matter", "a", "b", "undo-a", "undo-b"}
    states = {one["element_id"]: one["state"] for one in world.path(key).elements}
    assert {states[one] for one in ("a-undone", "b-undone", "undo-a", "undo-b", "undo")} == {"COMPLETED"}


def test_what_can_be_undone_does_not_keep_an_instance_open(world: World) -> None:
    flows = ["begin -> a", "a -> last", "last -> done"]
    world.deploy(drawn(flows, undone(job("a")), user("last"), end()))
    key = world.start("p")
    [leased] = world.take("work")
    with world.database.write() as connection:
        jobs.complete(connection, world.engine, leased["key"], {}, by="worker")
    world.complete(world.tasks(key)[0]["key"])
    row = world.instance(key)
    assert (row["state"], row["state_blob"], row["waits"]) == ("COMPLETED", b"", {})
