"""A complaint about conduct is never handled by whoever, or whichever unit, it is about (Art. 10 (4), 15)."""

from __future__ import annotations

import pytest

from service import feel
from service.hotline.organisation import shipped
from tests.city import City
from tests.test_decisions import decide

pytestmark = pytest.mark.of_one_store

UNITS = [unit["id"] for unit in shipped()["units"]]


@pytest.mark.parametrize("accused", UNITS)
def test_no_unit_is_its_own_superior(accused: str) -> None:
    said = {"accused_unit": accused, "stated_scope": "CONDUCT_COMPLAINT"}
    assert feel.to_json(decide("superior-unit", said).output) not in (accused, "", None)


def test_whoever_is_named_superior_can_be_asked() -> None:
    said = [{"accused_unit": unit, "stated_scope": "CONDUCT_COMPLAINT"} for unit in UNITS]
    superiors = {feel.to_json(decide("superior-unit", one).output) for one in said} - {"HUMAN"}
    heads = {person["unit"] for person in shipped()["people"] if "UNIT_PRINCIPAL" in person["roles"]}
    assert superiors <= heads


def test_a_bad_mark_for_the_manners_of_a_unit_is_inquired_into_above_it(city: City) -> None:
    number = city.file()["number"]
    city.reply(number)
    said = {"solved": "YES", "process_satisfaction": 1, "result_satisfaction": 5, "comment": "来的人一直在骂人。"}
    city.ask("POST", f"/hotline/v1/matters/{number}/survey", said, expect=204)
    city.tick()
    assert city.matter(number)["status"] == "CLOSED"
    asked = {"filter": {"elementId": "inquire", "state": "CREATED"}}
    (task,) = city.ask("POST", "/v2/user-tasks/search", asked)["items"]
    assert task["candidateGroups"] == ["gov-office:UNIT_LIAISON", "gov-office:UNIT_PRINCIPAL"]
