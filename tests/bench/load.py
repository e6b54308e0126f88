"""A load that goes on: starts and completions at a steady pace beside many open instances, with the tick running."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import timedelta
from time import monotonic, sleep

from sqlalchemy import func, select

from service.clock import now
from service.engine import Engine
from service.store.tables import timer, user_task
from service.worker import Worker
from tests.bench import report
from tests.bench.many import OPEN, copies
from tests.bench.speed import MATTER
from tests.world import World

STARTS, COMPLETIONS, THREADS = 5, 20, 8  # the first two a second
SLOWEST = 0.3


def measure(world: World, *, open_: int, seconds: int, core: float) -> Iterator[report.Row]:
    """How long each verb takes, counted from when it was to begin, and what is overdue in the end."""
    world.deploy(OPEN)
    copies(world, world.start("open", **MATTER), open_ - 1)
    # Real time from here on: what was prepared in the past of the test's clock is not due at once.
    with world.database.write() as connection:
        connection.execute(timer.update().values(due_at=now() + timedelta(hours=1)))
        oldest = select(user_task.c.key).where(user_task.c.state == "CREATED").order_by(user_task.c.key)
        tasks = list(connection.execute(oldest.limit(COMPLETIONS * seconds)).scalars())
    world.engine = Engine(now, world.working_days, world.handlers)
    worker = Worker(world.database, world.engine, longest=timedelta(seconds=15))
    worker.start()
    acts: list[tuple[float, str, Callable[[], object]]] = [
        (number / STARTS, "start", lambda: world.start("open", **MATTER)) for number in range(STARTS * seconds)
    ]
    for number, key in enumerate(tasks):
        acts.append((number / COMPLETIONS, "complete", lambda key=key: world.complete(key, resolved=True)))  # type: ignore[misc]
    try:
        taken = _paced(sorted(acts, key=lambda act: act[0]))
    finally:
        worker.stop()
    with world.database.read() as connection:
        overdue = connection.execute(select(func.count()).where(timer.c.due_at <= now())).scalar_one()
    for verb, each in taken.items():
        each.sort()
        middle, slow, slowest = each[len(each) // 2], each[len(each) * 95 // 100], each[-1]
        name = f"{verb} under load, {open_:,} open, {seconds} s"
        yield report.time(f"{name}: p50", middle, core)
        yield report.time(f"{name}: p95", slow, core, f"under {SLOWEST * 1000:g} ms", slow < SLOWEST)
        yield report.time(f"{name}: slowest", slowest, core)
    yield report.size("overdue after the load", overdue, "timers", 1)


def _paced(acts: list[tuple[float, str, Callable[[], object]]]) -> dict[str, list[float]]:
    """Each act at its second, whether those before it are done or not; answers how long each took from then on."""
    begun = monotonic()

    def timed(due: float, act: Callable[[], object]) -> float:
        act()
        return monotonic() - due

    waiting: list[tuple[str, Future[float]]] = []
    with ThreadPoolExecutor(THREADS) as pool:
        for second, verb, act in acts:
            due = begun + second
            sleep(max(due - monotonic(), 0))
            waiting.append((verb, pool.submit(timed, due, act)))
    taken: dict[str, list[float]] = {}
    for verb, future in waiting:
        taken.setdefault(verb, []).append(future.result())
    return taken
