"""Writes a made-up year into a store: what was played is cut, copied, and written in bulk."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any

from sqlalchemy import Connection, event, func, select, update

from service import exact_json
from service.calendar import Calendar
from service.clock import CITY_ZONE, in_city
from service.engine import Engine, audit
from service.engine.deployments import Files
from service.errors import Conflict, Invalid
from service.hotline import channels, figure_counts, heat_counts, organisation, parameters
from service.hotline.calendars import LocalCalendar
from service.hotline.seed import play, wording, writers
from service.hotline.seed.calls import Calls
from service.hotline.seed.cutting import KEY, Cutter
from service.hotline.seed.play import Play, Played
from service.hotline.seed.templates import Template
from service.hotline.seed.timelines import Days
from service.hotline.seed.year import Subject, Year
from service.store import bulk, statistics
from service.store.secrets import KeyRing
from service.store.tables import (
    decision_definition,
    decision_requirements,
    element_instance,
    form,
    matter,
    person,
    process_definition,
    unit,
)
from service.store.unit_of_work import Database

_QUIET = 25  # days with nothing but ordinary weeks around the day on which an archetype begins

Tell = Callable[[str, int], None]


def refuse_real(database: Database) -> None:
    """Raises Conflict for a store with matters: what is made up is never mixed with what somebody has said."""
    if has_matters(database):
        raise Conflict("There are matters here already. Take an empty store, or say --force.")


class Theatre:
    """A store of its own, in which each way is played once; what is played there serves any number of stores."""

    def __init__(self, database: Database, engine: Engine, secrets: KeyRing) -> None:
        # Nothing of it outlives the process.
        database.engine.dispose()
        event.listen(database.engine, "connect", _careless)
        self.database, self.protection, self.played = database, engine.protection, list[Played]()
        self.days = Days(_calendar(engine))
        self.stage = Play(database, engine, secrets, engine.clock())

    def play(self, files: Files, begin: date, tell: Tell) -> None:
        """Play all ways in ordinary weeks from a day on, by these files."""
        with self.database.write() as connection:
            if connection.execute(select(unit.c.id).limit(1)).first() is None:
                organisation.load_units(connection)
        self.stage.now = _opening(begin, self.days)
        self.stage.deploy(files)
        for archetype in self.stage.archetypes:
            for by in archetype.by:
                self.played.append(self.stage.play(archetype, by))
                self.stage.now = _opening(self.stage.now.date(), self.days)
            tell("played", 1)
        with self.database.write() as connection:
            # All that is copied is counted at once, when it is there: to mark it then would be to write it twice.
            connection.execute(update(element_instance).values(is_counted=True))


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
    processes: int = 1,
) -> int:
    """Write so many finished matters of so many days until yesterday; answers how many rows those are."""
    is_empty = not has_matters(database)
    make = prepared(database, engine, secrets, theatre, seed)
    at, written = engine.clock(), 0
    works = make().works(in_city(at).date() - timedelta(days=days), days, number)
    for matters, rows in writers.written(make, opening(database, is_safe=not is_empty), works, processes):
        written += rows
        tell("written", matters)
    with database.write() as connection:
        figure_counts.count_all(connection, at)
        heat_counts.count_all(connection)
        what = {"matters": number, "days": days, "seed": seed}
        audit.record(connection, at, "seeded", who="seed", subject="made-up matters", **what)
    bulk.settled(_url(database))
    statistics.learn(database)
    return written


def prepared(database: Database, engine: Engine, secrets: KeyRing, theatre: Theatre, seed: int) -> Callable[[], Year]:
    """What makes the matters of a year for a store, in whichever process it is called."""
    with database.read() as connection, theatre.database.read() as played_in:
        units, stable = list(connection.execute(select(unit).order_by(unit.c.id))), _stable(played_in, connection)
        takers = [
            one.id for one in connection.execute(select(person).order_by(person.c.id)) if "CALL_TAKER" in one.roles
        ]
        limits = parameters.in_force(connection, engine, engine.clock())
        by_call = channels.calls(connection, engine)
        cut = [Cutter(played_in, theatre.protection, one, theatre.days, stable).cut() for one in theatre.played]
    subjects, words = wording.read()
    placed = list(_placed(theatre.stage, subjects, cut, units, stable))
    # Without what they have worked out already, which cannot go to other processes.
    keys = KeyRing(secrets.keys)
    calls = Calls(by_call, limits, takers, keys, database.is_sqlite)
    of_year = cut, placed, words, Days(_calendar(engine)), keys, calls, seed
    return partial(Year, *of_year, until=engine.clock(), is_sqlite=database.is_sqlite)


def opening(database: Database, *, is_safe: bool) -> Callable[[], bulk.Bulk]:
    return partial(bulk.opened, _url(database), is_safe=is_safe)


def has_matters(database: Database) -> bool:
    with database.read() as connection:
        return connection.execute(select(matter.c.number).limit(1)).first() is not None


def _url(database: Database) -> str:
    return database.engine.url.render_as_string(hide_password=False)


def _placed(
    stage: Play,
    subjects: Iterable[Mapping[str, Any]],
    cut: Iterable[Template],
    units: Iterable[Any],
    stable: Mapping[str, str],
) -> Iterator[Subject]:
    """Each subject at each place, with what the duty directory says of it."""
    template = next(one for one in cut if one.duty_process)
    places = {one.division_code: one.name for one in units if one.kind == "COUNTY"}

    def duty(area: str, government: str, l1: str, l2: str, title: str) -> dict[str, Any]:
        place = {"division_code": area, "address": government.removesuffix("人民政府")}
        about = {"category_l1": l1, "category_l2": l2, "title": title}
        return stage.duty({**template.variables, **place, **about})

    for area, government in places.items():
        # Several who are on duty together must be those that it was played with.
        played = duty(area, government, *play.CATEGORIES[play.SHARED], play.TITLES[play.SHARED])["output"]
        for told in subjects:
            record = duty(area, government, told["l1"], told["l2"], told["title"])
            output = record["output"]
            if output["mode"] != "SINGLE" and output != played:
                continue
            text = KEY.sub(lambda found: stable.get(found[0], found[0]), exact_json.dumps(record))
            yield Subject(
                category=told["l1"],
                second=told["l2"],
                title=told["title"],
                text=told["text"],
                area=area,
                government=government,
                unit=output["unit_id"] if output["mode"] == "SINGLE" else "",
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


def _careless(driver_connection: Any, _record: Any) -> None:
    driver_connection.execute("PRAGMA synchronous=OFF")


def _calendar(engine: Engine) -> Calendar:
    if not isinstance(engine.working_days, LocalCalendar):
        raise Invalid("A made-up year needs the city's working days.")
    return engine.working_days.as_now()
