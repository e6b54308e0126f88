"""The list of matters and the file of one: filters, whom it is from only with a reason."""

from __future__ import annotations

import pytest

from tests.desk import Desk

pytestmark = pytest.mark.of_one_store

OURS = {"Origin": "http://localhost", "Accept-Language": "en"}


def test_matters_are_found_and_read(desk: Desk) -> None:
    number = desk.dispatched(name="王小明", phone="13800001234")["number"]
    assert f'"/matters/{number}"' in desk.client.get("/matters?status=IN_HANDLING", headers=OURS).text
    assert "No matter fits this." in desk.client.get("/matters?unit=dept-water", headers=OURS).text
    assert "Write it as 2026-11-28." in desk.client.get("/matters?from=soon", headers=OURS).text
    page = desk.client.get(f"/matters/{number}", headers=OURS).text
    assert "13800001234" not in page


def test_whom_it_is_from_is_told_for_a_reason(desk: Desk) -> None:
    number = desk.dispatched(name="王小明", phone="13800001234")["number"]
    way = f"/matters/{number}/contact"
    assert desk.client.post(way, headers=OURS).status_code == 400
    assert "13800001234" in desk.client.post(way, data={"reason": "to call back"}, headers=OURS).text


def test_it_is_urged_or_why_not_is_told(desk: Desk) -> None:
    number = desk.dispatched()["number"]
    answer = desk.client.post(f"/matters/{number}/urge", data={"text": "please"}, headers=OURS)
    assert answer.status_code == 409
    assert "does not take this now" in answer.text
