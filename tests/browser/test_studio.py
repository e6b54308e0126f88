"""The three editors open a draft without a complaint, select what is wrong, and keep what is changed."""

from __future__ import annotations

from playwright.sync_api import FilePayload, Page

from service.app import PROJECT
from service.web.console import modules
from tests.browser.conftest import WIDTHS, Keep, Visit, Visitor
from tests.browser.drafts import begun

EXTENSION = "/studio/process/extension"
TASK = "editor.editor.get('elementRegistry').get('apply-extension')"
CALLED = f"{TASK}.businessObject.name"
KEPT = "new Promise((done) => setInterval(() => localStorage.length && done(), 50))"
LABEL = """() => {
  const field = editor.editor.get('formFieldRegistry').getAll().find(({ type }) => type === 'textarea')
  editor.editor.get('modeling').editFormField(field, 'label', '\\u202e<b>为什么' + 'x'.repeat(10000))
}"""


def _saved(page: Page) -> None:
    page.get_by_role("button", name="Save the draft").click()
    page.get_by_text("Saved", exact=True).wait_for()


def _back(page: Page) -> str:
    page.get_by_role("link", name="Back to the draft").click()
    return page.locator("#changes ~ div").inner_text()


def _fits(visitor: Visitor, keep: Keep, name: str) -> None:
    """At three widths: no wider than the page, and nothing in anybody's way."""
    for width, pixels in WIDTHS.items():
        visitor.page.set_viewport_size({"width": pixels, "height": 900})
        keep(visitor.page, f"{width}-en-{name}")
        assert not visitor.page.evaluate("document.documentElement.scrollWidth > innerWidth"), (name, width)
    assert visitor.barriers() == []
    visitor.page.set_viewport_size({"width": WIDTHS["desk"], "height": 900})


def test_a_diagram_is_changed_in_its_editor_and_the_change_is_told(visit: Visit, keep: Keep) -> None:
    assert modules.is_built("studio-bpmn"), "build it: cd frontend && node build.mjs"
    visitor = visit("shen-yi", language="en")
    page = begun(visitor, EXTENSION)
    page.locator("[data-element-id=apply-extension] rect").first.click(force=True)
    page.locator("[data-group-id=group-general] .bio-properties-panel-group-header").click()
    name = page.locator("#bio-properties-panel-name")
    name.fill("<img src=x onerror=alert(1)>")
    name.blur()
    _is_walked_by_tokens(page)
    _saved(page)
    _fits(visitor, keep, "studio-bpmn")
    assert "<img src=x onerror=alert(1)>" in _back(page)
    _fits(visitor, keep, "studio-draft")


def _is_walked_by_tokens(page: Page) -> None:
    """A hostile name stands in the log of the simulation as text."""
    page.get_by_role("button", name="Try it with tokens").click()
    page.evaluate(f"editor.editor.get('log').log({{ text: {CALLED} }})")
    assert page.locator(".bts-log .bts-text").last.inner_text() == "<img src=x onerror=alert(1)>"
    page.get_by_role("button", name="Try it with tokens").click()


def test_a_table_is_changed_in_its_editor_and_the_change_is_told(visit: Visit, keep: Keep) -> None:
    visitor = visit("shen-yi", language="en")
    page = begun(visitor, "/studio/decision/parameters-graph")
    _fits(visitor, keep, "studio-dmn-graph")
    # A problem in a row leads to its cell.
    visitor.open("/studio/decision/parameters-graph/draft")
    visitor.open("/studio/decision/parameters-graph/draft/edit#parameter-handle-then-value")
    page.locator("#editor [data-found][data-element-id=parameter-handle-then-value]").wait_for()
    cell = page.locator("#editor td.output-cell [contenteditable]").first
    cell.fill('"<script>"')
    cell.blur()
    page.get_by_text("Not saved yet").wait_for()
    _saved(page)
    _fits(visitor, keep, "studio-dmn")
    assert '"<script>"' in _back(page)


def test_a_form_is_changed_in_its_editor_and_the_change_is_told(visit: Visit, keep: Keep) -> None:
    visitor = visit("shen-yi", language="en")
    page = begun(visitor, "/studio/form/apply-extension")
    visitor.open("/studio/form/apply-extension/draft")
    visitor.open("/studio/form/apply-extension/draft/edit#extension_reason")
    page.locator("#editor .fjs-editor-selected").wait_for()
    page.evaluate(LABEL)
    page.get_by_text("Not saved yet").wait_for()
    _saved(page)
    _fits(visitor, keep, "studio-form")
    assert "<b>为什么" in _back(page)
    _fits(visitor, keep, "studio-form-draft")


def test_what_is_wrong_leads_to_its_element(visit: Visit) -> None:
    page = begun(visit("shen-yi", language="en"), EXTENSION)
    page.get_by_role("link", name="Back to the draft").click()
    wrong = (PROJECT / "processes/extension.bpmn").read_bytes().replace(b'formId="apply-', b'formId="no-')
    chosen: FilePayload = {"name": "x.bpmn", "mimeType": "text/xml", "buffer": wrong}
    page.locator("input[type=file]").set_input_files(chosen)
    page.get_by_role("button", name="Send").click()
    page.locator("#checked ~ div").get_by_role("link", name="apply-extension").click()
    page.locator(".djs-element.selected[data-element-id=apply-extension]").wait_for()
    page.evaluate("editor.editor.get('selection').select([])")
    page.locator("#problems button", has_text="apply-extension").click()
    page.locator(".djs-element.selected[data-element-id=apply-extension]").wait_for()


def test_what_was_not_saved_is_not_lost(visit: Visit) -> None:
    visitor = visit("shen-yi", language="en")
    page = begun(visitor, EXTENSION)
    page.evaluate(f"() => {{ editor.editor.get('modeling').updateProperties({TASK}, {{ name: '另一个' }}) }}")
    page.evaluate(KEPT)
    page.on("dialog", lambda dialog: dialog.accept())
    page.reload()
    page.get_by_role("button", name="Go on with it").click()
    page.get_by_text("Not saved yet").wait_for()
    assert page.evaluate(CALLED) == "另一个"
    _saved(page)
    assert page.evaluate("localStorage.length") == 0
