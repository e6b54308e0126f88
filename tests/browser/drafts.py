"""How a draft is begun in a browser, and its editor opened."""

from __future__ import annotations

import re

from playwright.sync_api import Page

from tests.browser.conftest import Visitor


def begun(visitor: Visitor, path: str) -> Page:
    """The editor of what is deployed there, opened and ready."""
    visitor.open(path + "/draft")
    visitor.page.locator("button[name=edit]").click()
    return _ready(visitor.page)


def begun_new(visitor: Visitor, kind: str, id_: str) -> Page:
    """The editor of something that nobody has drawn yet."""
    page = visitor.open("/studio/new")
    page.locator(f"input[value={kind}]").check()
    page.locator("input[name=id]").fill(id_)
    page.locator("main input[name=name]").fill("新")
    page.locator("main form button").click()
    return _ready(page)


def _ready(page: Page) -> Page:
    page.wait_for_url(re.compile("/edit$"))
    page.locator("#editor[data-ready]").wait_for(state="attached")
    return page
