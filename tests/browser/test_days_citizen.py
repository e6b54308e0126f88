"""A citizen at the phone looks for an answer, files a matter with a photo, follows it, adds, asks to hurry, takes it
back or says how it was done: by keyboard alone, in Chinese without scripts, in English with them."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import FilePayload, expect

from tests import sample_files
from tests.browser.conftest import WIDTHS, Keep, Visit, Visitor
from tests.browser.keyboard import Keyboard
from tests.served import ServedCity

TEXT = "奎文区新华路与福寿街路口北侧三盏路灯已经五天不亮，晚上走路看不清，请尽快维修。"
PHOTO: FilePayload = {"name": "路灯.jpg", "mimeType": "image/jpeg", "buffer": sample_files.jpeg()}
FORGE: FilePayload = {"name": "路灯.png", "mimeType": "image/png", "buffer": sample_files.REFUSED["page.png"]}
SAID = {
    "zh": {"refused": "不收这种文件", "added": "已经补充", "urged": "在等", "thanks": "谢谢", "back": "撤回"},
    "en": {
        "refused": "This kind of file is not taken", "added": "It has been added",
        "urged": "has been told that you wait",
        "thanks": "Thank you", "back": "You have taken it back",
    },
}  # fmt: skip
# What of a page is out of reach or cut off when its letters are twice as large.
CUT = """() => {
  document.documentElement.style.fontSize = '32px'
  const wide = document.documentElement.scrollWidth > innerWidth ? ['the page'] : []
  const cut = [...document.querySelectorAll('main *')].filter((one) => {
    const look = getComputedStyle(one), box = one.getBoundingClientRect()
    if (!box.width || one.closest('.scroll, .unseen, svg, option')) return false
    const hides = look.overflowX === 'hidden' && one.scrollWidth > one.clientWidth + 1
    return hides || box.right > innerWidth + 1
  })
  document.documentElement.style.fontSize = ''
  return [...wide, ...cut.map((one) => one.outerHTML.slice(0, 120))]
}"""


def _file(visitor: Visitor, keys: Keyboard, language: str) -> None:
    keys.to('main a[href$="/portal/file"]')
    keys.go("Enter")
    keys.write("text", TEXT)
    keys.write("address", "新华路与福寿街路口")
    keys.write("phone", "13800001234")
    keys.press_at('[name="truth_declaration"]', "Space")
    keys.page.locator('input[type="file"]').set_input_files(FORGE)
    keys.to("button.big")
    keys.go("Enter")
    expect(keys.page.locator("#files-wrong")).to_contain_text(SAID[language]["refused"])
    visitor.complaints.clear()  # of the browser, that it was refused
    # What was typed is still there; the file is chosen again.
    keys.page.locator('input[type="file"]').set_input_files(PHOTO)
    keys.to("button.big")
    keys.go("Enter")


def _say(keys: Keyboard, deed: str, **told: str) -> None:
    keys.to(f"#{deed} summary")
    if not keys.page.locator(f"#{deed}[open]").count():
        keys.press("Enter")
    for name, text in told.items():
        keys.to(f'#{deed} [name="{name}"]')
        keys.page.keyboard.insert_text(text)
    keys.to(f"#{deed} button")
    keys.go("Enter")


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_citizens_day(visit: Visit, house: ServedCity, keep: Keep, language: str) -> None:
    said, scripts = SAID[language], language == "en"
    visitor = visit(language=language, width=WIDTHS["phone"], scripts=scripts)
    page, keys = visitor.page, Keyboard(visitor.page)
    cut: dict[str, list[str]] = {}

    def look(name: str) -> None:
        keep(page, f"{language}-day-citizen-{name}")
        if found := page.evaluate(CUT):
            cut[name] = found

    visitor.open("/portal")
    look("start")
    if scripts:
        _know(visitor, keys, look)
    visitor.open("/portal")
    _file(visitor, keys, language)
    look("receipt")
    number, code = page.locator(".receipt dd").all_inner_texts()
    keys.to("button.second")
    keys.go("Enter")
    house.tick()
    with house.as_("shen-yi"):
        house.complete(number, "choose-unit", unit_id="county-370705", assignment_basis="CHOSEN")
    # Later, from another place.
    keys.to('main a[href$="/portal/track"]')
    keys.go("Enter")
    keys.write("number", number)
    keys.write("code", code.lower())
    keys.go("Enter")
    expect(page.locator("main")).to_contain_text("路灯.jpg")
    look("matter")
    page.locator("#files-files").set_input_files({**PHOTO, "name": "第二张.jpeg"})
    _say(keys, "files")
    expect(page.get_by_role("status")).to_contain_text(said["added"])
    expect(page.locator("main")).to_contain_text("第二张.jpeg")
    _say(keys, "urge", text="老人夜里摔倒了。")
    expect(page.get_by_role("status")).to_contain_text(said["urged"])
    if scripts:
        _answered(visitor, house, number)
        _survey(keys)
        expect(page.get_by_role("status")).to_contain_text(said["thanks"])
        look("thanks")
        assert visitor.barriers() == []
    else:
        _say(keys, "withdrawal", reason="已经亮了。")
        expect(page.get_by_role("status")).to_contain_text(said["back"])
        look("taken-back")
    visitor.open("/portal/file")
    look("file")
    assert cut == {}, "\n".join(f"{name}: {one}" for name, several in cut.items() for one in several)


def _know(visitor: Visitor, keys: Keyboard, look: Callable[[str], None]) -> None:
    """What others have asked, and how the hotline does."""
    keys.to('main a[href$="/knowledge"]')
    keys.go("Enter")
    keys.write("q", "路灯")
    keys.go("Enter")
    look("knowledge")
    visitor.open("/portal")
    keys.to('main a[href$="/statistics"]')
    keys.go("Enter")
    look("statistics")


def _answered(visitor: Visitor, house: ServedCity, number: str) -> None:
    """The unit mends it and answers."""
    with house.as_("shen-yi"):
        house.reply(number)
    visitor.open("/portal/track")


def _survey(keys: Keyboard) -> None:
    for name, value in (
        ("solved", "YES"), ("reply_true", "yes"), ("unit_contacted", "yes"), ("result_satisfaction", "5"),
        ("process_satisfaction", "4"),
    ):  # fmt: skip
        keys.choose(name, value)
    keys.to("#survey button")
    keys.go("Enter")
