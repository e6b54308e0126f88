"""Workers that ask for tokens: who has lost the lease of a job can do nothing to it; and the ids that workers give."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api import Api
from tests.diagrams import Node, diagram, end, job, start

LETTER = diagram("letter", [start(), job("send", "send"), end()], ["begin -> send", "send -> done"])
POST = diagram(
    "post",
    [start(), Node("callActivity", "call", '<zeebe:calledElement processId="letter" />'), end()],
    ["begin -> call", "call -> done"],
)


@pytest.fixture
def leased(api: Api) -> Any:
    api.deployed(LETTER, POST)
    api.start("letter")
    (leased,) = api.take("send", withLease=True)
    return leased


def test_a_token_comes_with_each_lease_that_asks_for_one(api: Api, leased: Any) -> None:
    assert leased["jobLeaseToken"]
    api.pass_(minutes=2)
    (again,) = api.take("send", withLease=True)
    assert again["jobLeaseToken"] not in (None, leased["jobLeaseToken"])


@pytest.mark.parametrize("act", ["completion", "failure", "error"])
def test_who_lost_the_lease_does_nothing_to_the_job(api: Api, leased: Any, act: str) -> None:
    api.pass_(minutes=2)
    (again,) = api.take("send", withLease=True)
    path, more = f"/jobs/{leased['jobKey']}/{act}", {"retries": 0, "errorCode": "LOST"}
    for token in (leased["jobLeaseToken"], None, "ünknown"):
        assert "jobLeaseToken" in api.post(path, {**more, "jobLeaseToken": token}, status=409)["detail"]
    api.post(path, {**more, "jobLeaseToken": again["jobLeaseToken"]}, status=204)


def test_an_operator_changes_a_leased_job_without_the_token_and_nobody_with_another(api: Api, leased: Any) -> None:
    path, change = f"/jobs/{leased['jobKey']}", {"changeset": {"retries": 7}}
    assert api.ask("PATCH", path, change).status_code == 204
    assert api.ask("PATCH", path, {**change, "jobLeaseToken": leased["jobLeaseToken"]}).status_code == 204
    assert api.ask("PATCH", path, {**change, "jobLeaseToken": "another"}).status_code == 409


def test_a_job_leased_with_a_token_goes_to_no_worker_without(api: Api, leased: Any) -> None:
    api.pass_(minutes=2)
    assert api.take("send") == []
    assert api.take("send", requestTimeout=1) == []
    assert len(api.take("send", withLease=True, requestTimeout=5_000)) == 1


def test_a_worker_without_a_token_needs_none(api: Api) -> None:
    api.deployed(LETTER)
    api.start("letter")
    (leased,) = api.take("send")
    assert leased["jobLeaseToken"] is None
    api.post(f"/jobs/{leased['jobKey']}/completion", {"jobLeaseToken": None}, status=204)


def test_a_worker_gives_the_instance_its_business_id_once(api: Api) -> None:
    api.deployed(diagram("two", [start(), job("a", "a"), job("b", "b"), end()], ["begin -> a", "a -> b", "b -> done"]))
    key = api.start("two")
    (first,) = api.take("a")
    api.post(f"/jobs/{first['jobKey']}/completion", {"businessId": ""}, status=400)
    api.post(f"/jobs/{first['jobKey']}/completion", {"businessId": "L-1"}, status=204)
    assert api.get(f"/process-instances/{key}")["businessId"] == "L-1"
    (second,) = api.take("b")
    assert second["businessId"] == "L-1"
    api.post(f"/jobs/{second['jobKey']}/completion", {"businessId": "L-2"}, status=409)
    api.post(f"/jobs/{second['jobKey']}/completion", {"businessId": "L-1"}, status=204)
    assert api.get(f"/process-instances/{key}")["state"] == "COMPLETED"


def test_an_instance_that_was_called_is_given_no_business_id(api: Api) -> None:
    api.deployed(LETTER, POST)
    api.start("post")
    (leased,) = api.take("send")
    api.post(f"/jobs/{leased['jobKey']}/completion", {"businessId": "L-1"}, status=409)
