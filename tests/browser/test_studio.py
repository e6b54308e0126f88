"""The three editors open a draft without a complaint, select what is wrong, and keep what is changed."""

from __future__ import annotations

import re

from playwright.sync_api import FilePayload

from service.app import PROJECT
from service.web.console import modules
from tests.browser.conftest import WIDTHS, Keep, Visit, Visitor

EXTENSION = "/studio/process/extension/draft"


def _begun(visitor: Visitor, path: str) -> Visitor:
    visitor.open(path)
    visitor.page.get_by_role("button", name="Begin a draft").click()
    visitor.page.wait_for_url(re.compile("/edit$"))
    return visitor


def test_a_diagram_is_changed_in_its_editor_and_the_change_is_told(visit: Visit, keep: Keep) -> None:
    assert modules.is_built("studio-bpmn"), "build it: cd frontend && node build.mjs"
    visitor = _begun(visit("shen-yi", language="en"), EXTENSION)
    page = visitor.page
    page.locator("[data-element-id=apply-extension] rect").first.click(force=True)
    page.locator("[data-group-id=group-general] .bio-properties-panel-group-header").click()
    name = page.locator("#bio-properties-panel-name")
    name.fill("请求延长")
    name.blur()
    page.get_by_role("button", name="Save the draft").click()
    page.get_by_text("Saved", exact=True).wait_for()
    keep(page, "desk-en-studio-bpmn")
    assert visitor.barriers() == []
    page.get_by_role("link", name="Back to the draft").click()
    assert "请求延长" in page.locator("#changes ~ div").inner_text()
    page.set_viewport_size({"width": WIDTHS["phone"], "height": 900})
    keep(page, "phone-en-studio-draft")
    assert not page.evaluate("document.documentElement.scrollWidth > innerWidth")
    assert visitor.barriers() == []


def test_what_is_wrong_leads_to_its_element(visit: Visit) -> None:
    page = _begun(visit("shen-yi", language="en"), EXTENSION).page
    page.get_by_role("link", name="Back to the draft").click()
    wrong = (PROJECT / "processes/extension.bpmn").read_bytes().replace(b'formId="apply-', b'formId="no-')
    chosen: FilePayload = {"name": "x.bpmn", "mimeType": "text/xml", "buffer": wrong}
    page.locator("input[type=file]").set_input_files(chosen)
    page.get_by_role("button", name="Send").click()
    page.get_by_role("link", name="Open the editor").click()
    page.locator("#problems button", has_text="apply-extension").click()
    page.locator(".djs-element.selected[data-element-id=apply-extension]").wait_for()
