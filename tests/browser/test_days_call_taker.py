"""A call taker's day: a matter is written down on one screen while the caller speaks, the caller is known again, the
matter is found by its number, another one is filed on a slow line. By keyboard alone, in both languages."""

from __future__ import annotations

import os
from pathlib import Path
from time import monotonic

import pytest
from playwright.sync_api import Request, expect

from tests.browser.conftest import WIDTHS, Keep, Visit
from tests.browser.keyboard import Keyboard
from tests.served import ServedCity

TEXT = "奎文区新华路与福寿街路口北侧三盏路灯已经五天不亮，晚上走路看不清，请尽快维修。"
OTHER = "寒亭区海龙路上的公交站牌被撞倒，等车的人不知道下一班什么时候来。"
PHONE = "13800001234"
# A line as in a village: milliseconds until the first sign comes, bytes in a second (400 kbit/s).
SLOW = {"offline": False, "latency": 400, "downloadThroughput": 50_000, "uploadThroughput": 50_000}
SAID = {
    "zh": {"nobody": "这个号码以前没有来过电话", "accepted": "受理", "basis": "第十条"},
    "en": {"nobody": "Nobody has called from this number before.", "accepted": "It is accepted", "basis": "Art. 10"},
}


def _write(keys: Keyboard, text: str) -> None:
    keys.write("text", text)
    keys.choose("confidential", "no")


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_call_takers_day(visit: Visit, house: ServedCity, keep: Keep, language: str) -> None:
    said = SAID[language]
    visitor = visit("li-min", language=language)
    page = visitor.open("/intake")
    keys = Keyboard(page)
    beside = page.locator("#beside")
    page.keyboard.type(PHONE)
    expect(beside).to_contain_text(said["nobody"])
    _write(keys, TEXT)
    expect(page.locator("#decided")).to_have_text(said["accepted"])
    expect(beside).to_contain_text(said["basis"])
    keep(page, f"{language}-day-calls-told")
    keys.go("Control+Enter")
    number = page.locator(".told").first.inner_text()
    house.tick()
    # The same caller again: what is known of the number stands there.
    page.keyboard.type(PHONE)
    expect(beside).to_contain_text(TEXT[:30])
    keep(page, f"{language}-day-calls-again")
    # Found by its number from the head of every page.
    keys.press("Tab")
    page.locator("body").focus()
    keys.to("a.mark")
    keys.press("/")
    page.keyboard.insert_text(number)
    keys.go("Enter")
    keys.to(f'main a[href*="{number}"]')
    keys.go("Enter")
    expect(page.locator("main")).to_contain_text(number)
    keep(page, f"{language}-day-calls-matter")
    if language == "en":
        page.set_viewport_size({"width": WIDTHS["phone"], "height": 900})
        assert not page.evaluate("document.documentElement.scrollWidth > innerWidth")


def test_a_matter_is_filed_on_a_slow_line_with_few_strokes(visit: Visit, capsys: pytest.CaptureFixture[str]) -> None:
    """What it takes is told, and asked of nobody: how fast this machine is, is not how fast the line is."""
    visitor = visit("li-min")
    page, asked = visitor.page, []
    line = page.context.new_cdp_session(page)
    line.send("Network.enable")
    line.send("Network.emulateNetworkConditions", SLOW)

    def hear(request: Request) -> None:
        asked.append(request.url)

    begun = monotonic()
    visitor.open("/intake")
    opened = monotonic()
    page.on("request", hear)
    keys = Keyboard(page)
    for digit in PHONE:
        keys.press(digit)
    _write(keys, OTHER)
    expect(page.locator("#decided")).not_to_be_empty(timeout=20_000)
    decided = monotonic()
    keys.go("Control+Enter")
    expect(page.locator(".told").first).to_contain_text("WF2026")
    filed = monotonic()
    told = (
        f"Intake at 400 ms and 400 kbit/s: open after {opened - begun:.1f} s; {keys.strokes} strokes besides what is "
        f"said; the decision after {decided - opened:.1f} s, the number {filed - decided:.1f} s after "
        f"sending; {len(asked)} requests."
    )
    with capsys.disabled():
        print(f"\n{told}")
    if folder := os.environ.get("PICTURES"):
        (Path(folder) / "intake-on-a-slow-line.txt").write_text(told + "\n")


def test_without_scripts_check_does_the_same(visit: Visit) -> None:
    page = visit("li-min", language="en", scripts=False).open("/intake")
    page.get_by_label("What the caller says").fill(TEXT)
    page.get_by_role("button", name="Check").click()
    expect(page.locator("#beside")).to_contain_text("It is accepted")
    expect(page.get_by_label("What the caller says")).to_have_value(TEXT)
