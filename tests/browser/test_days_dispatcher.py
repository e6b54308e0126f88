"""A day in the agency, by keyboard: the dispatcher looks at what a unit gives back, the return visitor calls, the
supervisor supervises, and all of them see how far it is."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import NOW, Keep, Visit, Visitor
from tests.browser.keyboard import Keyboard
from tests.served import ServedCity

TREES = {
    "title": "行道树挡住阳光",
    "category_l2": "城乡规划",
    "text": "小区外的行道树长得太高，二楼以下全年不见阳光，请有关部门修剪。",
}
RETURN = {
    "sign_in_answer": "RETURN",
    "return_reason": "行道树归城市管理部门。",
    "return_legal_basis": "城市绿化条例第十八条",
}
WORDS: Mapping[str, Mapping[str, str]] = {
    "zh": {"dispute": "职责争议", "asked": "已提请督办", "level": "日常督办", "closed": "已办结", "note": "已记下"},
    "en": {
        "dispute": "Whose duty is in dispute",
        "asked": "Supervision is asked for",
        "level": "Daily supervision",
        "closed": "Closed",
        "note": "It is noted.",
    },
}


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_day_in_the_agency(visit: Visit, house: ServedCity, keep: Keep, language: str) -> None:
    said = WORDS[language]
    with house.as_("shen-yi"):
        lamps = house.file()["number"]
        house.reply(lamps)
        # Whoever has not answered by the end of the next day is called.
        house.pass_to(NOW + timedelta(days=2))
        trees = house.file(**TREES)["number"]
        house.complete(trees, "sign-in", **RETURN)
    dispatcher = visit("zhao-jing", language=language)
    _do(dispatcher, house, "review-return", return_finding='"DISPUTED"', return_comment="两个部门都说不归自己管。")
    page = dispatcher.open("/supervision")
    disputes = page.locator("section", has=page.locator("#disputes"))
    assert said["dispute"] in disputes.inner_text()
    expect(disputes.locator(f'a[href="/matters/{trees}"]')).to_be_visible()
    keep(page, f"{language}-day-agency-disputes")
    _calls(visit("zhou-yan", language=language), house, lamps, said)
    _supervises(visit("zheng-hong", language=language), house, trees, said, keep, language)


def _calls(visitor: Visitor, house: ServedCity, number: str, said: Mapping[str, str]) -> None:
    """The return visit, after which the matter is finished."""
    _do(
        visitor, house, "call-object",
        visit_reached="true", visit_unit_contacted="true", visit_reply_true="true", visit_solved='"YES"',
        visit_result_sat="5",
    )  # fmt: skip
    page = visitor.open(f"/matters/{number}")
    assert said["closed"] in page.inner_text(".state")


def _supervises(
    supervisor: Visitor, house: ServedCity, number: str, said: Mapping[str, str], keep: Keep, language: str
) -> None:
    """Notes something, asks for supervision at the file, issues the slip, and sees the ladder."""
    page = supervisor.open(f"/matters/{number}")
    keys = Keyboard(page)
    page.locator("details:has(#note) summary").press("Enter")
    page.locator("#note").press_sequentially("先请两家说明职责")
    keys.press("Tab")
    keys.go("Enter")
    expect(page.get_by_role("status")).to_contain_text(said["note"])
    form = page.locator('details:has(form[action$="/supervision"])')
    form.locator("summary").press("Enter")
    form.locator('[name="reason"]').press_sequentially("群众多次来电，仍无人承办")
    keep(page, f"{language}-day-agency-file")
    barriers = supervisor.barriers()
    page.locator('form[action$="/supervision"] button').focus()
    keys.go("Enter")
    expect(page.get_by_role("status")).to_contain_text(said["asked"])
    _do(supervisor, house, "issue-slip", slip_no="督〔2026〕12号", requirement="三个工作日内明确承办单位并答复。")
    page = supervisor.open("/supervision")
    ladder = page.locator("section", has=page.locator("#ladder"))
    expect(ladder).to_contain_text(number)
    expect(ladder).to_contain_text(said["level"])
    keep(page, f"{language}-day-agency-ladder")
    assert [*barriers, *supervisor.barriers()] == []


def _do(visitor: Visitor, house: ServedCity, kind: str, **answers: str) -> None:
    """The first task of a kind: choices are told in JSON, as the form has them."""
    house.tick()
    page = visitor.open(f"/tasks?kind={kind}")
    keys = Keyboard(page)
    keys.press("j")
    keys.go("o")
    for name, value in answers.items():
        if page.locator(f'input[type="radio"][name="{name}"]').count():
            keys.choose(name, value)
        else:
            keys.write(name, value)
    keys.go("Control+Enter")
    expect(page.locator(".is-wrong")).to_have_count(0)
    house.tick()
