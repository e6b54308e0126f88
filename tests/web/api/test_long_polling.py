"""A worker that asks for a job when there is none is answered as soon as there is one."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest

from service import clock
from service.web.api.waiting import WAITING_ROOM, WaitingRoom
from tests.api import Api
from tests.diagrams import diagram, end, job, start

WORK = diagram("work", [start(), job("send", "letter"), end()], ["begin -> send", "send -> done"])
PATIENCE = 50  # seconds; less than a request waits at the longest
LONG = PATIENCE * 1_000


@pytest.fixture
def api(database_url: str) -> Iterator[Api]:
    """Four threads, so that two requests may wait; the clock is the real one."""
    api = Api(database_url, clock=clock.now, threads=4)
    api.deployed(WORK)
    yield api
    api.parts.database.close()


@pytest.fixture
def workers() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(4) as pool:
        yield pool


@pytest.fixture
def room(api: Api) -> WaitingRoom:
    room: WaitingRoom = api.app.extensions[WAITING_ROOM]
    return room


def until(happened: Callable[[], bool]) -> None:
    end_ = time.monotonic() + PATIENCE
    while not happened():
        assert time.monotonic() < end_


def seat(api: Api, room: WaitingRoom, workers: ThreadPoolExecutor, type_: str = "letter") -> Future[Any]:
    """A request that waits by now."""
    before = room.seated
    asking = workers.submit(api.take, type_, requestTimeout=LONG, maxJobsToActivate=1)
    until(lambda: room.seated > before)
    return asking


def test_who_waits_is_told_of_a_job(api: Api, room: WaitingRoom, workers: ThreadPoolExecutor) -> None:
    asking = seat(api, room, workers)
    key = api.start("work")
    assert [job["processInstanceKey"] for job in asking.result(PATIENCE)] == [key]
    until(lambda: room.seated == 0)


def test_each_job_is_given_to_one_of_those_who_wait(api: Api, room: WaitingRoom, workers: ThreadPoolExecutor) -> None:
    asking = [seat(api, room, workers), seat(api, room, workers)]
    keys = {api.start("work"), api.start("work")}
    assert {one.result(PATIENCE)[0]["processInstanceKey"] for one in asking} == keys


def test_half_of_the_threads_may_wait_and_the_others_are_answered_at_once(
    api: Api, room: WaitingRoom, workers: ThreadPoolExecutor
) -> None:
    asking = [seat(api, room, workers), seat(api, room, workers)]
    assert api.take("letter", requestTimeout=LONG) == []
    assert api.take("other", requestTimeout=0) == []
    assert room.seated == 2
    for _ in asking:
        api.start("work")
    assert all(one.result(PATIENCE) for one in asking)


def test_who_waits_holds_no_connection(api: Api, room: WaitingRoom, workers: ThreadPoolExecutor) -> None:
    pool: Any = api.parts.database.engine.pool
    asking = seat(api, room, workers)
    until(lambda: pool.checkedout() == 0)
    api.start("work")
    assert asking.result(PATIENCE)


def test_a_wait_ends_with_its_time(api: Api) -> None:
    assert api.take("letter", requestTimeout=1) == []
    assert api.take("letter", requestTimeout=-1) == []


def test_who_waits_gets_a_job_when_its_back_off_is_over(api: Api) -> None:
    api.start("work")
    failure = {"retries": 2, "retryBackOff": 300}
    api.post(f"/jobs/{api.take('letter')[0]['jobKey']}/failure", failure, status=204)
    (again,) = api.take("letter", requestTimeout=LONG)
    assert again["retries"] == 2


def test_who_waits_gets_a_job_when_the_lease_of_another_lapses(api: Api) -> None:
    api.start("work")
    (first,) = api.take("letter", worker="dead", timeout=300)
    (second,) = api.take("letter", worker="alive", requestTimeout=LONG)
    assert (second["jobKey"], second["worker"]) == (first["jobKey"], "alive")
