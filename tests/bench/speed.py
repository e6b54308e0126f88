"""What is timed: each measure prepares something to do, and only the doing counts."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from itertools import count
from pathlib import Path
from statistics import median
from time import perf_counter

import yaml
from sqlalchemy import select, text

from service.engine import messages, process_instances, user_tasks
from service.store.tables import user_task
from service.worker import Worker
from tests.bench.floor import Act
from tests.diagrams import Node, diagram, end, message, message_root, start, timer, user
from tests.world import World

Prepare = Callable[[], Act]

FEWEST, PATIENCE = 5, 20.0

MATTER = yaml.safe_load(Path("tests/scenarios/hotline-intake/start.yaml").read_text())["start"]
THREE_TASKS = diagram(
    "three-tasks",
    [start(), user("record"), user("handle", "dept-housing"), user("review"), end()],
    ["begin -> record", "record -> handle", "handle -> review", "review -> done"],
)
ONE_TASK = diagram("one-task", [start(), user("work"), end()], ["begin -> work", "work -> done"])
ONE_MESSAGE = diagram(
    "one-message",
    [start(), message("intermediateCatchEvent", "answer"), end()],
    ["begin -> answer", "answer -> done"],
    root=message_root(key="=matter_no"),
)
LOOP = diagram(
    "loop",
    [
        start(),
        user("work"),
        timer("boundaryEvent", "late", "P5D", attachedToRef="work", cancelActivity="false"),
        user("remind"),
        Node("exclusiveGateway", "again"),
        end(),
        end("reminded"),
    ],
    [
        "begin -> work",
        "work -> again",
        "again -> work if more",
        "again -> done default",
        "late -> remind",
        "remind -> reminded",
    ],
)
DIAGRAMS = (THREE_TASKS, ONE_TASK, ONE_MESSAGE, LOOP)


def medians(measures: Mapping[str, Prepare], samples: int) -> dict[str, float]:
    """The median seconds of each; all take turns, so that a noisy moment of the machine meets them all.

    A machine that is slow just now gets fewer samples than asked for.
    """
    seconds: dict[str, list[float]] = {name: [] for name in measures}
    until = perf_counter() + PATIENCE
    for sample in range(samples):
        if sample >= FEWEST and perf_counter() > until:
            break
        for name, prepare in measures.items():
            act = prepare()
            begun = perf_counter()
            act()
            seconds[name].append(perf_counter() - begun)
    return {name: median(taken) for name, taken in seconds.items()}


def steps(world: World) -> dict[str, Prepare]:
    """The steps that people and messages make, and the tick that finds nothing due."""
    numbers = count(1)
    worker = Worker(world.database, world.engine, longest=timedelta(seconds=15))

    def claim() -> Act:
        [task] = world.tasks(world.start("three-tasks", **MATTER))
        return lambda: assign(world, task["key"])

    def complete() -> Act:
        [task] = world.tasks(world.start("three-tasks", **MATTER))
        return lambda: world.complete(task["key"], facts_reviewed=True, accused_unit="dept-housing")

    def correlate() -> Act:
        number = f"WF{next(numbers)}"
        world.start("one-message", **MATTER | {"matter_no": number})
        return lambda: tell(world, number)

    return {
        "start to the first user task": lambda: lambda: world.start("three-tasks", **MATTER),
        "claim": claim,
        "complete": complete,
        "correlate a message": correlate,
        "idle tick": lambda: worker.tick,
        "whole small case": lambda: lambda: small_case(world),
    }


def rounds(world: World, numbers: tuple[int, ...]) -> dict[str, Prepare]:
    """One round of a loop, for each of these rounds."""
    return {f"round {number:,} of a loop": _nth_round(world, number).__next__ for number in numbers}


def assign(world: World, task_key: int) -> None:
    with world.database.write() as connection:
        user_tasks.assign(connection, world.engine, task_key, "li", by="li", allow_override=False)


def tell(world: World, matter_no: str) -> None:
    with world.database.write() as connection:
        messages.correlate(
            connection, world.engine, name="reply", correlation_key=matter_no, variables={"resolved": True}, by="object"
        )


def small_case(world: World) -> None:
    """Start, one task, end."""
    with world.database.write() as connection:
        started = process_instances.start(
            connection, world.engine, process_id="one-task", variables=MATTER, by="caller"
        )
        mine = select(user_task.c.key).where(user_task.c.instance_key == started.key)
        task_key = connection.execute(mine).scalar_one()
    world.complete(task_key, resolved=True)


def fill_with_timers(world: World, number: int) -> None:
    """Timers that wait for a far future, as those of many open matters do."""
    is_sqlite = world.database.is_sqlite
    due = "'2036-01-01 00:00:00.000000'" if is_sqlite else "timestamptz '2036-01-01 00:00:00+00'"
    numbers = f"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {number})"
    columns = "key, instance_key, definition_key, wait_id, element_id, due_at, provisional"
    with world.database.write() as connection:
        connection.execute(
            text(f"{numbers} INSERT INTO timer ({columns}) SELECT i, i, 1, '1', 'late', {due}, false FROM n")
        )
        if not is_sqlite:
            connection.execute(text("ANALYZE timer"))  # as PostgreSQL does by itself within a minute


def _nth_round(world: World, number: int) -> Iterator[Act]:
    while True:
        instance = world.start("loop", **MATTER)
        for _ in range(number - 1):
            _once_more(world, instance)()
        # Near enough: round 1,020 stands for round 1,000, round 2 does not for round 1.
        for _ in range(max(1, number // 10)):
            yield _once_more(world, instance)


def _once_more(world: World, instance: int) -> Act:
    [task] = world.tasks(instance)
    return lambda: world.complete(task["key"], more=True)
