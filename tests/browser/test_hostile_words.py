"""Whatever stands in a matter, a name, a diagram, a table or a form is shown as text, and does nothing."""

from __future__ import annotations

from base64 import b64encode
from itertools import groupby

from sqlalchemy import update

from service.app import shipped
from service.engine import deployments
from service.store.tables import person, unit
from tests.browser import hostile
from tests.browser.conftest import Visit, fill
from tests.pages import CALLS, HANDLER, Shown, all_of
from tests.served import ServedCity

# What counts only when the assessment's own process has approved it.
_APPROVED = ("assessment-scheme.bpmn", "assessment.bpmn", "assessment-score.dmn", "unit-kind.dmn")
LONGEST = 10_000
_MARKS = "window.pwned || document.querySelectorAll('[data-pwned]').length"
# What turns the direction of what is read is ended where it was begun.
_TURNING = """(() => {
  const found = [], walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
  for (let node; (node = walker.nextNode()); ) {
    const begun = node.data.match(/[\u202a\u202b\u202d\u202e\u2066-\u2068]/g) ?? []
    const ended = node.data.match(/[\u202c\u2069]/g) ?? []
    const isDrawn = node.parentElement.closest("svg") // Each label of a picture stands for itself.
    if (begun.length > ended.length && !isDrawn) found.push(node.parentElement.outerHTML.slice(0, 150))
  }
  return found
})()"""


def test_nothing_that_somebody_has_written_is_more_than_text(visit: Visit, house: ServedCity) -> None:
    wrong = []
    for who, pages in groupby(sorted(all_of(_filled(house)), key=lambda one: one.who), lambda one: one.who):
        visitor = visit(who)
        for page in pages:
            opened = visitor.open(page.path)
            if page.is_editor:
                opened.wait_for_load_state("networkidle")
            if opened.evaluate(_MARKS):
                wrong.append(f"{page.path}: something ran, or became a part of the page")
            if not page.is_editor:
                wrong += [f"{page.path}: {one}" for one in opened.evaluate(_TURNING)]
                if opened.evaluate("document.documentElement.scrollWidth > innerWidth"):
                    wrong.append(f"{page.path}: wider than the window")
        if who == HANDLER:
            opened = visitor.open("/matters")
            assert "<script>window.pwned=1</script>" in opened.inner_text("main")
    assert wrong == []


def _filled(house: ServedCity) -> Shown:
    """A city in which everybody and everything is called by hostile words, and a matter that says nothing else."""
    files = [(name, content if name in _APPROVED else hostile.model(name, content)) for name, content in shipped()]
    with house.parts.database.write() as connection:
        deployments.deploy(connection, house.parts.engine, files, by="policy", is_founding=True)
        for table in (person, unit):
            connection.execute(
                update(table).values(name=table.c.id + hostile.WORDS, name_en=table.c.id + hostile.WORDS)
            )
    said = {"title": hostile.WORDS, "name": hostile.WORDS[:90], "address": hostile.WORDS}
    shown = fill(house, **said, text="拖欠工资" + hostile.WORDS * (LONGEST // len(hostile.WORDS)))
    of_it, long = f"/hotline/v1/matters/{shown.number}", hostile.WORDS * 5
    file = {"name": hostile.WORDS[:90] + ".pdf", "content": b64encode(b"%PDF-1.4\n%%EOF\n").decode()}
    for path, by, body in (
        ("/notes", HANDLER, {"text": long}),
        ("/public-notes", CALLS, {"text": long}),
        ("/urge", CALLS, {"text": hostile.WORDS}),
        ("/attachments", CALLS, file),
    ):
        answer = house.request("POST", of_it + path, body, by=by)
        assert answer.is_success, f"{path}: {answer.text}"
    return shown
