"""A request that comes twice with one Idempotency-Key is done once, on /v2 as elsewhere."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api import Api
from tests.diagrams import diagram, end, message, message_root, script, start, user

CASE = diagram("case", [start(), user("look"), end()], ["begin -> look", "look -> done"])
SUM = diagram("sum", [start(), script("add", "a + 1", "b"), end()], ["begin -> add", "add -> done"])
HEARD = diagram(
    "heard",
    [message("startEvent", "begin"), user("look"), end()],
    ["begin -> look", "look -> done"],
    root=message_root(),
)
TOLD: dict[str, dict[str, Any]] = {
    "/process-instances": {"processDefinitionId": "case"},
    "/messages/publication": {"name": "reply"},
    "/messages/correlation": {"name": "reply"},
}


def post(api: Api, path: str, body: Any, key: str, *, status: int = 200) -> Any:
    answer = api.client.post(f"/v2{path}", json=body, headers={**api.headers, "Idempotency-Key": key})
    assert answer.status_code == status, answer.text
    return answer.json


@pytest.mark.parametrize("path", TOLD)
def test_the_second_request_gets_the_answer_of_the_first(api: Api, path: str) -> None:
    api.deployed(CASE, HEARD)
    first = post(api, path, TOLD[path], "one")
    assert post(api, path, TOLD[path], "one") == first
    assert len(api.tasks()) == 1
    assert post(api, path, TOLD[path], "two") != first
    assert len(api.tasks()) == 2


def test_a_key_is_for_one_request_and_of_a_fit_length(api: Api) -> None:
    api.deployed(CASE)
    post(api, "/process-instances", {"processDefinitionId": "case"}, "one")
    post(api, "/process-instances", {"processDefinitionId": "case", "variables": {"a": 1}}, "one", status=422)
    post(api, "/process-instances", {"processDefinitionId": "case"}, "x" * 256, status=400)
    assert len(api.tasks()) == 1


def test_what_was_refused_may_be_sent_again(api: Api) -> None:
    post(api, "/process-instances", {"processDefinitionId": "case"}, "one", status=404)
    api.deployed(CASE)
    post(api, "/process-instances", {"processDefinitionId": "case"}, "one")


def test_who_waits_for_the_end_again_waits_for_the_same_instance(api: Api) -> None:
    api.deployed(SUM)
    asked = {"processDefinitionId": "sum", "variables": {"a": 1}, "awaitCompletion": True}
    first = post(api, "/process-instances", asked, "one")
    assert first["variables"] == {"a": 1, "b": 2}
    assert post(api, "/process-instances", asked, "one") == first
    assert len(api.search("/process-instances")) == 1
