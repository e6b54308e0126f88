"""What clients send unasked: the one tenant, empty headers, nulls, empty texts, fields of later versions."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api import Api
from tests.diagrams import diagram, end, job, start

pytestmark = pytest.mark.of_one_store

ERRAND = diagram("errand", [start(), job("walk", "walk"), end()], ["begin -> walk", "walk -> done"])
LATER = {"aFieldOfALaterVersion": {"x": [1]}}
NOTHING = dict.fromkeys(("processDefinitionKey", "processDefinitionVersion", "processDefinitionVersionTag", "tags",
                         "businessId", "startInstructions", "runtimeInstructions", "fetchVariables", "awaitCompletion",
                         "requestTimeout", "operationReference", "tenantId", "variables"))  # fmt: skip


@pytest.fixture
def errand(api: Api) -> str:
    api.deployed(ERRAND)
    return api.start("errand")


@pytest.mark.parametrize(
    "more",
    [
        {"tenantId": "<default>"},
        {"tenantId": ""},
        {"operationReference": 42, "tags": [], "businessId": "", "fetchVariables": []},
        {"startInstructions": [], "runtimeInstructions": [], "awaitCompletion": False, "requestTimeout": 0},
        {"processDefinitionVersion": -1, **LATER},
        NOTHING,
    ],
)
def test_a_start_with_what_says_nothing_is_a_start(api: Api, errand: str, more: dict[str, Any]) -> None:
    started = api.post("/process-instances", {"processDefinitionId": "errand", **more})
    assert started["processDefinitionVersion"] == 1


def test_a_start_for_another_tenant_is_refused_with_what_there_is(api: Api, errand: str) -> None:
    asked = {"processDefinitionId": "errand", "tenantId": "north"}
    assert "<default>" in api.post("/process-instances", asked, status=400)["detail"]


@pytest.mark.parametrize(
    "more",
    [
        {"tenantIds": ["<default>"], "tenantFilter": "PROVIDED", "fetchVariable": [], "worker": ""},
        {"tenantIds": [], "tenantFilter": "assigned", "withLease": False, "fetchVariable": None},
        {"tenantIds": None, "withLease": None, "worker": None, **LATER},
    ],
)
def test_a_worker_that_says_more_than_it_has_to_is_given_its_job(api: Api, errand: str, more: dict[str, Any]) -> None:
    (leased,) = api.take("walk", **more)
    assert (leased["processInstanceKey"], leased["jobLeaseToken"]) == (errand, None)
    assert (leased["tenantId"], leased["physicalTenantId"]) == ("<default>", "<default>")
    told = {"variables": None, "result": None, "jobLeaseToken": None, "businessId": None, **LATER}
    api.post(f"/jobs/{leased['jobKey']}/completion", told, status=204)


@pytest.mark.parametrize(
    "asked",
    [
        {"filter": None, "sort": None, "page": None},
        {"filter": {}, "sort": [], "page": {}},
        {"filter": {"tenantId": "<default>"}, "sort": [{"field": "startDate", "order": "asc"}], **LATER},
        {"filter": {"state": "active"}, "sort": [{"field": "processInstanceKey"}], "page": {"from": 0, "limit": 10}},
        {"filter": {"tenantId": {"$in": ["<default>"]}}, "page": {"after": None, "before": None}},
    ],
)
def test_a_search_with_what_says_nothing_finds_all(api: Api, errand: str, asked: dict[str, Any]) -> None:
    assert [one["processInstanceKey"] for one in api.post("/process-instances/search", asked)["items"]] == [errand]


@pytest.mark.parametrize(
    "type_", ["application/json", "application/json; charset=utf-8", "application/merge-patch+json"]
)
def test_json_is_taken_by_whichever_of_its_names(api: Api, errand: str, type_: str) -> None:
    answer = api.client.post("/v2/process-instances/search", data=b"{}", content_type=type_)
    assert answer.status_code == 200


@pytest.mark.parametrize("given", [b"", b"{}", b'{"operationReference": 7}'])
@pytest.mark.parametrize("type_", ["application/json", ""])
def test_what_needs_no_words_is_done_with_any_or_none(api: Api, errand: str, given: bytes, type_: str) -> None:
    if given and not type_:
        type_ = "application/vnd.camunda.api.keys.string+json"
    path = f"/v2/process-instances/{errand}/cancellation"
    answer = api.client.post(path, data=given, content_type=type_, headers={"Authorization": ""})
    assert answer.status_code == 204, answer.text


def test_an_empty_authorization_is_none(api: Api, errand: str) -> None:
    for value in ("", "   "):
        assert api.client.get("/v2/topology", headers={"Authorization": value}).status_code == 200


@pytest.mark.parametrize("path", ["/v2/topology", "/v2/process-instances/search", "/v2/jobs/activation"])
def test_a_slash_at_the_end_is_answered_as_a_problem_or_as_without(api: Api, path: str) -> None:
    answer = api.client.open(f"{path}/", method="GET" if path.endswith("topology") else "POST", json={})
    assert answer.is_json
    assert answer.status_code < 500
