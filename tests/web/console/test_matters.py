"""The list of matters and the file of one: filters, the way on the diagram, whom it is from only with a reason."""

from __future__ import annotations

import re

import pytest

from tests.desk import Desk

pytestmark = pytest.mark.of_one_store

OURS = {"Origin": "http://localhost", "Accept-Language": "en"}


def test_matters_are_found_and_read_with_their_way(desk: Desk) -> None:
    number = desk.dispatched(name="王小明", phone="13800001234")["number"]
    assert f'"/matters/{number}"' in desk.client.get("/matters?status=IN_HANDLING", headers=OURS).text
    assert "No matter fits this." in desk.client.get("/matters?unit=dept-water", headers=OURS).text
    assert "Write it as 2026-11-28." in desk.client.get("/matters?from=soon", headers=OURS).text
    page = desk.client.get(f"/matters/{number}", headers=OURS).text
    assert "13800001234" not in page
    assert "waits now" in page
    ways = re.findall(rf'src="(/matters/{number}/ways/\d+)"', page)
    pictures = [desk.client.get(way) for way in ways]
    assert {one.mimetype for one in pictures} == {"image/svg+xml"}
    assert len(pictures) > 1
    assert desk.client.get(f"/matters/{number}/ways/1").status_code == 404


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
