"""A start whose answer waits for the end of the instance."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest

from service import clock
from service.web.api.waiting import WAITING_ROOM, WaitingRoom
from tests.api import Api
from tests.diagrams import diagram, end, script, start, user

CASE = diagram("case", [start(), user("triage"), end()], ["begin -> triage", "triage -> done"])
SUM = diagram("sum", [start(), script("add", "a + b", "c"), end()], ["begin -> add", "add -> done"])
PATIENCE = 50  # seconds


@pytest.fixture
def api(database_url: str) -> Iterator[Api]:
    """Four threads, so that two requests may wait; the clock is the real one."""
    api = Api(database_url, clock=clock.now, threads=4)
    api.deployed(CASE, SUM)
    yield api
    api.parts.database.close()


@pytest.fixture
def workers() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(4) as pool:
        yield pool


def awaited(api: Api, process_id: str, *, status: int = 200, **more: Any) -> Any:
    asked = {"processDefinitionId": process_id, "awaitCompletion": True, "requestTimeout": PATIENCE * 1_000}
    return api.post("/process-instances", {**asked, **more}, status=status)


def begun(api: Api, workers: ThreadPoolExecutor, **more: Any) -> tuple[Future[Any], dict[str, Any]]:
    """A start that waits, and the task that it waits for."""
    before = {task["userTaskKey"] for task in api.tasks()}
    waiting = workers.submit(awaited, api, "case", **more)
    while True:
        for task in api.tasks():
            if task["userTaskKey"] not in before:
                return waiting, task


def complete(api: Api, task: dict[str, Any]) -> None:
    api.post(f"/user-tasks/{task['userTaskKey']}/completion", {"variables": {"ok": True, "n": 1}}, status=204)


def test_the_answer_has_the_variables_of_the_end(api: Api, workers: ThreadPoolExecutor) -> None:
    assert awaited(api, "sum", variables={"a": 1, "b": 2})["variables"] == {"a": 1, "b": 2, "c": 3}
    waiting, task = begun(api, workers, fetchVariables=["ok", "none"])
    complete(api, task)
    told = waiting.result(PATIENCE)
    assert (told["processInstanceKey"], told["variables"]) == (task["processInstanceKey"], {"ok": True})


def test_what_takes_longer_goes_on_without_the_answer(api: Api) -> None:
    told = awaited(api, "case", status=504, requestTimeout=1)
    (task,) = api.tasks()
    assert task["processInstanceKey"] in told["detail"]
    awaited(api, "case", status=504, requestTimeout=-1)


def test_what_is_cancelled_is_not_completed(api: Api, workers: ThreadPoolExecutor) -> None:
    waiting, task = begun(api, workers, status=409)
    api.post(f"/process-instances/{task['processInstanceKey']}/cancellation", status=204)
    assert "cancelled" in waiting.result(PATIENCE)["detail"]


def test_nothing_is_started_when_too_many_wait(api: Api, workers: ThreadPoolExecutor) -> None:
    some = [begun(api, workers), begun(api, workers)]
    assert awaited(api, "sum", status=503)["title"] == "RESOURCE_EXHAUSTED"
    assert api.search("/process-instances", {"processDefinitionId": "sum"}) == []
    for waiting, task in some:
        complete(api, task)
        assert waiting.result(PATIENCE)["variables"] == {"ok": True, "n": 1}
    assert awaited(api, "sum", variables={"a": 1, "b": 1})["variables"]["c"] == 2


def test_who_waits_for_an_end_holds_no_connection(api: Api, workers: ThreadPoolExecutor) -> None:
    pool: Any = api.parts.database.engine.pool
    room: WaitingRoom = api.app.extensions[WAITING_ROOM]
    waiting, task = begun(api, workers)
    until(lambda: room.seated == 1 and pool.checkedout() == 0)
    complete(api, task)
    assert waiting.result(PATIENCE)


def until(happened: Callable[[], bool]) -> None:
    while not happened():
        continue
