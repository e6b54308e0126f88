"""Many at once: instances copied in bulk, members of a multi-instance, migrations, timers due in the same second."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import timedelta
from time import perf_counter
from typing import Any

from sqlalchemy import BigInteger, Table, func, insert, select, text

from service.engine import batches
from service.store.tables import history, metadata, process_instance, timer
from service.worker import Worker
from tests.bench import report
from tests.bench.speed import MATTER
from tests.diagrams import diagram, each, end, script, start, user
from tests.diagrams import timer as waits
from tests.world import World

# Keys of copies lie before those of their original, so far apart that they never meet.
_APART = 1 << 32
# Done together, each costs less than a step of its own may: a transaction and its statements are shared.
EACH_OF_MANY = 2
# Of so many copies one has the same district.
DISTRICTS = 500
_BORDER = {"attachedToRef": "work", "cancelActivity": "false"}
DEADLINES = [
    waits("boundaryEvent", "first", "PT1H", **_BORDER),
    waits("boundaryEvent", "second", "P5D", **_BORDER),
    waits("boundaryEvent", "third", "P30D", **_BORDER),
]
_NODES = [
    start(),
    user("work"),
    *DEADLINES,
    *(end(name) for name in ("done", "one", "two", "three")),
]
_FLOWS = ["begin -> work", "work -> done", "first -> one", "second -> two", "third -> three"]
OPEN = diagram("open", _NODES, _FLOWS)
# The same with another end, so that it is another version.
NEWER = diagram(
    "open",
    [*_NODES[:5], *(end(name) for name in ("over", "one", "two", "three"))],
    ["begin -> work", "work -> over", *_FLOWS[2:]],
)
EACH = diagram(
    "each", [start(), each(script("add", "n + 1", "m"), "numbers", member="n"), end()], ["begin -> add", "add -> done"]
)


def copies(world: World, instance: int, number: int) -> None:
    """So many more instances that stand where this one stands, row by row, without their history.

    Each has two variables of its own: a `receipt` R1, R2, …, and a `district`.
    """
    numbers = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :number)"
    with world.database.write() as connection:
        original = (
            connection.execute(select(process_instance).where(process_instance.c.key == instance)).mappings().one()
        )
        for table in metadata.sorted_tables:
            if "instance_key" in table.c and table is not history:
                names = [column.name for column in table.c]
                told = ", ".join(f"t.{c} - n.i * :apart" if _is_key(table, c) else f't."{c}"' for c in names)
                columns = ", ".join(f'"{c}"' for c in names)
                connection.execute(
                    text(
                        f'{numbers} INSERT INTO "{table.name}" ({columns}) SELECT {told} FROM n, "{table.name}" t '
                        "WHERE t.instance_key = :instance"
                    ),
                    {"number": number, "apart": _APART, "instance": instance},
                )
        added = [_copy(world, dict(original), i) for i in range(1, number + 1)]
        connection.execute(insert(process_instance), added)
        if not world.database.is_sqlite:
            for name in ("process_instance", "timer", "user_task", "element_instance"):
                connection.execute(text(f"ANALYZE {name}"))  # as PostgreSQL does by itself within a minute


def measure(
    new_world: Callable[[], AbstractContextManager[World]],
    *,
    members: int,
    migrated: int,
    due: int,
    core: float,
    tell: report.Tell,
) -> Iterator[report.Row]:
    """How long all take, and how many that is a second; what is lost or done twice makes it fail."""
    tell(f"multi-instance of {members:,}")
    with new_world() as world:
        world.deploy(EACH)
        taken = _timed(lambda: world.start("each", numbers=list(range(members))))
        assert world.count("COMPLETED") == 1
        yield report.each(f"multi-instance of {members:,}", taken, members, core, EACH_OF_MANY)
    tell(f"migration of {migrated:,}")
    with new_world() as world:
        yield report.each(f"migration of {migrated:,}", _migrate(world, migrated), migrated, core, EACH_OF_MANY)
    tell(f"{due:,} deadlines")
    with new_world() as world:
        yield report.each(f"{due:,} deadlines in the same second", _all_due(world, due), due, core, EACH_OF_MANY)


def _migrate(world: World, number: int) -> float:
    world.deploy(OPEN)
    copies(world, world.start("open", **MATTER), number - 1)
    target = world.deploy(NEWER).process_definitions[0]["key"]
    worker = Worker(world.database, world.engine, longest=timedelta(seconds=15))
    with world.database.write() as connection:
        which = process_instance.c.process_id == "open"
        plan = {"target": str(target), "mapping": {}, "equal_ids": True}
        key = batches.start(connection, world.engine, "MIGRATE_PROCESS_INSTANCE", which, plan=plan, by="bench")
    taken = _timed(worker.tick)
    with world.database.read() as connection:
        done = batches.get(connection, key)
    assert (done["state"], done["completed"]) == ("COMPLETED", number), dict(done)
    return taken


def _all_due(world: World, number: int) -> float:
    world.deploy(OPEN)
    copies(world, world.start("open", **MATTER), number - 1)
    world.now += timedelta(hours=1)
    worker = Worker(world.database, world.engine, longest=timedelta(seconds=15))
    taken = _timed(worker.tick)
    with world.database.read() as connection:
        fired = select(func.count(), func.count(history.c.instance_key.distinct())).where(
            history.c.kind == "timer-fired"
        )
        assert tuple(connection.execute(fired).one()) == (number, number)
        assert connection.execute(select(func.count()).select_from(timer)).scalar_one() == 2 * number
    return taken


def _timed(act: Callable[[], object]) -> float:
    begun = perf_counter()
    act()
    return perf_counter() - begun


def _is_key(table: Table, name: str) -> bool:
    return (
        (name == "key" or name.endswith("_key"))
        and name not in ("definition_key", "form_key", "correlation_key")
        and isinstance(table.c[name].type, BigInteger)
    )


def _copy(world: World, row: dict[str, Any], number: int) -> dict[str, Any]:
    less = number * _APART
    # What is sealed opens at its own place alone: each copy has a key of its own.
    protection, key = world.engine.protection, row["key"] - less
    dumped = protection.of_row(row).dumped(bytes(row["state_blob"]), row["key"])
    data_key, seal = protection.begin(key)
    return row | {
        "data_key": data_key,
        "state_blob": seal.state(dumped, key),
        "variables": row["variables"] | {"receipt": f"R{number}", "district": f"d{number % DISTRICTS}"},
        "key": key,
        "root_key": row["root_key"] - less,
        "waits": {wait_id: [entry[0], entry[1] - less, *entry[2:]] for wait_id, entry in row["waits"].items()},
    }
