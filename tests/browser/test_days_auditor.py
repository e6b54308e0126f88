"""A day of an auditor, by keyboard: find a matter, replay its way, read what decided and was kept, take it away.

That everybody can read these pages is looked at by test_all_pages.py.
"""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Keep, Visit
from tests.browser.keyboard import Keyboard
from tests.served import ServedCity

AUDITOR = "jiang-nan"
WORDS: Mapping[str, Mapping[str, str]] = {
    "zh": {"same": "没有不同", "why": "看其他行为什么没有命中", "kept": "变量的变化", "play": "播放", "pause": "暂停"},
    "en": {
        "same": "nothing is otherwise",
        "why": "Show why the other rows did not fire",
        "kept": "Values over time",
        "play": "Play",
        "pause": "Pause",
    },
}


def _replied(house: ServedCity) -> str:
    with house.as_("shen-yi"):
        number = str(house.file()["number"])
        house.reply(number)
    return number


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_day_of_an_auditor(visit: Visit, house: ServedCity, keep: Keep, language: str) -> None:
    said, number = WORDS[language], _replied(house)
    auditor = visit(AUDITOR, language=language)
    page = auditor.open("/matters")
    keys = Keyboard(page)
    keys.press("j")
    keys.go("o")
    keep(page, f"{language}-auditor-file")
    keys.press_at(f'a[href="/matters/{number}/way"]')
    page.wait_for_url("**/way")
    last = _replays(page, keys, said)
    keep(page, f"{language}-auditor-way")
    # Another diagram that it ran through, and what is otherwise today.
    calls = page.locator("td a[href^='?process=']").filter(has_text="→")
    calls.first.focus()
    keys.go("Enter")
    assert page.locator("tr[data-step]").count() != last
    page.locator('a[href*="/way/changes"]').focus()
    keys.go("Enter")
    assert said["same"] in page.inner_text("main")
    page.goto(f"{auditor.address}/matters/{number}/decisions")
    page.get_by_role("link", name=said["why"]).focus()
    keys.go("Enter")
    assert page.locator("tr.fired").count()
    assert page.locator("td.refused").count()
    keep(page, f"{language}-auditor-decisions")
    page = auditor.open(f"/matters/{number}/record")
    assert said["kept"] in page.inner_text("main")
    assert "13800000000" not in page.content()
    keep(page, f"{language}-auditor-record")
    page = auditor.open(f"/matters/{number}")
    for format_, begins in (("pdf", b"%PDF-"), ("xes", b"<?xml"), ("ocel", b"{")):
        with page.expect_download() as told:
            page.locator(f'button[value="{format_}"]').press("Enter")
        assert told.value.path().read_bytes().startswith(begins)


def _replays(page: Page, keys: Keyboard, said: Mapping[str, str]) -> int:
    """There and back by keys and by the slider, and all of it by itself; answers how many steps there are."""
    at, steps = page.locator("[data-at]"), page.locator("tr[data-step]").count()
    expect(page.locator("[data-stage] svg")).to_be_visible()
    expect(at).to_have_text(str(steps))
    keys.to('[data-go="first"]')
    keys.press("Enter")
    expect(at).to_have_text("0")
    keys.press("ArrowRight")
    expect(at).to_have_text("1")
    expect(page.locator('tr[aria-current="step"] td').first).to_have_text("1")
    keys.press("End")
    expect(at).to_have_text(str(steps))
    keys.to('input[name="step"]')
    keys.press("ArrowLeft")
    expect(at).to_have_text(str(steps - 1))
    assert f"step={steps - 1}" in page.url
    # It moves unless somebody wants no motion; then it only steps.
    page.emulate_media(reduced_motion="reduce")
    page.locator(f'[data-to="{steps - 2}"]').press("Enter")
    expect(at).to_have_text(str(steps - 2))
    play = page.locator('[data-go="play"]')
    expect(play).to_have_attribute("aria-label", said["play"])
    play.press("Enter")
    expect(play).to_have_attribute("aria-label", said["pause"])
    expect(at).to_have_text(str(steps))
    expect(play).to_have_attribute("aria-label", said["play"])
    return steps


def test_the_way_is_replayed_without_scripts(visit: Visit, house: ServedCity) -> None:
    number = _replied(house)
    page = visit(AUDITOR, language="en", scripts=False).open(f"/matters/{number}/way")
    page.get_by_role("link", name="To the beginning").click()
    page.get_by_role("link", name="One step on").click()
    expect(page.locator("[data-at]")).to_have_text("1")
    page.wait_for_load_state("load")
    picture = page.locator("[data-stage] img")
    assert "step=1" in (picture.get_attribute("src") or "")
    assert picture.evaluate("one => one.naturalWidth") > 100
