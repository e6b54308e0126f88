"""The registers that the agency's processes write: units, publications, rosters, certificates."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from service.clock import CITY_ZONE
from service.hotline import publications, rosters
from service.hotline.certificates import later
from service.store.tables import certificate, roster_shift, unit
from tests.city import City

PEOPLE = {one: f"enterprise-water.{one[:-3]}" for one in ("principal_id", "liaison_id", "handler_id")}


def _start(city: City, process: str, **variables: Any) -> str:
    started = city.ask("POST", "/v2/process-instances", {"processDefinitionId": process, "variables": variables})
    city.tick()
    return str(started["processInstanceKey"])


def _complete(city: City, key: str, element: str, **answers: Any) -> None:
    asked = {"filter": {"state": "CREATED", "processInstanceKey": key, "elementId": element}}
    task = city.ask("POST", "/v2/user-tasks/search", asked)["items"][0]
    city.ask("POST", f"/v2/user-tasks/{task['userTaskKey']}/completion", {"variables": answers}, expect=204)
    city.tick()


def _rows(city: City, table: Any) -> list[Any]:
    with city.parts.database.read() as connection:
        return list(connection.execute(select(table)).mappings())


def test_the_processes_of_the_agency_write_its_registers(city: City) -> None:
    _a_unit_joins(city)
    _a_roster_is_published(city)
    _channels_are_published_and_withdrawn(city)
    _somebody_is_trained(city)


def _a_unit_joins(city: City) -> None:
    key = _start(city, "unit-onboarding", unit_id="enterprise-water")
    register = {"unit_title": "市水务集团", "unit_kind": "ENTERPRISE", "division_code": "370700"}
    _complete(city, key, "register-unit", **register)
    people = {"hotline_body": "客服部", "deputy_id": PEOPLE["handler_id"], **PEOPLE}
    # Who handles works elsewhere: the unit is not active, and names its staff again.
    _complete(city, key, "name-staff", **{**people, "handler_id": "dept-police.handler"})
    _complete(city, key, "test-contact", unit_reached=True, unit_complete=True)
    _complete(city, key, "name-staff", **people)
    _complete(city, key, "test-contact", unit_reached=True, unit_complete=True)
    [row] = [one for one in _rows(city, unit) if one["id"] == "enterprise-water"]
    assert (row["hotline_body"], row["principal_id"], row["state"]) == ("客服部", PEOPLE["principal_id"], "ACTIVE")
    assert row["activated_at"] == city.now


def _a_roster_is_published(city: City) -> None:
    monday = datetime(2026, 2, 16, tzinfo=CITY_ZONE)
    started = {"processDefinitionId": "roster", "variables": {"week_from": "2026-02-16"}}
    key = city.ask("POST", "/v2/process-instances", started | {"startInstructions": [{"elementId": "read-parameters"}]})
    city.tick()
    shift = {"from": "2026-02-16T00:00", "to": "2026-02-22T12:00", "seat": 1, "who": "li-min"}
    _complete(city, key["processInstanceKey"], "draft-roster", roster_shifts=[shift])
    _complete(city, key["processInstanceKey"], "fill-gap", stand_in="wang-fang")
    assert [(one["person_id"], one["stands_in"]) for one in _rows(city, roster_shift)] == [
        ("li-min", False),
        ("wang-fang", True),
    ]
    with city.parts.database.read() as connection:
        rows = rosters.between(connection, monday, monday + timedelta(days=7))
    assert rosters.gaps(rows, monday, monday + timedelta(days=7)) == []


def _channels_are_published_and_withdrawn(city: City) -> None:
    key = _start(city, "publication")
    told = {"publication_kind": "CHANNELS", "publication_title": "怎么找到我们", "publication_text": "拨打12345。"}
    _complete(city, key, "draft-publication", **told)
    _complete(city, key, "check-secrecy", publication_secret=False)
    _complete(city, key, "approve-publication", publication_approved=True)
    with city.parts.database.read() as connection:
        assert [row["title"] for row in publications.in_force(connection)] == ["怎么找到我们"]
    city.pass_to(city.now + timedelta(days=200))
    _complete(city, key, "recheck-publication", publication_now="WITHDRAW")
    with city.parts.database.read() as connection:
        assert publications.in_force(connection) == []


def _somebody_is_trained(city: City) -> None:
    at = city.now
    key = _start(city, "training", unit_id=None)
    course = {"course_title": "普通话", "course_day": "2026-03-01", "course_plan": "一天", "participant_ids": "li-min"}
    _complete(city, key, "plan-training", **course)
    _complete(city, key, "record-training", attended=True, test_score=90)
    [row] = _rows(city, certificate)
    assert (row["person_id"], row["course"], row["score"]) == ("li-min", "普通话", 90)
    assert row["valid_until"] == date(at.year + 1, at.month, at.day)


@pytest.mark.parametrize(("months", "day"), [(1, date(2028, 2, 29)), (13, date(2029, 2, 28)), (12, date(2029, 1, 31))])
def test_a_certificate_runs_out_on_a_day_that_the_month_has(months: int, day: date) -> None:
    assert later(date(2028, 1, 31), months) == day
