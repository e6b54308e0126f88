"""The bench sees of a page what a browser tells of it."""

from __future__ import annotations

from playwright.sync_api import Browser

from tests.bench import pages
from tests.pages import ANYBODY, Page
from tests.served import ServedCity


def test_a_first_view_has_its_weight_and_its_paint(browser: Browser, house: ServedCity) -> None:
    view = pages.view(browser, house.address, house.parts, Page(ANYBODY, "/portal"))
    whole = len(house.request("GET", "/portal", by="", headers={"Accept-Encoding": "identity"}).content)
    assert whole < view.weight < pages.WEIGHT
    assert view.paint > 0
