"""Intake: what stands beside the form while the caller speaks, and what filing gives."""

from __future__ import annotations

import re
from typing import Any

import pytest
from werkzeug.test import TestResponse

from tests.conftest import NewUrl
from tests.desk import TEXT, Desk

pytestmark = pytest.mark.of_one_store

TOLD = {
    "key": "a1",
    "phone": "13800001234",
    "matter_type": "HELP",
    "text": TEXT,
    "address": "东门外",
    "confidential": "no",
}
TABLES = ("parameters", "intake-completeness", "acceptance", "emergency-redirect", "duplicate", "responsibility")


@pytest.fixture
def desk(new_url: NewUrl) -> Any:
    opened = Desk(new_url("sqlite"))
    opened.deploy(*TABLES)
    yield opened
    opened.close()


def _ask(desk: Desk, path: str, told: dict[str, str], *, by: str = "li-min") -> TestResponse:
    headers = {"Authorization": f"Bearer {desk.token(by)}", "Origin": "http://localhost", "Accept-Language": "en"}
    client = desk.client
    answer = client.post(path, data=told, headers=headers)
    if answer.status_code == 303:
        return client.get(answer.headers["Location"], headers=headers)
    return answer


def _beside(desk: Desk, *, by: str = "li-min", **more: str) -> str:
    answer = _ask(desk, "/intake/check?part=1", {**TOLD, **more}, by=by)
    assert answer.status_code == 200, answer.text
    assert "<html" not in answer.text
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.text))


def test_the_decision_stands_there_with_its_rule_and_legal_basis(desk: Desk) -> None:
    said = _beside(desk)
    assert "It is accepted" in said
    assert "第十条、第十八条 Art. 10, 18：属于热线事项" in said
    refused = _beside(desk, procedure_required="LITIGATION")
    assert "It is not accepted" in refused
    assert "Art. 19(1)" in refused


def test_what_is_still_to_ask_and_what_is_dangerous_is_said(desk: Desk) -> None:
    said = _beside(desk, phone="", matter_type="REPORT", confidential="", hazard="FIRE")
    assert "Shall your name be kept from the unit?" in said
    assert "119 This is a fire." in said


def test_earlier_matters_of_the_number_and_open_ones_like_it_are_shown(desk: Desk) -> None:
    same = {"category_l1": "城乡建设", "category_l2": "城乡规划", "division_code": "370705", "address": "东门外"}
    mine = desk.dispatched(phone="138-0000-1234", title="路灯不亮", **same)["number"]
    other = desk.dispatched(phone="13900005678", title="路口的坑", **same)["number"]
    said = _beside(desk, category="城乡建设/城乡规划", division_code="370705")
    assert f"{mine} 路灯不亮 The same matter of the same caller" in said
    assert f"{other} 路口的坑 Very likely the same, of somebody else" in said
    assert "Earlier matters of this number 1" in said


def test_a_system_is_not_told_whose_number_it_is(desk: Desk) -> None:
    assert "Earlier matters" not in _beside(desk, by="interface")


def test_filing_gives_number_and_code_and_an_empty_form(desk: Desk) -> None:
    page = _ask(desk, "/intake", TOLD)
    number, code = re.findall(r'<strong class="told">([^<]+)', page.text)
    assert TEXT not in page.text
    assert desk.ask("GET", f"/track/{number}", headers={"Query-Code": code}).status_code == 200
    assert desk.read(f"/matters/{number}", by="li-min")["channel"] == "PHONE"
    assert re.findall(r'<strong class="told">([^<]+)', _ask(desk, "/intake", TOLD).text) == [number, code]


def test_what_is_wrong_stands_beside_its_field_and_what_was_typed_stays(desk: Desk) -> None:
    answer = _ask(desk, "/intake", {**TOLD, "text": "  ", "address": "<i>"})
    assert (answer.status_code, 'id="text-wrong"' in answer.text) == (400, True)
    assert 'value="&lt;i&gt;"' in answer.text


def test_without_scripts_check_shows_the_whole_page(desk: Desk) -> None:
    text = _ask(desk, "/intake/check", TOLD).text
    assert "It is accepted" in text
    assert TEXT in text


def test_only_the_desk_is_let_in(desk: Desk) -> None:
    assert _ask(desk, "/intake/check", TOLD, by="dept-water.handler").status_code == 403
