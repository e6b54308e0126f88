"""The editors speak the language of the page: every kind of element is opened, and no word is left in another."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.browser.conftest import Visit
from tests.browser.drafts import begun_new

KINDS = (Path(__file__).parent / "kinds.js").read_text(encoding="utf-8")
# What somebody has written: names in the drawing and at the head of the panel, and what stands in fields.
OWN = (
    "[contenteditable], textarea, .djs-visual, .djs-minimap, .cm-line, .bio-properties-panel-header-label, "
    ".bio-properties-panel-collapsible-entry-header-title, .fjs-form label, .fjs-form table, .fjs-form-field-button, "
    "td[data-element-id], .function-definition-parameters"
)
# Names that were made up for the test have one sign.
CHINESE, LATIN = re.compile("[\u4e00-\u9fff]{2}"), re.compile("[A-Za-z]{2}")
# Names of things that have no other in Chinese.
NAMES = {"BPMN", "FEEL", "JUEL", "Java", "PMML", "URL", "UTC"}


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_kind_of_element_is_told_in_the_language_of_the_page(visit: Visit, language: str) -> None:
    visitor = visit("shen-yi", language=language)
    foreign = []
    for kind, routine in (("process", "bpmn"), ("decision", "dmn"), ("form", "form")):
        page = begun_new(visitor, kind, f"all-of-{kind}")
        page.evaluate(KINDS)
        read = page.evaluate(f"(own) => kinds.{routine}(own)", OWN)
        assert len(read) > 40, kind
        foreign += [f"{kind}: {text}" for text in read if _is_foreign(text, language)]
        foreign += [f"{kind}: no dictionary has {text!r}" for text in page.evaluate("[...editor.missed]")]
        page.evaluate("editor.replaceWith(editor.cloneNode())")
    assert foreign == []


def _is_foreign(text: str, language: str) -> bool:
    if language == "en":
        return bool(CHINESE.search(text)) or "{" in text
    return bool(LATIN.search(text)) and not re.search("[\u4e00-\u9fff]", text) and text not in NAMES
