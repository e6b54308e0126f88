"""The tick wakes when there is work, and goes on whatever happens."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import select

from service.engine import jobs, messages
from service.handlers import Job
from service.store.tables import message
from service.worker import Worker
from tests.diagrams import diagram, end, job, start, timer, user
from tests.world import World

LONG = timedelta(hours=1)
PATIENCE = 20  # seconds; what should happen does so within milliseconds

LETTER = diagram("letter", [start(), job("send", "letter"), end()], ["begin -> send", "send -> done"])


class Post:
    """A handler that tells when it has been called."""

    def __init__(self) -> None:
        self.called = threading.Semaphore(0)
        self.calls = 0

    def __call__(self, given: Job) -> dict[str, bool]:
        self.calls += 1
        self.called.release()
        return {"sent": True}


@pytest.fixture
def post(world: World) -> Post:
    world.handlers["letter"] = post = Post()
    return post


@pytest.fixture
def worker(world: World) -> Iterator[Worker]:
    worker = Worker(world.database, world.engine, longest=LONG)
    worker.start()
    yield worker
    worker.stop()


def test_a_job_is_done_as_soon_as_its_step_is_committed(world: World, post: Post, worker: Worker) -> None:
    world.deploy(LETTER)
    for _ in range(5):
        world.start("letter")
    for _ in range(5):
        assert post.called.acquire(timeout=PATIENCE)


def test_work_that_was_there_before_the_start_is_found(world: World, post: Post) -> None:
    world.deploy(LETTER)
    world.start("letter")
    worker = Worker(world.database, world.engine, longest=LONG)
    worker.start()
    assert post.called.acquire(timeout=PATIENCE)
    worker.stop()


def test_what_a_process_was_doing_when_it_died_is_done_by_the_next(world: World, post: Post) -> None:
    world.deploy(LETTER)
    world.start("letter")
    world.take("letter", worker=jobs.IN_PROCESS)
    worker = Worker(world.database, world.engine, longest=LONG)
    if not world.database.is_sqlite:  # another process may be doing it still, until its lease is over
        world.now += timedelta(minutes=2)
    worker.start()
    assert post.called.acquire(timeout=PATIENCE)
    worker.stop()


def test_a_tick_tells_how_long_nothing_more_is_due(world: World) -> None:
    nodes = [start(), user("work"), timer("boundaryEvent", "late", "PT10M", attachedToRef="work"), end(), end("over")]
    world.deploy(diagram("p", nodes, ["begin -> work", "work -> done", "late -> over"]))
    worker = Worker(world.database, world.engine, longest=LONG)
    assert worker.tick() == LONG
    key = world.start("p")
    assert worker.tick() == timedelta(minutes=10)
    world.now += timedelta(minutes=10)
    assert worker.tick() == LONG
    assert world.instance(key)["state"] == "COMPLETED"


def test_messages_whose_time_is_over_are_removed_within_an_hour(world: World) -> None:
    worker = Worker(world.database, world.engine, longest=LONG)
    with world.database.write() as connection:
        messages.publish(connection, world.engine, name="news", time_to_live=timedelta(minutes=5), by="clerk")
    told = []
    for _ in range(2):
        worker.tick()
        with world.database.read() as connection:
            told.append(len(connection.execute(select(message)).all()))
        world.now += timedelta(hours=1)
    assert told == [1, 0]


def test_a_tick_that_fails_is_followed_by_another(
    world: World, post: Post, worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.deploy(LETTER)
    failed = threading.Event()

    def fail() -> timedelta:
        failed.set()
        raise ConnectionError("the database is away")

    monkeypatch.setattr(worker, "tick", fail)
    worker.wake()
    assert failed.wait(PATIENCE)
    monkeypatch.undo()
    world.start("letter")
    assert post.called.acquire(timeout=PATIENCE)
