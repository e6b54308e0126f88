"""What is reported about a matter begins a process that whoever it is against never sees."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import insert

from service.clock import CITY_ZONE
from service.store.tables import api_token
from tests.city import City
from tests.tokens import kept

TEXT = {"text": "投诉以后三天内两次上门检查，还说知道是谁打的电话。"}
# What is reported → the process that looks into it, and its first task.
LOOKED_INTO = {
    "conduct-complaint": ("conduct-complaint", "inquire"),
    "leak-report": ("confidentiality-incident", "contain"),
    "retaliation-report": ("retaliation-report", "protect"),
}


@pytest.fixture
def city(new_url: Any, shipped_once: None) -> Iterator[City]:
    opened = City(new_url("sqlite", furnished=True), datetime(2026, 2, 10, 9, 0, tzinfo=CITY_ZONE))
    yield opened
    opened.close()


@pytest.mark.parametrize("what", LOOKED_INTO)
def test_a_report_of_a_service_object_is_hidden_from_whom_it_is_against(city: City, what: str) -> None:
    filed = city.file()
    # The supervisor oversees everything else.
    against = TEXT | {"accused_unit": "dept-housing", "accused_person": "zheng-hong"}
    assert _own(city, filed, what, against) == 204
    city.tick()
    process, task = LOOKED_INTO[what]
    (key,) = _running(city, process)
    asked = {"filter": {"processInstanceKey": key}}
    for kind in ("user-tasks", "process-instances", "element-instances", "variables"):
        assert _as(city, "wei-qiang", f"/v2/{kind}/search", asked)["page"]["totalItems"] > 0
        assert _as(city, "zheng-hong", f"/v2/{kind}/search", asked)["page"]["totalItems"] == 0
    assert [one["elementId"] for one in city.ask("POST", "/v2/user-tasks/search", asked)["items"]] == [task]


def test_one_report_of_a_kind_is_looked_into_at_a_time_and_a_wrong_code_begins_none(city: City) -> None:
    filed = city.file()
    assert _own(city, filed | {"query_code": "AAAAAAAA"}, "retaliation-report", TEXT) == 404
    assert _own(city, filed, "retaliation-report", TEXT | {"accused_unit": "dept-nowhere"}) == 400
    assert _running(city, "retaliation-report") == []
    assert _own(city, filed, "retaliation-report", TEXT) == 204
    assert _own(city, filed, "retaliation-report", TEXT) == 409
    assert _own(city, filed, "leak-report", TEXT) == 204


def test_a_call_taker_flags_misuse_and_a_unit_may_not(city: City) -> None:
    path = f"/hotline/v1/matters/{city.file()['number']}/misuse"
    assert _status(city, "county-370705.handler", path, TEXT) == 403
    assert _status(city, "li-min", path, TEXT) == 204
    (key,) = _running(city, "hotline-misuse")
    (task,) = city.ask("POST", "/v2/user-tasks/search", {"filter": {"processInstanceKey": key}})["items"]
    assert (task["elementId"], task["candidateGroups"]) == ("collect-evidence", ["QA"])


def _running(city: City, process: str) -> list[str]:
    asked = {"filter": {"processDefinitionId": process, "state": "ACTIVE"}}
    return [one["processInstanceKey"] for one in city.ask("POST", "/v2/process-instances/search", asked)["items"]]


def _own(city: City, filed: dict[str, Any], what: str, body: dict[str, Any]) -> int:
    headers = {"Query-Code": filed["query_code"]}
    return (
        city.app.test_client()
        .post(f"/hotline/v1/track/{filed['number']}/{what}", json=body, headers=headers)
        .status_code
    )


def _as(city: City, person: str, path: str, body: dict[str, Any]) -> Any:
    return _answer(city, person, path, body).get_json()


def _status(city: City, person: str, path: str, body: dict[str, Any]) -> int:
    status: int = _answer(city, person, path, body).status_code
    return status


def _answer(city: City, person: str, path: str, body: dict[str, Any]) -> Any:
    token = f"{person} at {path}"
    with city.parts.database.write() as connection:
        connection.execute(insert(api_token).values(kept(token, person, city.now)))
    return city.app.test_client().post(path, json=body, headers={"Authorization": f"Bearer {token}"})
