"""How long lists and dashboards take among very many matters: each as whoever sees it, answers written out included."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from statistics import median
from time import perf_counter

from sqlalchemy import select

from service.app import create_app, furnish
from service.config import Settings
from service.hotline.seed import write
from service.store.tables import matter
from service.web import Hotline
from tests import lists
from tests.bench import multiply, report, seeding
from tests.lists import Asker, Question
from tests.stores import DATA_KEYS

# How many of them may be asked for at most within which time.
LIMITS = ((100_000, 0.2), (1_000_000, 0.5))
# So many are made as whole as the seed makes them; the others are copies of what lists read.
WHOLE = 2_000
_PAGE = 50


@dataclass(frozen=True, slots=True)
class How:
    """Among how many matters, made of which ways by how many processes, and how often each list is asked for."""

    matters: int
    ways: Collection[str]
    samples: int
    processes: int


@dataclass(frozen=True, slots=True)
class Filled:
    """A store full of matters, who asks it, and what there is to ask about."""

    asker: Asker
    known: lists.Known
    floor: float


def fill(url: str, how: How, tell: report.Tell) -> Filled:
    """The caller closes `asker.parts.database`."""
    app = create_app(
        Settings(database_url=url, log_level="ERROR", data_keys=DATA_KEYS, auth="required"), clock=lambda: seeding.NOW
    )
    furnish(app)
    parts: Hotline = app.extensions["hotline"]
    whole = min(how.matters, WHOLE)
    tell(f"{whole:,} made-up matters")
    _seed(parts, whole, how)
    asker = Asker(app)
    asker.file()
    known = lists.known(parts)
    multiply.to(parts.database, parts.engine, parts.secrets, how.matters, tell)
    return Filled(asker, known, median(_seconds(lambda: _page(parts)) for _ in range(how.samples)))


def measure(filled: Filled, how: How) -> Iterator[report.Row]:
    yield floor(filled)
    longest = next((seconds for number, seconds in LIMITS if how.matters <= number), LIMITS[-1][1])
    for question in lists.all_of(filled.known):
        taken = asked(filled.asker, question, how.samples)
        slow = taken[len(taken) * 95 // 100]
        name = f"{question.name} · {question.who or 'anybody'}"
        aim = f"p95 {slow * 1000:.0f}, under {longest * 1000:.0f} ms"
        yield report.time(name, median(taken), filled.floor, aim, slow < longest)


def floor(filled: Filled) -> report.Row:
    return report.time(f"floor: {_PAGE} matters by their numbers", filled.floor, filled.floor)


def _seed(parts: Hotline, number: int, how: How) -> None:
    with seeding.theatre(how.ways) as theatre:
        write.year(
            parts.database,
            parts.engine,
            parts.secrets,
            theatre,
            days=seeding.DAYS,
            number=number,
            seed=seeding.SEED,
            tell=lambda *_: None,
            processes=how.processes,
        )


def asked(asker: Asker, question: Question, samples: int) -> list[float]:
    """The seconds of so many times, sorted; the first, which nothing was ready for, does not count."""
    asker.ask(question)
    return sorted(_seconds(lambda: asker.ask(question)) for _ in range(samples))


def _page(parts: Hotline) -> None:
    with parts.database.read() as connection:
        numbers = list(connection.execute(select(matter.c.number).order_by(matter.c.number).limit(_PAGE)).scalars())
        connection.execute(select(matter).where(matter.c.number.in_(numbers))).all()


def _seconds(act: Callable[[], object]) -> float:
    begun = perf_counter()
    act()
    return perf_counter() - begun
