"""A service object asks for an explanation by its own code (Art. 14)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import select

from service.clock import CITY_ZONE
from service.hotline import notices
from service.store.tables import notice
from tests.city import City

pytestmark = pytest.mark.of_one_store

TEXT = "灯杆要从外地订，没有按期修好；3月20日前装好。"


@pytest.fixture
def city(furnished_url: str) -> Iterator[City]:
    opened = City(furnished_url, datetime(2026, 3, 2, 9, 0, tzinfo=CITY_ZONE))
    yield opened
    opened.close()


def _ask(city: City, filed: dict[str, Any], **wish: str) -> Any:
    answer = city.app.test_client().post(
        f"/hotline/v1/track/{filed['number']}/explanation", json=wish, headers={"Query-Code": filed["query_code"]}
    )
    city.tick()
    return answer


def _do(city: City, element_id: str, **answers: Any) -> None:
    asked = {"filter": {"state": "CREATED", "elementId": element_id}}
    (task,) = city.ask("POST", "/v2/user-tasks/search", asked)["items"]
    city.ask("POST", f"/v2/user-tasks/{task['userTaskKey']}/completion", {"variables": answers}, expect=204)
    city.tick()


def _explain(city: City) -> None:
    _do(city, "explain", explanation=TEXT)
    _do(city, "check-explanation", objection_finding="EXPLAINED")


def _told(city: City, kind: str) -> list[dict[str, Any]]:
    with city.parts.database.read() as connection:
        found = connection.execute(select(notice).where(notice.c.kind == kind)).mappings().all()
        return [notices.body(connection, city.parts.engine, one) for one in found]


def test_before_the_deadline_the_day_is_told_and_after_it_the_unit_explains(city: City) -> None:
    filed = city.file()
    deadline = city.matter(filed["number"])["deadline_at"]
    assert _ask(city, filed).get_json() == {"answer": "NOT_YET", "not_before": deadline}
    assert [body["explanation_answer"] for body in _told(city, "explanation-not-owed")] == ["NOT_YET"]
    city.pass_to(datetime(2026, 3, 10, 8, 0, tzinfo=CITY_ZONE))
    assert _ask(city, filed).get_json() == {"answer": "EXPLAIN", "not_before": None}
    _explain(city)
    assert [body["explanation"] for body in _told(city, "explained")] == [TEXT]


def test_an_objection_is_explained_once_and_again_if_something_is_new(city: City) -> None:
    filed = city.file()
    number = filed["number"]
    city.reply(number)
    assert _ask(city, filed).get_json()["answer"] == "SAY_OBJECTION"
    assert _ask(city, filed, objection="还有一盏不亮").get_json()["answer"] == "EXPLAIN"
    assert _ask(city, filed, objection="还有一盏不亮").status_code == 409
    _explain(city)
    assert _ask(city, filed, objection="还有一盏不亮").get_json()["answer"] == "FINAL_EXPLAINED"
    assert _ask(city, filed, objection="还有一盏不亮", new_facts="又坏了两盏").get_json()["answer"] == "EXPLAIN"


def test_a_wrong_code_gets_no_explanation_and_the_desk_may_ask_for_who_calls(city: City) -> None:
    filed = city.file()
    assert _ask(city, filed | {"query_code": "AAAAAAAA"}).status_code == 404
    answer = city.ask("POST", f"/hotline/v1/matters/{filed['number']}/explanation", {})
    assert answer["answer"] == "NOT_YET"


def test_a_justified_objection_gives_the_matter_back_to_its_unit(city: City) -> None:
    filed = city.file()
    number = filed["number"]
    city.reply(number)
    _ask(city, filed, objection="还有一盏不亮")
    _do(city, "explain", explanation=TEXT)
    _do(city, "check-explanation", objection_finding="REDO")
    city.tick()
    assert (city.matter(number)["round"], city.waiting(number)) == (2, ["sign-in"])
