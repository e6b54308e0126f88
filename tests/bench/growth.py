"""What is stored: bytes and rows a matter, and the largest state."""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random

from sqlalchemy import func, select, text

from service.clock import CITY_ZONE
from service.store.tables import metadata, process_instance
from service.store.unit_of_work import Database
from tests.answers import answer
from tests.bench.speed import DIAGRAMS, MATTER
from tests.city import City
from tests.world import World

BEGIN = datetime(2026, 3, 2, 9, tzinfo=CITY_ZONE)
DAYS, SEED = 60, 12345


def of_a_case(world: World, cases: int) -> tuple[float, float]:
    """The bytes and rows that a small case with three tasks leaves behind."""
    world.deploy(*DIAGRAMS)
    rows, size = _rows(world.database), _bytes(world.database)
    for _ in range(cases):
        instance = world.start("three-tasks", **MATTER)
        for _ in range(3):
            [task] = world.tasks(instance)
            world.complete(task["key"], facts_reviewed=True)
    return (_bytes(world.database) - size) / cases, (_rows(world.database) - rows) / cases


def of_a_matter(url: str, matters: int) -> tuple[float, float, int]:
    """The bytes and rows that a matter leaves behind from its intake to its closed file, and its largest state."""
    city = City(url, BEGIN)
    database, chance = city.parts.database, Random(SEED)  # the same answers in every run
    rows, size, state = _rows(database), _bytes(database), 0
    numbers = [str(city.file()["number"]) for _ in range(matters)]
    for _ in range(DAYS):
        state = max(state, largest_state(database))
        for number in numbers:
            _answer_all(city, number, chance)
        if not _active(database):
            break
        city.pass_to(city.now + timedelta(days=1))
    grown = (_bytes(database) - size) / matters, (_rows(database) - rows) / matters, state
    city.close()
    return grown


def largest_state(database: Database) -> int:
    """The bytes of the largest state among all instances."""
    with database.read() as connection:
        query = select(func.max(func.length(process_instance.c.state_blob)))
        return int(connection.execute(query).scalar_one())


def _answer_all(city: City, number: str, chance: Random) -> None:
    while waiting := city.waiting(number):
        answers = answer(waiting[0], chance)
        while answers.get("course"):  # the usual way is a reply
            answers = answer(waiting[0], chance)
        city.complete(number, waiting[0], **answers)


def _active(database: Database) -> bool:
    with database.read() as connection:
        query = select(process_instance.c.key).where(process_instance.c.state == "ACTIVE").limit(1)
        return connection.execute(query).first() is not None


def _rows(database: Database) -> int:
    with database.read() as connection:
        tables = metadata.sorted_tables
        return sum(connection.execute(select(func.count()).select_from(table)).scalar_one() for table in tables)


def _bytes(database: Database) -> int:
    """The size of the database, without what the next write would use again."""
    if database.is_sqlite:
        asked = "SELECT (page_count - freelist_count) * page_size FROM pragma_page_count, pragma_freelist_count,"
        asked += " pragma_page_size"
    else:
        with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("VACUUM FULL"))
        asked = "SELECT pg_database_size(current_database())"
    with database.read() as connection:
        return int(connection.execute(text(asked)).scalar_one())
