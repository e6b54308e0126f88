"""Every page opens without a complaint of the browser, in both languages, and everybody can read it.

The editors have tests of their own for that: test_studio.py, test_editor_words.py.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from tests.browser.conftest import WIDTHS, Keep, Visit
from tests.pages import Page, Shown, all_of


def _by_reader(shown: Shown) -> Iterator[tuple[str, Iterator[Page]]]:
    pages = sorted((one for one in all_of(shown) if not one.is_editor), key=lambda one: one.who)
    return groupby(pages, lambda one: one.who)


def test_every_page_is_for_everybody_on_the_phone_and_at_the_desk(visit: Visit, keep: Keep, shown: Shown) -> None:
    barriers = []
    for who, pages in _by_reader(shown):
        visitor = visit(who)
        for path in (one.path for one in pages):
            page = visitor.open(path)
            for name, width in WIDTHS.items():
                page.set_viewport_size({"width": width, "height": 900})
                if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
                    barriers.append(f"{path}: wider than {width} px ({name})")
            keep(page, f"zh-{who}{path}")
            barriers += [f"{path}: {one}" for one in visitor.barriers()]
    assert barriers == []


def test_every_page_is_there_in_english_too(visit: Visit, shown: Shown) -> None:
    wide = []
    for who, pages in _by_reader(shown):
        visitor = visit(who, language="en", width=WIDTHS["phone"])
        for path in (one.path for one in pages):
            page = visitor.open(path)
            if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
                wide.append(path)
    assert wide == []
