"""A citizen files a matter at the phone and follows it, without signing in."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.browser.conftest import WIDTHS, Keep, Visit
from tests.served import ServedCity

TEXT = "The three lamps at the crossing have been dark for five days. Please mend them."


def _file(page: Page) -> tuple[str, str]:
    page.get_by_label("What has happened, and what should be done?").fill(TEXT)
    page.get_by_label("Phone number").fill("13800001234")
    page.get_by_label("What I say is true").check()
    page.get_by_role("button", name="Send it").click()
    number, code = page.locator(".receipt dd").all_inner_texts()
    return number, code


def test_a_matter_is_filed_at_the_phone_without_scripts(visit: Visit) -> None:
    page = visit(language="en", width=WIDTHS["phone"], scripts=False).open("/portal")
    page.get_by_role("link", name="File a matter").click()
    number, code = _file(page)
    page.get_by_role("button", name="Forget it on this device").click()
    page.get_by_role("link", name="Follow my matter").click()
    page.get_by_label("Number of the matter").fill(number)
    page.get_by_label("Query code").fill(code.lower())
    page.get_by_role("button", name="See how it stands").click()
    expect(page.locator("h1")).to_contain_text(TEXT[:30])


def test_it_is_followed_and_taken_back_by_keyboard(visit: Visit, house: ServedCity, keep: Keep) -> None:
    visitor = visit(language="en", width=WIDTHS["phone"])
    page = visitor.open("/portal/file")
    _file(page)
    keep(page, "portal-receipt")
    barriers = visitor.barriers()
    house.tick()
    visitor.open("/portal/track")
    page.locator("#withdrawal summary").focus()
    page.keyboard.press("Enter")
    barriers += visitor.barriers()
    page.keyboard.press("Tab")
    page.keyboard.type("It is lit again.")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("You have taken it back.")
    keep(page, "portal-matter")
    assert barriers == []
