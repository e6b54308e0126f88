"""What is opened in the studio's editors and saved without a change is what it was, as it is in the desktop modeler."""

from __future__ import annotations

from pathlib import Path

from tests.browser.conftest import Visit
from tests.browser.drafts import begun_new
from tests.test_modelers import DRAWN, lost

DRAWN_AND_SAVED = """async (text) => {
  await editor.editor.importXML(text)
  return (await editor.editor.saveXML({ format: true })).xml
}"""
FORM_AND_SAVED = """async (text) => {
  await editor.editor.importSchema(JSON.parse(text))
  return JSON.stringify(editor.editor.saveSchema())
}"""
OPEN_AND_SAVE = {"process": DRAWN_AND_SAVED, "decision": DRAWN_AND_SAVED, "form": FORM_AND_SAVED}
ENDINGS = {"process": ".bpmn", "decision": ".dmn", "form": ".form"}


def test_every_shipped_file_stays_the_same(visit: Visit) -> None:
    visitor, changed = visit("shen-yi"), {}
    for kind, ending in ENDINGS.items():
        page = begun_new(visitor, kind, "round")
        # A form that nobody looks at is laid out in half of the time.
        if kind == "form":
            page.evaluate("editor.editor.detach()")
        files: list[Path] = [file for file in DRAWN if file.suffix == ending]
        assert len(files) > 20
        for file in files:
            saved = page.evaluate(OPEN_AND_SAVE[kind], file.read_text(encoding="utf-8"))
            if told := lost(file.read_bytes(), saved.encode()):
                changed[file.name] = told[:5]
    assert changed == {}
