"""Misuse of the hotline by the diagrams that are shipped: two people look, and nobody goes unheard for it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.city import City

pytestmark = pytest.mark.of_one_store

EVIDENCE = {"repeats": 6, "occupy_minutes": 40, "open_matters": 0, "contacts_list": "六次来电", "recording_refs": "R-1"}
FOUND = {"stated_reason": "NO", "interference": True, "harassment": True, "review_note": "听过录音。"}


def test_a_new_matter_of_somebody_at_the_police_is_judged_on_its_content(city: City) -> None:
    number = city.file()["number"]
    body = {"name": "misuse-flagged", "correlationKey": number}
    told = {"matter_no": number, "received_at": "2026-02-10T09:00:00+08:00"}
    city.ask("POST", "/v2/messages/publication", body | {"timeToLive": 0, "variables": told})
    _do(city, "collect-evidence", EVIDENCE)
    _do(city, "review-first", FOUND)
    told = _complete(city, "review-second", FOUND, status=409)
    assert told["detail"] == "local has done “第一人复核” already, and another person has to do this one."
    with city.as_("wei-qiang"):
        _do(city, "review-second", FOUND)
    assert _open(city, "refer-to-police")
    again = city.file(title="新华路路灯又不亮", text="新华路与福寿街路口南侧的路灯也不亮了，请派人维修。")["number"]
    assert city.matter(again)["status"] == city.matter(number)["status"] == "DISPATCHED"


def _open(city: City, element: str) -> list[str]:
    asked = {"filter": {"state": "CREATED", "elementId": element}}
    return [one["userTaskKey"] for one in city.ask("POST", "/v2/user-tasks/search", asked)["items"]]


def _do(city: City, element: str, answers: dict[str, Any]) -> None:
    _complete(city, element, answers, status=204)
    city.tick()


def _complete(city: City, element: str, answers: dict[str, Any], *, status: int) -> Any:
    (key,) = _open(city, element)
    return city.ask("POST", f"/v2/user-tasks/{key}/completion", {"variables": answers}, expect=status)
