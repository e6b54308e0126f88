"""POST /hotline/v1/matters: what is taken, what is refused, and asking twice."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any

import pytest

from service.clock import KNOWN_YEARS
from tests.desk import TEXT, Answer, Desk

pytestmark = pytest.mark.of_one_store


def test_a_filed_matter_gets_its_number_and_its_code(desk: Desk) -> None:
    answer = desk.ask("POST", "/matters", {"text": TEXT}, by="li-min")
    assert answer.status_code == 201
    assert answer.json["created"] is True
    assert re.fullmatch(r"WF20260210-\d{6}", answer.json["number"])
    assert re.fullmatch(r"[2-9A-HJ-NP-Z]{8}", answer.json["query_code"])


def test_the_same_source_again_is_the_same_matter_without_its_code(desk: Desk) -> None:
    first = desk.file(source="portal", source_id="1")
    answer = desk.ask("POST", "/matters", {"text": TEXT, "source": "portal", "source_id": "1"})
    assert answer.status_code == 200
    assert answer.json == {"number": first["number"], "created": False, "query_code": None, "status": "ACCEPTED"}


def test_the_same_key_and_body_get_the_same_answer_and_file_once(desk: Desk) -> None:
    sent = {"text": TEXT}, {"Idempotency-Key": "a-key"}
    first, second = (desk.ask("POST", "/matters", sent[0], headers=sent[1]) for _ in range(2))
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json == second.json
    assert desk.read("/matters")["total"] == 1


def test_the_same_key_with_another_body_is_refused(desk: Desk) -> None:
    headers = {"Idempotency-Key": "a-key"}
    desk.ask("POST", "/matters", {"text": TEXT}, headers=headers)
    answer = desk.ask("POST", "/matters", {"text": f"{TEXT}!"}, headers=headers)
    assert (answer.status_code, answer.content_type) == (422, "application/problem+json")


def test_keys_of_different_people_do_not_meet(desk: Desk) -> None:
    headers = {"Idempotency-Key": "a-key"}
    first = desk.ask("POST", "/matters", {"text": TEXT}, by="li-min", headers=headers)
    second = desk.ask("POST", "/matters", {"text": TEXT}, by="wang-fang", headers=headers)
    assert first.json["number"] != second.json["number"]


def test_the_same_request_many_times_at_once_files_once(desk: Desk) -> None:
    def send(_: int) -> Answer:
        return desk.ask("POST", "/matters", {"text": TEXT}, headers={"Idempotency-Key": "a-key"})

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(send, range(8)))
    assert {answer.status_code for answer in answers} <= {201, 409}
    assert len({answer.json["number"] for answer in answers if answer.status_code == 201}) == 1
    assert desk.read("/matters")["total"] == 1


def test_a_key_is_free_again_after_a_refusal(desk: Desk) -> None:
    headers = {"Idempotency-Key": "a-key"}
    body = {"text": TEXT, "designated_unit": None}
    desk.app.extensions["hotline"].engine.followers.append(_refuse)
    assert desk.ask("POST", "/matters", body, headers=headers).status_code == 500
    desk.app.extensions["hotline"].engine.followers.remove(_refuse)
    assert desk.ask("POST", "/matters", body, headers=headers).status_code == 201


def _refuse(*_: Any) -> None:
    raise RuntimeError("the disk is full")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "text"),
        ({"text": None}, "text"),
        ({"text": TEXT, "channel": "PIGEON"}, "channel"),
        ({"text": TEXT, "phone": 13800001234}, "phone"),
        ({"text": "a\u0000b"}, "text"),
        ({"text": "half \ud800"}, "text"),
        ({"text": "长" * 20_001}, "text"),
        ({"text": TEXT, "statutory_days": "five"}, "statutory_days"),
        ({"text": TEXT, "received_at": "yesterday"}, "received_at"),
        ({"text": TEXT, "received_at": "0317-06-01T00:00:00Z"}, "received_at. The year 317"),
        ({"text": TEXT, "received_at": "0001-01-01T00:00:00+23:00"}, "received_at"),
        ({"text": TEXT, "imported_deadline": "1901-12-31T23:59:59-08:00"}, "imported_deadline"),
        ({"text": TEXT, "imported_deadline": "9999-01-01T00:00:00+08:00"}, "imported_deadline"),
        ({"text": TEXT, "division_code": "37"}, "division_code"),
        ({"text": TEXT, "confidential": "perhaps"}, "confidential"),
        ({"text": TEXT, "unit_id": "dept-water"}, "unit_id"),
        ([], ""),
    ],
)
def test_what_does_not_fit_is_named_and_nothing_is_filed(strict_desk: Desk, body: Any, field: str) -> None:
    answer = strict_desk.ask("POST", "/matters", body)
    assert (answer.status_code, answer.content_type) == (400, "application/problem+json")
    assert field in answer.json["detail"]
    assert strict_desk.read("/matters")["total"] == 0


@pytest.mark.parametrize("told", ["1902-01-01T00:00:00+23:59", "2026-02-10T01:00:00Z", "9998-12-31T23:59:59-23:59"])
def test_when_a_matter_came_in_is_told_by_the_city_s_clock(desk: Desk, told: str) -> None:
    number = desk.file(received_at=told, imported_deadline=told)["number"]
    received = desk.read(f"/matters/{number}")["received_at"]
    assert received.endswith("+08:00")
    assert datetime.fromisoformat(received) == datetime.fromisoformat(told)


@pytest.mark.parametrize("deadline", ["0317-06-01T00:00:00Z", "9999-12-31T23:00:00Z"])
def test_a_deadline_that_the_city_s_clock_cannot_tell_is_told_in_utc(desk: Desk, deadline: str) -> None:
    number = desk.dispatched()["number"]
    desk.set_row(number, deadline_at=datetime.fromisoformat(deadline))
    assert desk.read(f"/matters/{number}")["deadline_at"] == deadline.replace("Z", "+00:00")


@pytest.mark.parametrize("name", ["received_from", "received_to"])
def test_matters_of_a_year_that_the_clock_does_not_know_are_not_looked_for(strict_desk: Desk, name: str) -> None:
    answer = strict_desk.ask("GET", f"/matters?{name}=0001-01-01T00:00:00%2B23:00")
    assert (answer.status_code, answer.json["problems"][0]["element"]) == (400, name)


def test_which_years_the_clock_knows_is_described(strict_desk: Desk) -> None:
    told = strict_desk.read("/openapi.json")["components"]["schemas"]["Intake"]["properties"]["received_at"]
    years = {year for year in range(10_000) if re.search(told["pattern"], f"{year:04}-01-01T00:00:00Z")}
    assert years == set(KNOWN_YEARS)
    assert f"{KNOWN_YEARS[0]} to {KNOWN_YEARS[-1]}" in told["description"]


@pytest.mark.parametrize("raw", [b"", b"{", b"\xff\xfe", b"null", b'{"text": "\xe5"}'])
def test_a_body_that_is_no_json_is_refused(strict_desk: Desk, raw: bytes) -> None:
    answer = strict_desk.client.post("/hotline/v1/matters", data=raw, content_type="application/json")
    assert (answer.status_code, answer.content_type) == (400, "application/problem+json")


def test_units_do_not_file(strict_desk: Desk) -> None:
    assert strict_desk.ask("POST", "/matters", {"text": TEXT}, by="dept-water.handler").status_code == 403


def test_nobody_files_without_signing_in(new_url: Any) -> None:
    desk = Desk(new_url("sqlite"), auth="required")
    answer = desk.ask("POST", "/matters", {"text": TEXT})
    assert (answer.status_code, answer.content_type) == (401, "application/problem+json")
    desk.close()
