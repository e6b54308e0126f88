"""Writes a made-up year into a store: what was played is cut, copied, and written in bulk, statement by statement."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date, datetime, timedelta
from random import Random
from typing import Any

from sqlalchemy import Connection, Table, func, select

from service import exact_json
from service.clock import CITY_ZONE, in_city
from service.engine import Engine, audit
from service.engine.deployments import Files
from service.errors import Conflict, Invalid
from service.hotline import figure_counts
from service.hotline.seed.play import Play, Played
from service.hotline.seed.templates import KEY, TABLES, Cutter, Template
from service.hotline.seed.timelines import Days
from service.hotline.seed.year import Subject, Year, listed
from service.store.protection import Protection
from service.store.secrets import KeyRing
from service.store.tables import (
    decision_definition,
    decision_requirements,
    form,
    matter,
    process_definition,
    unit,
)
from service.store.unit_of_work import Database

# So many matters are one transaction.
_AT_ONCE = 1_000
_QUIET = 25  # days with nothing but ordinary weeks around the day on which an archetype begins

Tell = Callable[[str, int], None]


def refuse_real(database: Database) -> None:
    """Raises Conflict for a store with matters: what is made up is never mixed with what somebody has said."""
    with database.read() as connection:
        if connection.execute(select(matter.c.number).limit(1)).first() is not None:
            raise Conflict("There are matters here already. Take an empty store, or say --force.")


class Theatre:
    """A store of its own, in which each way is played once; what is played there serves any number of stores."""

    def __init__(self, database: Database, engine: Engine, secrets: KeyRing) -> None:
        # What is made up need not be sealed, and could not be cut then.
        engine.protection = Protection(secrets)
        self.database, self.played = database, list[Played]()
        self.days = Days(_calendar(engine))
        self.stage = Play(database, engine, secrets, engine.clock())

    def play(self, files: Files, begin: date, tell: Tell) -> None:
        """Play all ways in ordinary weeks from a day on, by these files."""
        self.stage.now = _opening(begin, self.days)
        self.stage.deploy(files)
        for archetype in self.stage.archetypes:
            for by in archetype.by:
                self.played.append(self.stage.play(archetype, by))
                self.stage.now = _opening(self.stage.now.date(), self.days)
            tell("played", 1)


def year(
    database: Database,
    engine: Engine,
    secrets: KeyRing,
    theatre: Theatre,
    *,
    days: int,
    number: int,
    seed: int,
    tell: Tell,
) -> int:
    """Write so many finished matters of so many days until yesterday; answers how many rows those are."""
    calendar, at = theatre.days, engine.clock()
    with database.read() as connection, theatre.database.read() as played_in:
        units, stable = list(connection.execute(select(unit).order_by(unit.c.id))), _stable(played_in, connection)
        dialect = database.engine.dialect.name
        cut = [Cutter(played_in, one, calendar, stable, dialect).cut() for one in theatre.played]
    subjects = list(_subjects(theatre.stage, cut, units, stable))
    chance = Random(seed)  # noqa: S311 nothing is kept secret by it
    made = Year(cut, subjects, calendar, secrets, chance, until=at, is_sqlite=database.is_sqlite)
    written, begin = 0, in_city(at).date() - timedelta(days=days)
    for batch in _batches(made.matters(begin, days, number), _AT_ONCE):
        by_table: dict[Table, list[tuple[Any, ...]]] = {table: [] for table in TABLES}
        for rows_of_one in batch:
            for table, rows in rows_of_one:
                by_table[table] += rows
        with database.write() as connection:
            for table, rows in by_table.items():
                _write(connection, table, rows)
                written += len(rows)
        tell("written", len(batch))
    with database.write() as connection:
        figure_counts.count_all(connection, at)
        what = {"matters": number, "days": days, "seed": seed}
        audit.record(connection, at, "seeded", who="seed", subject="made-up matters", **what)
    return written


def _write(connection: Connection, table: Table, rows: list[tuple[Any, ...]]) -> None:
    if not rows:
        return
    names = ", ".join(f'"{column.name}"' for column in table.columns)
    driver: Any = connection.connection.driver_connection
    if connection.dialect.name == "sqlite":
        marks = ", ".join("?" * len(table.columns))
        driver.executemany(f"INSERT INTO {table.name} ({names}) VALUES ({marks})", rows)  # noqa: S608 our own names
        return
    with driver.cursor() as cursor, cursor.copy(f"COPY {table.name} ({names}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)


def _subjects(
    stage: Play, cut: Iterable[Template], units: Iterable[Any], stable: Mapping[str, str]
) -> Iterator[Subject]:
    """Each subject at each place, with what the duty directory says of it where that is one unit."""
    template = next(one for one in cut if one.duty_process)
    places = {one.division_code: one.name for one in units if one.kind == "COUNTY"}
    for told in listed():
        for area, government in places.items():
            changed = {"category_l1": told["l1"], "category_l2": told["l2"], "title": told["title"]}
            changed |= {"division_code": area, "address": government.removesuffix("人民政府")}
            record = stage.duty(template.duty_process or "", template.variables, changed)
            output = record["output"]
            if output["mode"] != "SINGLE":
                continue
            text = KEY.sub(lambda found: stable.get(found[0], found[0]), exact_json.dumps(record))
            yield Subject(
                category=told["l1"],
                second=told["l2"],
                title=told["title"],
                text=told["text"],
                area=area,
                government=government,
                unit=output["unit_id"],
                duty=exact_json.dumps(output),
                record=exact_json.loads(text),
                weight=int(told["weight"]),
            )


def _stable(played_in: Connection, connection: Connection) -> dict[str, str]:
    """The keys of what is deployed there → those of what is deployed here under the same name."""
    found: dict[str, str] = {}
    for table, name in (
        (process_definition, "process_id"),
        (decision_definition, "decision_id"),
        (decision_requirements, "requirements_id"),
        (form, "form_id"),
    ):
        newest = select(table.c[name], func.max(table.c.key)).group_by(table.c[name])
        here = {row[0]: row[1] for row in connection.execute(newest)}
        for id_, key in played_in.execute(select(table.c[name], table.c.key)):
            if id_ not in here:
                raise Invalid(f"{id_} is not deployed here. Deploy what is shipped first.")
            found[str(key)] = str(here[id_])
    return found


def _opening(day: date, days: Days) -> datetime:
    """Ten o'clock on the first Monday from a day on that has only ordinary weeks behind it."""
    while day.weekday() or any(
        days.is_working(day + timedelta(days=ahead)) != ((day + timedelta(days=ahead)).weekday() < 5)
        for ahead in range(_QUIET)
    ):
        day += timedelta(days=1)
    return datetime(day.year, day.month, day.day, 10, tzinfo=CITY_ZONE)


def _calendar(engine: Engine) -> Any:
    if engine.working_days is None:
        raise Invalid("A made-up year needs working days.")
    return engine.working_days


def _batches(matters: Iterator[Any], size: int) -> Iterator[list[Any]]:
    batch = []
    for one in matters:
        batch.append(one)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch
