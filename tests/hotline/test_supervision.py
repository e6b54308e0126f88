"""Supervision by the diagrams that are shipped: once at a time, up its ladder, each step by its own body alone."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from service.clock import CITY_ZONE
from tests.city import City
from tests.hotline.test_service_object import RETURN

pytestmark = pytest.mark.of_one_store

DEADLINE = datetime(2026, 2, 24, 23, 59, 59, tzinfo=CITY_ZONE)
SLIP = {"slip_no": "督〔2026〕12号", "requirement": "三个工作日内修好路灯并答复。"}
LISTING = SLIP | {"listing_public": "PUBLIC"}
INVITATION = {"slip_no": "约〔2026〕1号", "interview_place": "市政府办公室二楼"}
INTERVIEW = {
    "interview_on": "2026-03-10",
    "minutes": "指出拖延。",
    "commitment": "两周内修好。",
    "requirement": "修好。",
}


def test_a_matter_beyond_its_deadline_is_supervised_once(city: City) -> None:
    number = city.file()["number"]
    city.pass_to(DEADLINE + timedelta(seconds=1))
    assert len(_running(city, "supervision")) == 1
    _tell(city, "supervision-requested", number, overdue=True)
    assert len(_running(city, "supervision")) == 1
    assert _open(city) == ["issue-slip"]


def test_what_comes_to_light_meanwhile_is_supervised_when_its_turn_has_come(city: City) -> None:
    filed = city.file()["number"]
    _tell(city, "supervision-requested", filed, negative_impact=True)
    city.complete(filed, "sign-in", **RETURN)
    city.complete(filed, "review-return", return_finding="NO", return_comment="属于你区职责。")
    (first,) = _running(city, "supervision")
    city.now += timedelta(days=40)
    city.ask("POST", f"/v2/process-instances/{first}/cancellation", {}, expect=204)
    city.tick()
    (second,) = _running(city, "supervision")
    asked = {"filter": {"processInstanceKey": second, "scopeKey": second, "name": "refusal_finding"}}
    assert [one["value"] for one in city.ask("POST", "/v2/variables/search", asked)["items"]] == ["true"]


def test_each_step_of_the_ladder_is_its_own_bodys_alone(city: City) -> None:
    _tell(city, "matter-overdue", "WF20260210-000077")
    _do(city, "issue-slip", SLIP, by="zheng-hong", not_by="supervision-dept.officer")
    _miss_the_term(city)
    _do(city, "list-matter", LISTING, by="supervision-dept.officer", not_by="zheng-hong")
    _miss_the_term(city)
    _do(city, "invite-interview", INVITATION, by="supervision-dept.chief", not_by="zheng-hong")
    _do(city, "hold-interview", INTERVIEW, by="supervision-dept.chief", not_by="wei-qiang")
    _miss_the_term(city)
    assert _running(city, "supervision") == []


def test_a_supervision_knows_nothing_of_who_has_called(city: City) -> None:
    _tell(city, "matter-overdue", "WF20260210-000077", name="王小明", phone="13800000000")
    key = _running(city, "supervision")[0]
    asked = {"filter": {"processInstanceKey": key, "scopeKey": key}, "page": {"limit": 100}}
    told = {one["name"] for one in city.ask("POST", "/v2/variables/search", asked)["items"]}
    assert {"unit_id", "overdue"} <= told
    assert {"name", "phone"}.isdisjoint(told)


def test_a_refusal_found_in_a_return_is_supervised_once_and_the_unit_goes_on(city: City) -> None:
    number = city.file()["number"]
    city.complete(number, "sign-in", **RETURN)
    city.complete(number, "review-return", return_finding="NO", return_comment="属于你区职责。")
    assert city.waiting(number) == ["sign-in"]
    (key,) = _running(city, "supervision")
    asked = {"filter": {"processInstanceKey": key, "scopeKey": key, "name": "triggers"}}
    (told,) = city.ask("POST", "/v2/variables/search", asked)["items"]
    assert told["value"] == '["REFUSAL"]'
    city.take(number)
    assert len(_running(city, "supervision")) == 1


def _tell(city: City, message: str, number: str, /, **more: Any) -> None:
    told = {"matter_no": number, "received_at": "2026-02-10T09:00:00+08:00", "unit_id": "county-370705"}
    told |= {"deadline": DEADLINE.isoformat(), "title": "路灯不亮", "text": "三盏路灯不亮。"}
    body = {"name": message, "correlationKey": number, "timeToLive": 86_400_000, "variables": told | more}
    city.ask("POST", "/v2/messages/publication", body)
    city.tick()


def _running(city: City, process: str) -> list[str]:
    asked = {"filter": {"processDefinitionId": process, "state": "ACTIVE"}}
    return [one["processInstanceKey"] for one in city.ask("POST", "/v2/process-instances/search", asked)["items"]]


def _open(city: City) -> list[str]:
    """The open tasks of all supervisions and what they call."""
    found = city.ask("POST", "/v2/user-tasks/search", {"filter": {"state": "CREATED"}})["items"]
    return [one["elementId"] for one in found if one["elementId"] in (*_ELEMENTS, "rectify", "report-progress")]


_ELEMENTS = ("issue-slip", "list-matter", "invite-interview", "hold-interview")


def _miss_the_term(city: City) -> None:
    """The unit answers nothing until the term is over."""
    assert "rectify" in _open(city)
    city.pass_to(city.now + timedelta(days=20))
    assert "rectify" not in _open(city)


def _do(city: City, element: str, answers: dict[str, Any], *, by: str, not_by: str) -> None:
    """One person claims and completes the task; the other may not complete it."""
    found = city.ask("POST", "/v2/user-tasks/search", {"filter": {"state": "CREATED", "elementId": element}})["items"]
    path, completed = f"/v2/user-tasks/{found[0]['userTaskKey']}", {"variables": answers}
    with city.as_(not_by):
        city.ask("POST", f"{path}/completion", completed, expect=403)
    with city.as_(by):
        city.ask("POST", f"{path}/assignment", {"assignee": by}, expect=204)
        city.ask("POST", f"{path}/completion", completed, expect=204)
    city.tick()


def test_a_supervisor_asks_for_it_and_sees_how_far_it_is(city: City) -> None:
    number = city.file()["number"]
    path = f"/hotline/v1/matters/{number}/supervision"
    with city.as_("zheng-hong"):
        city.ask("POST", path, {"reason": "群众多次来电", "impact": "CITY"}, expect=204)
        city.ask("POST", path, {"reason": "再次来电"}, expect=409)
        (course,) = city.ask("GET", "/hotline/v1/supervision")["items"]
    assert (course["number"], [one["element_id"] for one in course["stages"]]) == (number, ["supervise-by-listing"])
    assert course["waits"][0]["groups"] == ["supervision-dept:SUPERVISION_DEPT"]
    with city.as_("county-370705.handler"):
        city.ask("POST", path, {"reason": "再次来电"}, expect=403)
        city.ask("GET", "/hotline/v1/supervision", expect=403)
