"""A policy person's day: five working days become four, and what is filed from that day on has four."""

from __future__ import annotations

from datetime import datetime

import pytest
from playwright.sync_api import Page

from service.clock import CITY_ZONE
from tests.browser.conftest import Keep, Visit
from tests.browser.drafts import begun
from tests.served import ServedCity

TABLE = "/studio/decision/parameters-graph"
OPEN_TABLE = "editor.editor.open(editor.editor.getViews().find(({ element }) => element.id === 'parameter-list'))"
CELL = "#editor [data-element-id=parameter-handle-then-value]"
WHY = "五天改四天；tests/scenarios/extension 等三个情景随之改写"


def _saved(page: Page) -> str:
    """What deployment says of the draft once the editor has saved it."""
    page.locator("#save").click()
    page.locator("#told", has_text=page.evaluate("editor.dataset.saved")).wait_for()
    return page.locator("#problems").inner_text()


def _deadline(house: ServedCity, title: str) -> str:
    """The day by which a matter that is filed now is due."""
    with house.as_("shen-yi"):
        number = house.file(title=title, text=f"{title}，请尽快派人处理。", address=title)["number"]
        return str(house.matter(number)["deadline_at"])[:10]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_five_working_days_become_four(visit: Visit, house: ServedCity, keep: Keep, language: str) -> None:
    assert _deadline(house, "人民公园长椅坏了") == "2026-02-24"
    drafting = visit("shen-yi", language=language)
    drafting.open("/studio?text=parameters").locator("main tbody a").first.click()
    page = begun(drafting, TABLE)
    page.evaluate(OPEN_TABLE)
    page.locator(CELL).click()
    page.keyboard.press("ControlOrMeta+A")
    page.keyboard.type("4")
    page.keyboard.press("Escape")
    page.locator("h1").click()
    assert _saved(page) == {"zh": "没有发现问题。", "en": "Nothing is wrong with it."}[language]
    keep(page, f"policy-{language}-editor")

    page.locator(".top .state a").click()
    assert [page.locator("#changes ~ div del").inner_text(), page.locator("#changes ~ div ins").inner_text()] == [
        "5",
        "4",
    ]
    keep(page, f"policy-{language}-draft")
    page.locator("a[href*='/compare']").click()
    assert page.locator("main .light.yellow").count() == 2
    keep(page, f"policy-{language}-compare")
    assert drafting.barriers() == []

    drafting.open(TABLE + "/draft/back-test")
    assert '{"key": "T_HANDLE", "value": 4}' in page.locator("#otherwise ~ div").inner_text()
    keep(page, f"policy-{language}-back-test")
    assert drafting.barriers() == []

    drafting.open(TABLE + "/draft/trial")
    failed = page.locator("#played ~ div tr", has=page.locator(".light.red"))
    assert "five-days-more-once" in " ".join(failed.all_inner_texts())
    assert page.locator(".warning").is_visible()
    keep(page, f"policy-{language}-trial")
    assert drafting.barriers() == []

    drafting.open(TABLE + "/draft")
    page.locator("input[name=note]").fill(WHY)
    page.locator("input[name=effective]").fill("2026-02-12")
    page.locator("form[action$='/proposal'] button").click()
    assert page.locator("form[action$='/approval']").count() == 0

    approving = visit("wei-qiang", language=language)
    page = approving.open(TABLE + "/draft")
    assert WHY in page.locator("main").inner_text()
    keep(page, f"policy-{language}-proposed")
    page.locator("form[action$='/approval'] button").click()
    assert "2026-02-12 00:00" in page.locator("#versions ~ div tbody tr").first.inner_text()
    keep(page, f"policy-{language}-approved")

    # What is filed before that day has five working days, with the Spring Festival between them; afterwards four.
    house.pass_to(datetime(2026, 2, 11, 9, 0, tzinfo=CITY_ZONE))
    assert _deadline(house, "体育场围墙倒了") == "2026-02-25"
    house.pass_to(datetime(2026, 2, 12, 9, 0, tzinfo=CITY_ZONE))
    assert _deadline(house, "青年路井盖丢了") == "2026-02-25"
