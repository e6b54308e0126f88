"""All measures of one store, as rows of the table."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol

from service.store.unit_of_work import Database
from tests.bench import alive, growth, lists, load, many, pages, report, seeding, served, speed
from tests.bench.floor import Floor
from tests.world import World


class NewUrl(Protocol):
    def __call__(self, *, furnished: bool = False) -> str: ...


STEP, FIRST_ROUND, IDLE, CASES_A_SECOND, STATE = 3, 1.25, 0.001, 300, 8192


@dataclass(frozen=True)
class Sizes:
    """How much is measured."""

    samples: int
    timers: int
    rounds: tuple[int, ...]
    round_samples: int
    cases: int
    matters: int
    decisions: int
    members: int
    alive: tuple[int, ...]
    levels: tuple[int, ...]
    migrated: int
    due: int
    open_: int
    idle: int
    # Made-up matters, the ways of which they are copies (all if none is named), and how many processes write them.
    made_up: int
    listed: int
    ways: tuple[str, ...]
    writers: int


GROUPS = ("steps", "rounds", "growth", "alive", "many", "seed", "load", "served")

FULL = Sizes(
    samples=100,
    timers=100_000,
    rounds=(1, 10, 100, 1_000, 10_000),
    round_samples=30,
    cases=100,
    matters=10,
    decisions=30,
    members=1_000,
    alive=(10, 100, 1_000),
    levels=(10, 50),
    migrated=10_000,
    due=7_000,
    open_=50_000,
    idle=20,
    made_up=10_000,
    listed=100_000,
    ways=(),
    writers=os.cpu_count() or 1,
)
SMALL = Sizes(
    samples=3,
    timers=100,
    rounds=(1, 10),
    round_samples=2,
    cases=2,
    matters=1,
    decisions=1,
    members=3,
    alive=(10, 20),
    levels=(1, 2),
    migrated=3,
    due=3,
    open_=60,
    idle=1,
    made_up=5,
    listed=12,
    ways=("answered", "surveyed"),
    writers=1,
)


def measure(
    new_url: NewUrl,
    sizes: Sizes,
    groups: Collection[str] = GROUPS,
    load_seconds: int = 60,
    tell: report.Tell = lambda _: None,
) -> Iterator[tuple[str, list[report.Row]]]:
    """What is measured of one kind of store, group by group; `new_url` gives the address of an unused database,
    migrated or as a first start leaves it.
    """
    floor = Floor(new_url(), new_url())
    floors: dict[str, speed.Prepare] = {"bare": lambda: floor.bare, "core": lambda: floor.core}
    if not {"steps", "rounds"}.isdisjoint(groups):
        with _world(new_url()) as world:
            world.deploy(*speed.DIAGRAMS)
            if "steps" in groups:
                tell(f"steps, beside {sizes.timers:,} timers")
                speed.fill_with_timers(world, sizes.timers)
                yield "steps", [*_steps(speed.medians(floors | speed.steps(world), sizes.samples), sizes)]
            if "rounds" in groups:
                tell(f"rounds of a loop to {sizes.rounds[-1]:,}")
                rounds = {"core": floors["core"]} | speed.rounds(world, sizes.rounds)
                found = [*_rounds(speed.medians(rounds, sizes.round_samples))]
                state = growth.largest_state(world.database)
                yield "rounds", [*found, report.size(f"largest state, {sizes.rounds[-1]:,} rounds", state, "B", STATE)]
    if "growth" in groups:
        tell("growth of the database")
        yield "growth", _growth(new_url, sizes)
    if "alive" in groups:
        tell("steps beside many that are alive")
        core = speed.medians(floors, sizes.samples)["core"]
        with _world(new_url()) as world:
            yield "alive", [*alive.measure(world, sizes.alive, sizes.levels, sizes.samples, core)]
    if "many" in groups:
        amounts = {"members": sizes.members, "migrated": sizes.migrated, "due": sizes.due}
        core = speed.medians(floors, sizes.samples)["core"]
        yield "many", [*many.measure(lambda: _world(new_url()), **amounts, core=core, tell=tell)]
    if "seed" in groups:
        tell(f"a year of {sizes.made_up:,} made-up matters")
        yield "seed", [*seeding.measure(new_url(furnished=True), new_url(), sizes.made_up, sizes.ways, sizes.writers)]
    if not {"lists", "pages"}.isdisjoint(groups):
        how = lists.How(sizes.listed, sizes.ways, sizes.round_samples, sizes.writers)
        filled = lists.fill(new_url(), how, tell)
        if "lists" in groups:
            yield f"lists of {sizes.listed:,} matters", [*lists.measure(filled, how)]
        if "pages" in groups:
            for title, found in pages.measure(filled, how, tell):
                yield f"{title}, {sizes.listed:,} matters", found
        filled.asker.parts.database.close()
    of_load = {"open_": sizes.open_, "seconds": load_seconds}
    title = f"{load_seconds} s beside {sizes.open_:,} open instances"
    if "load" in groups:
        core = speed.medians(floors, sizes.samples)["core"]
        with _world(new_url()) as world:
            yield f"load of {title}", [*load.measure(world, **of_load, core=core, tell=tell)]
    if "served" in groups:
        core = speed.medians(floors, sizes.samples)["core"]
        of_served = {"idle": sizes.idle, "cases": sizes.cases, "samples": sizes.round_samples, **of_load}
        yield f"served by HTTP: {title}", [*served.measure(new_url(furnished=True), **of_served, core=core, tell=tell)]
    floor.close()


def _growth(new_url: NewUrl, sizes: Sizes) -> list[report.Row]:
    with _world(new_url()) as world:
        size, rows = growth.of_a_case(world, sizes.cases)
    matter_size, matter_rows, matter_state = growth.of_a_matter(new_url(furnished=True), sizes.matters)
    return [
        report.size("a case with three tasks", size, "B"),
        report.size("a case with three tasks", rows, "rows"),
        report.size("a matter from intake to closed file", matter_size, "B"),
        report.size("a matter from intake to closed file", matter_rows, "rows"),
        report.size("largest state of a matter", matter_state, "B", STATE),
    ]


@contextmanager
def _world(url: str) -> Iterator[World]:
    database = Database(url)
    yield World(database)
    database.close()


def _steps(seconds: dict[str, float], sizes: Sizes) -> Iterator[report.Row]:
    core = seconds.pop("core")
    yield report.time("floor: bare driver", seconds.pop("bare"), core)
    yield report.time("floor: SQLAlchemy Core", core, core)
    for name, taken in seconds.items():
        if name == "idle tick":
            met = taken < IDLE
            yield report.time(f"{name}, {sizes.timers:,} timers wait", taken, core, f"under {IDLE * 1000:g} ms", met)
        elif name == "whole small case":
            yield report.time(name, taken, core, f"{CASES_A_SECOND} a second", 1 / taken >= CASES_A_SECOND)
        else:
            yield report.within(name, taken, core, STEP)


def _rounds(seconds: dict[str, float]) -> Iterator[report.Row]:
    core = seconds.pop("core")
    first = next(iter(seconds.values()))
    for name, taken in seconds.items():
        aim = "" if taken is first else f"{FIRST_ROUND:g} × round 1"
        yield report.time(name, taken, core, aim, taken <= FIRST_ROUND * first if aim else None)
