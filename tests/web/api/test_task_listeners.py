"""Requests about user tasks are answered when the listeners of the task have; models of the client are the measure."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from camunda_orchestration_sdk.models import (
    ActivatedJobResult,
    JobCompletionRequest,
    JobResultCorrections,
    JobResultUserTask,
    UserTaskResult,
)

from service import clock
from service.web.api import listened
from tests.api import Api
from tests.diagrams import diagram, end, start, user

LISTENERS = "".join(
    f'<zeebe:taskListener eventType="{event}" type="{event}" />' for event in ("assigning", "updating", "completing")
)
ASK = diagram(
    "ask-first",
    [start(), user("ask", more=f"<zeebe:taskListeners>{LISTENERS}</zeebe:taskListeners>"), end()],
    ["begin -> ask", "ask -> done"],
)
PATIENCE = 50  # seconds


@pytest.fixture
def api(database_url: str) -> Iterator[Api]:
    """The clock is the real one."""
    api = Api(database_url, clock=clock.now, threads=4)
    api.deployed(ASK)
    yield api
    api.parts.database.close()


@pytest.fixture
def workers() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(2) as pool:
        yield pool


def task(api: Api) -> UserTaskResult:
    [found] = api.search("/user-tasks")
    return UserTaskResult.from_dict(found)


def listener(api: Api, type_: str) -> ActivatedJobResult:
    """The job of a listener, once somebody has asked something of the task."""
    [given] = api.take(type_, requestTimeout=PATIENCE * 1_000)
    return ActivatedJobResult.from_dict(given)


def answer(api: Api, given: ActivatedJobResult, *, status: int = 204, **result: Any) -> Any:
    sent = JobCompletionRequest(result=JobResultUserTask(type_="userTask", **result)).to_dict()
    return api.post(f"/jobs/{given.job_key}/completion", sent, status=status)


def asked(
    api: Api, workers: ThreadPoolExecutor, method: str, what: str, body: Any = None
) -> tuple[Callable[[], Any], str]:
    key = api.search("/user-tasks")[0]["userTaskKey"]
    waiting: Future[Any] = workers.submit(api.ask, method, f"/user-tasks/{key}{what}", body)
    return lambda: waiting.result(PATIENCE), key


def test_a_claim_is_answered_when_its_listener_is_done(api: Api, workers: ThreadPoolExecutor) -> None:
    api.start("ask-first")
    told, key = asked(api, workers, "POST", "/assignment", {"assignee": "wu", "action": "claim"})
    given = listener(api, "assigning")
    assert (given.kind.value, given.listener_event_type.value) == ("TASK_LISTENER", "ASSIGNING")
    assert given.user_task
    assert (given.user_task.action, given.user_task.assignee) == ("claim", "wu")
    assert (given.user_task.changed_attributes, given.user_task.user_task_key) == (["assignee"], key)
    assert (task(api).state.value, task(api).assignee) == ("ASSIGNING", None)
    answer(api, given, corrections=JobResultCorrections(assignee="li", priority=80))
    assert told().status_code == 204
    assert (task(api).state.value, task(api).assignee, task(api).priority) == ("CREATED", "li", 80)


def test_what_a_listener_denies_is_answered_with_its_reason(api: Api, workers: ThreadPoolExecutor) -> None:
    key = api.start("ask-first", x=1)
    told, _ = asked(api, workers, "POST", "/completion", {"variables": {"y": 2}})
    given = listener(api, "completing")
    assert given.variables.to_dict() == {"x": 1, "y": 2}
    answer(api, given, denied=True, denied_reason="no photo")
    refused = told()
    assert (refused.status_code, refused.json["title"]) == (409, "INVALID_STATE")
    assert "no photo" in refused.json["detail"]
    assert (task(api).state.value, api.get(f"/process-instances/{key}")["state"]) == ("CREATED", "ACTIVE")


def test_variables_of_a_task_are_set_when_its_listener_is_done(api: Api, workers: ThreadPoolExecutor) -> None:
    key = api.start("ask-first")
    path = f"/element-instances/{task(api).element_instance_key}/variables"
    for denied, status, left in ((True, 409, []), (False, 204, ["2"])):
        waiting = workers.submit(api.ask, "PUT", path, {"variables": {"x": 2}})
        given = listener(api, "updating")
        assert given.user_task
        assert (given.user_task.changed_attributes, given.variables.to_dict()) == (["variables"], {"x": 2})
        answer(api, given, denied=denied)
        assert waiting.result(PATIENCE).status_code == status
        assert [one["value"] for one in api.search("/variables", {"processInstanceKey": key})] == left


def test_what_takes_longer_is_told_and_goes_on(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listened, "DEFAULT_WAIT", timedelta(0))
    key = api.start("ask-first")
    task_key = task(api).user_task_key
    assert api.ask("PATCH", f"/user-tasks/{task_key}", {"changeset": {"priority": 1}}).status_code == 504
    assert api.ask("DELETE", f"/user-tasks/{task_key}/assignee").status_code == 409
    answer(api, listener(api, "updating"))
    assert task(api).priority == 1
    assert api.ask("POST", f"/user-tasks/{task_key}/completion").status_code == 504
    [shown] = api.search("/jobs", {"kind": "TASK_LISTENER"})
    assert (shown["listenerEventType"], shown["elementInstanceKey"]) == ("COMPLETING", task(api).element_instance_key)
    answer(api, listener(api, "completing"))
    assert api.get(f"/process-instances/{key}")["state"] == "COMPLETED"


def test_a_task_that_is_cancelled_meanwhile_is_told(api: Api, workers: ThreadPoolExecutor) -> None:
    key = api.start("ask-first")
    told, _ = asked(api, workers, "POST", "/completion")
    given = listener(api, "completing")
    api.post(f"/process-instances/{key}/cancellation", status=204)
    assert told().status_code == 409
    answer(api, given, status=404)


def test_an_answer_that_is_none_is_refused(api: Api, workers: ThreadPoolExecutor) -> None:
    api.start("ask-first")
    told, _ = asked(api, workers, "POST", "/completion")
    given = listener(api, "completing")
    path = f"/jobs/{given.job_key}/completion"
    for correction in ({"priority": 101}, {"dueDate": "soon"}, {"dueDate": "0001-01-01T00:00:00+23:00"}):
        api.post(path, {"result": {"type": "userTask", "corrections": correction}}, status=400)
    api.post(path, {"result": {"type": "userTask", "denied": "yes"}}, status=400)
    api.post(path, {"variables": {"x": 1}}, status=400)
    api.post(path, {"result": None}, status=204)
    assert told().status_code == 204


def test_an_incident_of_a_listener_is_told_by_its_kind(api: Api, workers: ThreadPoolExecutor) -> None:
    api.start("ask-first")
    answered, _ = asked(api, workers, "POST", "/assignment", {"assignee": "li"})
    given = listener(api, "assigning")
    api.post(f"/jobs/{given.job_key}/failure", {"retries": 0, "errorMessage": "no line"}, status=204)
    assert [one["errorType"] for one in api.search("/incidents")] == ["TASK_LISTENER_NO_RETRIES"]
    api.post(f"/process-instances/{given.process_instance_key}/cancellation", {}, status=204)
    assert answered().status_code == 409
