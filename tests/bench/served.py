"""The load by HTTP: a real server and its clients, and what that takes of the machine."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from statistics import median
from time import monotonic, sleep
from typing import Any

import httpx

from service.clock import now
from service.engine import jobs
from service.store.unit_of_work import Database
from tests.bench import load, report, searches
from tests.bench.many import DEADLINES, copies
from tests.bench.speed import MATTER
from tests.diagrams import diagram, end, start, user
from tests.diagrams import job as waits_for
from tests.server import Server
from tests.world import World

# A worker completes the jobs that the starts make: the other completions a second are those of user tasks.
TASKS = load.COMPLETIONS - load.STARTS
CLIENTS = 4
# What may be used of a processor when nothing happens, and what a server may grow by after the first of the load.
IDLE, GROWN = 0.02, 48
_PATIENCE = 60
_TICKS = os.sysconf("SC_CLK_TCK")

LETTERS = diagram(
    "letters",
    [start(), waits_for("send", "letter"), user("work"), *DEADLINES, *map(end, ("done", "one", "two", "three"))],
    ["begin -> send", "send -> work", "work -> done", "first -> one", "second -> two", "third -> three"],
)
SMALL = diagram("small", [start(), user("decide"), end()], ["begin -> decide", "decide -> done"])


class Client:
    """What clients ask for by HTTP, each thread by a connection of its own; what is not done fails."""

    def __init__(self, url: str) -> None:
        self._url, self._own = url, threading.local()

    def start(self, process_id: str) -> str:
        asked = {"processDefinitionId": process_id, "variables": MATTER}
        return str(self.post("/process-instances", asked)["processInstanceKey"])

    def complete(self, task_key: int | str) -> None:
        self.post(f"/user-tasks/{task_key}/completion", {"variables": {"resolved": True}})

    def small_case(self) -> None:
        """Start, find the task, complete it."""
        found = self.post("/user-tasks/search", {"filter": {"processInstanceKey": self.start("small")}})
        self.complete(found["items"][0]["userTaskKey"])

    def jobs(self) -> list[dict[str, Any]]:
        """Those that are there, or come in a moment."""
        asked = {"type": "letter", "worker": "w", "timeout": 60_000, "maxJobsToActivate": 10, "requestTimeout": 1_000}
        found: list[dict[str, Any]] = self.post("/jobs/activation", asked)["jobs"]
        return found

    def post(self, path: str, asked: Any) -> Any:
        answer = self._http.post(path, json=asked)
        answer.raise_for_status()
        return answer.json() if answer.content else None

    def nothing(self) -> None:
        """The request that costs least: it asks no database."""
        self._http.get("/license").raise_for_status()

    @property
    def _http(self) -> httpx.Client:
        if not hasattr(self._own, "http"):
            self._own.http = httpx.Client(base_url=f"{self._url}/v2", timeout=_PATIENCE)
        http: httpx.Client = self._own.http
        return http


class Process:
    """What the server's process has taken of the machine, as Linux tells it."""

    def __init__(self, pid: int | None) -> None:
        self._of = Path(f"/proc/{pid}")

    def seconds(self) -> float:
        """Of processors."""
        told = (self._of / "stat").read_text().rpartition(")")[2].split()
        return (int(told[11]) + int(told[12])) / _TICKS

    def megabytes(self) -> float:
        """Of memory that is its own."""
        [line] = [line for line in (self._of / "status").read_text().splitlines() if line.startswith("RssAnon")]
        return int(line.split()[1]) / 1024


def measure(
    url: str, *, open_: int, idle: int, cases: int, samples: int, seconds: int, core: float, tell: report.Tell
) -> Iterator[report.Row]:
    """How long clients wait for each answer, counted from when they were to ask, and what is left undone in the end."""
    tell(f"{open_:,} open instances")
    tasks = prepare(url, open_, TASKS * seconds)
    with Server(url) as server:
        client, process = Client(server.url), Process(server.process.pid)
        tell(f"a server, idle for {idle} s")
        yield report.share("processor of an idle server", _used(process, lambda: sleep(idle)) / idle, IDLE)
        tell("small cases")
        yield from _cases(client, process, cases, core)
        tell("searches")
        yield from searches.measure(client.post, open_, samples, core)
        tell(f"load of {seconds} s")
        yield from _loaded(client, process, tasks, seconds, core, tell)
    database = Database(url)
    yield from load.left(database)
    database.close()


def prepare(url: str, open_: int, tasks: int) -> list[int]:
    """Open instances with three timers each, and variables of their own; answers the keys of so many user tasks."""
    database = Database(url)
    world = World(database)
    world.now = now()
    world.deploy(LETTERS, SMALL)
    instance = world.start("letters", **MATTER)
    [letter] = world.take("letter")
    with database.write() as connection:
        jobs.complete(connection, world.engine, letter["key"], {}, by="worker")
    copies(world, instance, open_ - 1)
    searches.give_tasks_their_own(world)
    found = load.open_tasks(database, tasks)
    database.close()
    return found


def _cases(client: Client, process: Process, cases: int, core: float) -> Iterator[report.Row]:
    """One after another, then by several clients at once."""
    taken = [_timed(client.nothing) for _ in range(cases)]
    yield report.time("floor: a request that does nothing", median(taken), core)
    taken = [_timed(client.small_case) for _ in range(cases)]
    yield report.time("whole small case, three requests", median(taken), core)
    with ThreadPoolExecutor(CLIENTS) as pool:
        begun = monotonic()
        used = _used(process, lambda: list(pool.map(lambda _: client.small_case(), range(cases))))
        each = (monotonic() - begun) / cases
    yield report.time(f"the same by {CLIENTS} clients at once, each", each, core)
    yield report.time("processor of the server for one", used / cases, core)


def _loaded(
    client: Client, process: Process, tasks: list[int], seconds: int, core: float, tell: report.Tell
) -> Iterator[report.Row]:
    acts: load.Acts = [
        (number / load.STARTS, "start", partial(client.start, "letters")) for number in range(load.STARTS * seconds)
    ]
    acts += [(number / TASKS, "complete a task", partial(client.complete, key)) for number, key in enumerate(tasks)]
    grown: list[float] = []
    used = process.seconds()
    with _worker(client) as taken_by_worker:
        taken = load.paced(acts, tell, at_quarter=lambda: grown.append(process.megabytes()))
    used = (process.seconds() - used) / seconds
    for verb, each in {**taken, "complete a job": taken_by_worker}.items():
        yield from load.told(verb, each, core)
    yield report.share("processor of the server under load", used)
    yield report.size("memory of the server after the load", process.megabytes(), "MB")
    yield report.size("grown by since its first quarter", process.megabytes() - grown[0], "MB", GROWN)


@contextmanager
def _worker(client: Client) -> Iterator[list[float]]:
    """Takes and completes jobs until the end of the block, and then until none is there."""
    taken: list[float] = []
    over = threading.Event()

    def work() -> None:
        while (found := client.jobs()) or not over.is_set():
            for one in found:
                taken.append(_timed(partial(client.post, f"/jobs/{one['jobKey']}/completion", {})))

    with ThreadPoolExecutor(1) as pool:
        done = pool.submit(work)
        try:
            yield taken
        finally:
            over.set()
        done.result()


def _used(process: Process, act: Callable[[], object]) -> float:
    """The seconds of processors that the server takes meanwhile."""
    begun = process.seconds()
    act()
    return process.seconds() - begun


def _timed(act: Callable[[], object]) -> float:
    begun = monotonic()
    act()
    return monotonic() - begun
