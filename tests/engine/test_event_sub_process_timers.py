"""Timers that begin event sub-processes, and cycles and signals across redeployment and suspension."""

from __future__ import annotations

from datetime import timedelta

import pytest

from service.engine import signals, suspension
from tests.diagrams import Node, diagram, end, event, event_sub_process, start, user
from tests.diagrams import timer as timed
from tests.world import World


def watched(begin: Node, *, root: str = "") -> bytes:
    inside = event_sub_process("watch", begin, user("look"))
    return diagram("watched", [start(), user("work"), end(), inside], ["begin -> work", "work -> done"], root=root)


def works(world: World) -> list[str]:
    return sorted(task["element_id"] for task in world.tasks())


@pytest.mark.parametrize(
    ("tag", "value", "seen"),
    [
        ("timeDate", "2026-02-10T02:00:00Z", [1, 1, 1]),
        ("timeDuration", "PT1H", [1, 1, 1]),
        ("timeCycle", "R2/PT1H", [1, 2, 2]),
    ],
)
def test_an_event_sub_process_begins_by_date_duration_and_cycle(
    world: World, tag: str, value: str, seen: list[int]
) -> None:
    world.deploy(watched(timed("startEvent", "late", value, tag, isInterrupting="false")))
    world.start("watched")
    for count in seen:
        world.restart()
        world.pass_(hours=1)
        assert works(world) == ["look"] * count + ["work"]


def test_one_that_interrupts_ends_what_is_around_it(world: World) -> None:
    world.deploy(watched(timed("startEvent", "late", "PT1H")))
    world.start("watched")
    world.pass_(hours=1)
    assert works(world) == ["look"]


def test_deploying_the_same_again_leaves_the_count_of_a_cycle(world: World) -> None:
    nodes = [timed("startEvent", "often", "R2/PT1H", "timeCycle"), user("work"), end()]
    counted = diagram("counted", nodes, ["often -> work", "work -> done"])
    world.deploy(counted)
    world.pass_(minutes=90)
    world.deploy(counted)
    world.pass_(minutes=30)
    assert works(world) == ["work"] * 2
    world.deploy(counted)
    world.pass_(hours=5)
    assert works(world) == ["work"] * 2


def test_who_is_suspended_does_not_hear_a_signal_and_hears_the_next_when_resumed(world: World) -> None:
    heard = event("startEvent", "heard", "signal", "S", isInterrupting="false")
    world.deploy(watched(heard, root='<bpmn:signal id="S" name="alarm" />'))
    key = world.start("watched")

    def cry() -> None:
        world.now += timedelta(minutes=1)
        with world.database.write() as connection:
            signals.broadcast(connection, world.engine, name="alarm", by="web")

    with world.database.write() as connection:
        suspension.suspend(connection, world.engine, key, by="chief")
    cry()
    with world.database.write() as connection:
        suspension.resume(connection, world.engine, key, by="chief")
    assert works(world) == ["work"]
    cry()
    assert works(world) == ["look", "work"]
