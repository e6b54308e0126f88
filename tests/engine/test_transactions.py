"""A transaction that is cancelled, in the rows of its instance: what waits inside goes, what undoes is a job."""

from __future__ import annotations

from service.engine import jobs
from tests.bpmn.test_transactions import around, booking
from tests.diagrams import timer
from tests.world import World


def done(world: World, *elements: str) -> None:
    for one in world.take("work"):
        assert one["element_id"] in elements
        with world.database.write() as connection:
            jobs.complete(connection, world.engine, one["key"], {}, by="worker")


def test_a_cancelled_transaction_is_undone_by_jobs_and_leaves_nothing_inside(world: World) -> None:
    late = timer("boundaryEvent", "late", "PT1H", attachedToRef="trip")
    world.deploy(around(booking(), late, flows=("late -> over",)))
    key = world.start("p")
    done(world, "book")
    world.complete(world.tasks(key)[0]["key"], paid=False)
    assert not world.tasks(key)
    done(world, "undo-book", "undo-pay")
    [task] = world.tasks(key)
    assert task["element_id"] == "instead"
    world.pass_(hours=2)
    assert [one["element_id"] for one in world.tasks(key)] == ["instead"]
    states = {one["element_id"]: one["state"] for one in world.path(key).elements}
    assert (states["trip"], states["cancelled"], states["given-up"]) == ("TERMINATED", "COMPLETED", "COMPLETED")
    world.complete(task["key"])
    assert world.instance(key)["state"] == "COMPLETED"
