"""A call taker writes a matter down while the caller speaks, by keyboard alone."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.conftest import WIDTHS, Keep, Visit

TEXT = "奎文区新华路与福寿街路口北侧三盏路灯已经五天不亮，晚上走路看不清，请尽快维修。"


def test_a_call_is_written_down_by_keyboard_alone(visit: Visit, keep: Keep) -> None:
    visitor = visit("li-min", language="en")
    page = visitor.open("/intake")
    page.keyboard.type("13800001234")
    expect(page.locator("#beside")).to_contain_text("Nobody has called from this number before.")
    for _ in range(6):
        page.keyboard.press("Tab")
    page.keyboard.insert_text(TEXT)
    expect(page.locator("#decided")).to_have_text("It is accepted")
    expect(page.locator("#beside")).to_contain_text("Art. 10, 18")
    keep(page, "intake-told")
    barriers = visitor.barriers()
    for name, width in WIDTHS.items():
        page.set_viewport_size({"width": width, "height": 900})
        keep(page, f"intake-{name}")
        if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            barriers.append(f"wider than {width} px")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".told").first).to_contain_text("WF2026")
    page.keyboard.type("13800001234")
    expect(page.locator("#beside")).to_contain_text(TEXT[:30])
    keep(page, "intake-filed")
    assert barriers + visitor.barriers() == []


def test_without_scripts_check_does_the_same(visit: Visit) -> None:
    page = visit("li-min", language="en", scripts=False).open("/intake")
    page.get_by_label("What the caller says").fill(TEXT)
    page.get_by_role("button", name="Check").click()
    expect(page.locator("#beside")).to_contain_text("It is accepted")
    expect(page.get_by_label("What the caller says")).to_have_value(TEXT)
