"""A load that goes on: starts and completions at a steady pace beside many open instances, with the tick running."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from time import monotonic, sleep

from sqlalchemy import func, select

from service.clock import now
from service.engine import Engine
from service.store.tables import job, timer, user_task
from service.store.unit_of_work import Database
from service.worker import Worker
from tests.bench import report
from tests.bench.many import OPEN, copies
from tests.bench.speed import MATTER
from tests.world import World

STARTS, COMPLETIONS, THREADS = 5, 20, 8  # the first two a second
SLOWEST = 0.3

# When, in seconds from the begin; the verb; what is done.
Acts = list[tuple[float, str, Callable[[], object]]]


def measure(world: World, *, open_: int, seconds: int, core: float, tell: report.Tell) -> Iterator[report.Row]:
    """How long each verb takes, counted from when it was to begin, and what is overdue in the end."""
    tell(f"{open_:,} open instances")
    world.now = now()
    world.deploy(OPEN)
    copies(world, world.start("open", **MATTER), open_ - 1)
    tasks = open_tasks(world.database, COMPLETIONS * seconds)
    world.engine = Engine(now, world.working_days, world.handlers, protection=world.engine.protection)
    worker = Worker(world.database, world.engine, longest=timedelta(seconds=15))
    acts: Acts = [
        (number / STARTS, "start", lambda: world.start("open", **MATTER)) for number in range(STARTS * seconds)
    ]
    acts += [
        (number / COMPLETIONS, "complete a task", partial(world.complete, key, resolved=True))
        for number, key in enumerate(tasks)
    ]
    tell(f"load of {seconds} s")
    worker.start()
    try:
        taken = paced(acts, tell)
    finally:
        worker.stop()
    for verb, each in taken.items():
        yield from told(verb, each, core)
    yield from left(world.database)


def open_tasks(database: Database, number: int) -> list[int]:
    """The keys of so many user tasks, the oldest first."""
    with database.read() as connection:
        oldest = select(user_task.c.key).where(user_task.c.state == "CREATED").order_by(user_task.c.key)
        return list(connection.execute(oldest.limit(number)).scalars())


def told(verb: str, taken: Sequence[float], core: float) -> Iterator[report.Row]:
    each = sorted(taken)
    slow = each[len(each) * 95 // 100]
    yield report.time(f"{verb}: p50", each[len(each) // 2], core)
    yield report.time(f"{verb}: p95", slow, core, f"under {SLOWEST * 1000:g} ms", slow < SLOWEST)
    yield report.time(f"{verb}: slowest", each[-1], core)


def left(database: Database) -> Iterator[report.Row]:
    """What should have been done by now."""
    with database.read() as connection:
        overdue = connection.execute(select(func.count()).where(timer.c.due_at <= now())).scalar_one()
        waiting = connection.execute(select(func.count()).select_from(job)).scalar_one()
    yield report.size("overdue after the load", overdue, "timers", 1)
    yield report.size("left after the load", waiting, "jobs", 1)


def paced(acts: Acts, tell: report.Tell, *, at_quarter: Callable[[], object] = lambda: None) -> dict[str, list[float]]:
    """Each act at its second, whether those before it are done or not; answers how long each took from then on."""
    begun = monotonic()

    def timed(due: float, act: Callable[[], object]) -> float:
        act()
        return monotonic() - due

    waiting: list[tuple[str, Future[float]]] = []
    with ThreadPoolExecutor(THREADS) as pool:
        for number, (second, verb, act) in enumerate(sorted(acts, key=lambda one: one[0])):
            due = begun + second
            sleep(max(due - monotonic(), 0))
            waiting.append((verb, pool.submit(timed, due, act)))
            if number == len(acts) // 4:
                at_quarter()
            if number % (len(acts) // 10 + 1) == 0 and number:
                tell(f"{number:,} of {len(acts):,} done or begun")
    taken: dict[str, list[float]] = {}
    for verb, future in waiting:
        taken.setdefault(verb, []).append(future.result())
    return taken
