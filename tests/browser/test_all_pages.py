"""Every page opens without a complaint of the browser, in both languages, and everybody can read it."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from tests.browser.conftest import WIDTHS, Keep, Visit

RULES = (
    "/studio?text=extension",
    "/studio/process/extension",
    "/studio/decision/deadline-graph",
    "/studio/form/handle",
)
STAFF = (
    "/",
    "/tasks?whose=all",
    "/matters",
    "/operations",
    "/figures",
    "/heat",
    "/heat/matter-handling",
    "/coverage",
    "/units",
    "/duties",
    "/roster",
)
PUBLIC = ("/portal", "/portal/file", "/portal/track", "/about", "/knowledge", "/statistics", "/sign-in")


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize(("who", "paths"), [("", PUBLIC), ("zheng-hong", STAFF), ("shen-yi", RULES)])
def test_every_page_is_for_everybody(visit: Visit, keep: Keep, who: str, paths: Sequence[str], language: str) -> None:
    visitor, barriers = visit(who, language=language), []
    for path in paths:
        page = visitor.open(path)
        for name, width in WIDTHS.items():
            page.set_viewport_size({"width": width, "height": 900})
            keep(page, f"{name}-{language}-{path.strip('/').replace('/', '-') or 'start'}")
            if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
                barriers.append(f"{path}: wider than {width} px")
        barriers += [f"{path}: {one}" for one in visitor.barriers()]
    assert barriers == []
