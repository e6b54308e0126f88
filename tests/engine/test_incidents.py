"""What was held with an incident goes on as if nothing had happened, once it is mended."""

from __future__ import annotations

from datetime import timedelta

import pytest

from service.engine import messages, signals
from tests.diagrams import Node, diagram, end, event, job, message, message_root, start, timer, user
from tests.world import World

ROOT = message_root() + '<bpmn:signal id="S" name="=missing" />'
CALL = Node("callActivity", "here", '<zeebe:calledElement processId="=missing" />')
CALLED = diagram("called", [start(), user("inside"), end()], ["begin -> inside", "inside -> done"])


def stuck(world: World, node: Node, *more: bytes) -> int:
    world.deploy(diagram("p", [start(), node, end()], ["begin -> here", "here -> done"], root=ROOT), *more)
    key = world.start("p", matter="12345")
    assert [one["element_id"] for one in world.incidents()] == ["here"]
    return key


def end_of(world: World, key: int) -> tuple[str, int, int]:
    return world.instance(key)["state"], world.instance(key)["incidents"], len(world.incidents())


def test_a_job_whose_type_was_missing_is_given_to_a_worker(world: World) -> None:
    key = stuck(world, job("here", "=missing"))
    world.handlers["work"] = lambda given: {}
    world.mend(key, missing="work")
    assert world.run_jobs() == 1
    assert end_of(world, key) == ("COMPLETED", 0, 0)


def test_a_user_task_whose_due_date_was_wrong_is_there_to_be_done(world: World) -> None:
    due = "if missing = null then &quot;soon&quot; else missing"
    key = stuck(world, user("here", more=f'<zeebe:taskSchedule dueDate="={due}" />'))
    world.mend(key, missing="2026-03-01T00:00:00Z")
    world.complete(world.tasks(key)[0]["key"])
    assert end_of(world, key) == ("COMPLETED", 0, 0)


def test_a_timer_whose_time_was_missing_fires(world: World) -> None:
    key = stuck(world, timer("intermediateCatchEvent", "here", "=missing"))
    world.mend(key, missing="PT1H")
    world.pass_(hours=2)
    assert end_of(world, key) == ("COMPLETED", 0, 0)


def test_a_call_whose_process_was_missing_begins(world: World) -> None:
    key = stuck(world, CALL, CALLED)
    world.mend(key, missing="called")
    world.complete(world.tasks()[0]["key"])
    assert end_of(world, key) == ("COMPLETED", 0, 0)


@pytest.mark.parametrize("first", [True, False])
def test_a_message_whose_key_was_missing_is_received_also_if_it_came_before(world: World, first: bool) -> None:
    world.deploy(
        diagram(
            "p",
            [start(), message("intermediateCatchEvent", "here"), end()],
            ["begin -> here", "here -> done"],
            root=message_root(key="=missing"),
        )
    )
    key = world.start("p")
    for is_now in (first, not first):
        if is_now:
            with world.database.write() as connection:
                lives = timedelta(hours=1)
                messages.publish(
                    connection, world.engine, name="reply", correlation_key="k", time_to_live=lives, by="caller"
                )
        else:
            world.mend(key, missing="k")
    assert end_of(world, key) == ("COMPLETED", 0, 0)


def test_a_signal_whose_name_was_missing_is_heard(world: World) -> None:
    key = stuck(world, event("intermediateCatchEvent", "here", "signal", "S"))
    world.mend(key, missing="alarm")
    with world.database.write() as connection:
        signals.broadcast(connection, world.engine, name="alarm", variables={}, by="caller")
    assert end_of(world, key) == ("COMPLETED", 0, 0)
