"""What a service object says later reaches the diagrams that are shipped."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest

from service.clock import CITY_ZONE
from tests.city import HANDLED, City


@pytest.fixture
def city(new_url: Any, shipped_once: None) -> Iterator[City]:
    opened = City(new_url("sqlite", furnished=True), datetime(2026, 2, 10, 9, 0, tzinfo=CITY_ZONE))
    yield opened
    opened.close()


def _say(city: City, number: str, what: str, **body: Any) -> None:
    city.ask("POST", f"/hotline/v1/matters/{number}/{what}", body, expect=204)
    city.tick()


def test_a_letter_without_a_declaration_waits_for_it_and_goes_on(city: City) -> None:
    number = city.file(channel="WEB", truth_declaration=None)["number"]
    assert city.matter(number)["status"] == "INCOMPLETE"
    _say(city, number, "supplement", truth_declaration=True, text="坏的是路口北侧的三盏。", phone="13900000000")
    row = city.matter(number)
    assert row["status"] == "DISPATCHED"
    assert row["text"].endswith("补充：坏的是路口北侧的三盏。")
    assert row["phone"] == "139******00"


def test_urging_and_withdrawing_reach_a_matter_in_handling(city: City) -> None:
    number = city.file()["number"]
    _say(city, number, "urge", text="孩子上学要走这条路")
    assert "urged" in [element for element, _ in city.happened(number, "message-received")]
    _say(city, number, "withdrawal", reason="灯已经亮了")
    assert city.matter(number)["status"] == "WITHDRAWN"
    assert city.waiting(number) == []


def test_the_answer_to_the_survey_closes_the_matter_and_the_reply_is_told(city: City) -> None:
    filed = city.file()
    number = filed["number"]
    assert _tracked(city, filed)["reply"] is None
    city.reply(number)
    assert city.matter(number)["status"] == "VISITING"
    _say(city, number, "survey", solved="YES", result_satisfaction=5, comment="很快")
    assert city.matter(number)["outcome"] == "CLOSE"
    assert _tracked(city, filed) | {"status": "CLOSED", "reply": HANDLED["public_reply_text"]} == _tracked(city, filed)


def test_whoever_says_that_it_is_not_solved_gets_another_round(city: City) -> None:
    number = city.file()["number"]
    city.reply(number)
    _say(city, number, "survey", solved="NO", result_satisfaction=1)
    assert city.waiting(number) == ["sign-in"]
    assert city.matter(number)["round"] == 2


RETURN = {"sign_in_answer": "RETURN", "return_reason": "不属于我单位职责", "return_legal_basis": "三定方案"}


def test_a_unit_that_gives_a_matter_back_says_why(city: City) -> None:
    number = city.file()["number"]
    with pytest.raises(AssertionError, match="return_reason"):
        city.complete(number, "sign-in", sign_in_answer="RETURN", return_legal_basis="三定方案")
    assert city.waiting(number) == ["sign-in"]
    city.complete(number, "sign-in", **RETURN)
    assert (city.waiting(number), city.matter(number)["status"]) == (["review-return"], "RETURN_REQUESTED")
    city.complete(number, "review-return", return_finding="YES")
    assert city.waiting(number) == ["choose-unit"]


def test_a_unit_that_was_determined_by_study_cannot_return_the_matter(city: City) -> None:
    number = city.file()["number"]
    city.complete(number, "sign-in", **RETURN)
    city.complete(number, "review-return", return_finding="DISPUTED", return_comment="两家都说不归自己")
    asked = {"settle_way": "STUDY", "invited_units": ["dept-city-management"], "dispute_note": "职责有争议"}
    city.complete(number, "choose-way", **asked)
    city.complete(number, "give-opinion", is_ours=True, opinion="归我局管")
    city.complete(number, "record-decision", determined_unit="dept-city-management", minutes="会商一致")
    assert (city.matter(number)["unit_id"], city.waiting(number)) == ("dept-city-management", ["sign-in"])
    [task] = city._tasks(number)
    path = f"/v2/user-tasks/{task['userTaskKey']}/completion"
    problem = city.ask("POST", path, {"variables": RETURN}, expect=409)
    assert "Art. 22 ¶2" in problem["detail"]
    assert "第二十二条第二款" in problem["detail"]
    assert city.waiting(number) == ["sign-in"]


def _tracked(city: City, filed: dict[str, Any]) -> dict[str, Any]:
    headers = {"Query-Code": filed["query_code"]}
    answer = city.app.test_client().get(f"/hotline/v1/track/{filed['number']}", headers=headers)
    told: dict[str, Any] = answer.get_json()
    return told
