"""What is stored: bytes and rows a matter, and the state of a long one."""

from __future__ import annotations

from sqlalchemy import func, select, text

from service.store.tables import metadata, process_instance
from tests.bench.speed import DIAGRAMS, MATTER
from tests.world import World


def of_a_case(world: World, cases: int) -> tuple[float, float]:
    """The bytes and rows that a small case with three tasks leaves behind."""
    world.deploy(*DIAGRAMS)
    rows, size = _rows(world), _bytes(world)
    for _ in range(cases):
        instance = world.start("three-tasks", **MATTER)
        for _ in range(3):
            [task] = world.tasks(instance)
            world.complete(task["key"], facts_reviewed=True)
    return (_bytes(world) - size) / cases, (_rows(world) - rows) / cases


def largest_state(world: World) -> int:
    """The bytes of the largest state among all instances."""
    with world.database.read() as connection:
        query = select(func.max(func.length(process_instance.c.state_blob)))
        return int(connection.execute(query).scalar_one())


def _rows(world: World) -> int:
    with world.database.read() as connection:
        tables = metadata.sorted_tables
        return sum(connection.execute(select(func.count()).select_from(table)).scalar_one() for table in tables)


def _bytes(world: World) -> int:
    """The size of the database, without what the next write would use again."""
    if world.database.is_sqlite:
        asked = "SELECT (page_count - freelist_count) * page_size FROM pragma_page_count, pragma_freelist_count,"
        asked += " pragma_page_size"
    else:
        with world.database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("VACUUM FULL"))
        asked = "SELECT pg_database_size(current_database())"
    with world.database.read() as connection:
        return int(connection.execute(text(asked)).scalar_one())
