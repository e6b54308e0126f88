"""Pages in sight follow what others do, and disturb nobody who is at something."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import Visit, Visitor
from tests.served import ServedCity

_CHANGED = "这里有变化。"


@pytest.fixture(autouse=True)
def _soon(house: ServedCity, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(house.app.extensions["streams"], "_look", 0.1)
    monkeypatch.setattr("service.web.front._REST", 0.2)
    with house.as_("shen-yi"):
        yield


def _handler(house: ServedCity, number: str) -> str:
    return f"{house.matter(number)['unit_id']}.handler"


def test_an_inbox_follows_without_disturbing(visit: Visit, house: ServedCity) -> None:
    first = house.file()["number"]
    handler = visit(_handler(house, first))
    page = handler.open("/tasks")
    page.focus("[data-open]")
    at = page.evaluate("document.activeElement.href")
    second = house.file(phone="10000000002", text="另一条街的路灯不亮。", address="中心街9号")["number"]
    page.get_by_text(f"{second} ·").wait_for()
    assert page.evaluate("document.activeElement.href") == at
    page.locator("[data-row] input[type=checkbox]").first.check()
    house.take(second)
    page.get_by_text(_CHANGED).wait_for()
    assert page.locator("[data-row] input[type=checkbox]").first.is_checked()
    page.get_by_role("link", name="看一看").click()
    page.wait_for_load_state()
    assert page.get_by_text(_CHANGED).count() == 0


def test_a_task_that_somebody_else_takes_says_so_and_keeps_what_is_written(visit: Visit, house: ServedCity) -> None:
    number = house.file()["number"]
    house.take(number)
    one = visit(_handler(house, number))
    page = one.open("/tasks")
    page.locator("[data-open]").first.click()
    page.wait_for_load_state()
    field = page.locator("#fields textarea").first
    field.fill("已经派人去看。")
    key = re.search(r"/tasks/(\d+)", page.url)
    assert key
    house.ask("POST", f"/v2/user-tasks/{key[1]}/assignment", {"assignee": _handler(house, number)}, expect=204)
    page.get_by_text(_CHANGED).wait_for()
    assert field.input_value() == "已经派人去看。"


def test_a_matter_and_its_place_in_the_portal_follow(visit: Visit, house: ServedCity) -> None:
    filed = house.file()
    lead, citizen = visit("zheng-hong"), visit(width=390)
    page, own = lead.open(f"/matters/{filed['number']}"), _follow(citizen, filed)
    way = visit("zheng-hong").open(f"/matters/{filed['number']}/way")
    house.take(filed["number"])
    page.get_by_text("办理中").first.wait_for()
    own.get_by_text("办理中").first.wait_for()
    # A replay is not broken off: it is only told.
    way.get_by_text(_CHANGED).wait_for()


def _follow(citizen: Visitor, filed: Mapping[str, str]) -> Page:
    page = citizen.open("/portal/track")
    page.locator("[name=number]").fill(filed["number"])
    page.locator("[name=code]").fill(filed["query_code"])
    page.get_by_role("button").last.click()
    page.wait_for_load_state()
    return page
