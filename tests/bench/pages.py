"""How long pages take the server among very many matters, what they weigh, and when a browser shows them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from statistics import median
from typing import Any

from playwright.sync_api import Browser

from service.hotline import sessions
from service.web import Hotline
from service.web.auth import COOKIE
from tests import lists
from tests.bench import report
from tests.bench.lists import Filled, How, asked, floor
from tests.browser.chromium import started
from tests.lists import Asker, Question
from tests.pages import LEAD, RULES, Page, Shown, all_of
from tests.served import served

SERVER = 0.1
# Bytes, milliseconds, a share of the window, milliseconds.
WEIGHT, PAINT, SHIFT, BLOCKED = 100_000, 1_000, 0.1, 200
_AIM = f"{WEIGHT // 1000} KB, {PAINT} ms, {BLOCKED} ms, {SHIFT}"
# As a page tells of itself by the browser's own interfaces (W3C Largest Contentful Paint, Layout Instability, Long
# Tasks, Resource Timing), and as Lighthouse counts them: a task of over 50 ms blocks for what is beyond these.
_WATCH = """
window.seen = { paint: 0, shift: 0, blocked: 0 }
const watch = (type, add) =>
  new PerformanceObserver((list) => list.getEntries().forEach(add)).observe({ type, buffered: true })
watch('largest-contentful-paint', (one) => { seen.paint = one.startTime })
watch('layout-shift', (one) => { if (!one.hadRecentInput) seen.shift += one.value })
watch('longtask', (one) => { seen.blocked += Math.max(0, one.duration - 50) })
"""
_TOLD = """() => ({ ...seen, weight: [...performance.getEntriesByType('navigation'),
  ...performance.getEntriesByType('resource')].reduce((sum, one) => sum + one.encodedBodySize, 0) })"""


@dataclass(frozen=True, slots=True)
class View:
    """The first view of a page: bytes on the line, milliseconds until it is painted and of tasks that block, shift."""

    weight: float
    paint: float
    shift: float
    blocked: float


def measure(filled: Filled, how: How, tell: report.Tell) -> Iterator[tuple[str, list[report.Row]]]:
    """Two tables: of the server, and of a browser; the median of the second is when the largest thing is painted."""
    pages = [*all_of(_shown(filled.asker, filled.known))]
    tell("pages, by the server")
    yield "pages by the server", [floor(filled), *_timed(filled, pages, how.samples)]
    tell("pages, in a browser")
    with started() as browser, served(filled.asker.app) as address:
        views = {page: view(browser, address, filled.asker.parts, page) for page in pages}
    yield "first view of pages in a browser", [*_viewed(views)]


def _timed(filled: Filled, pages: list[Page], samples: int) -> Iterator[report.Row]:
    for page in pages:
        if page.is_editor:
            filled.asker.draft(RULES, page.path.removesuffix("/edit"))
        taken = median(asked(filled.asker, Question(_name(page), page.who, "GET", page.path), samples))
        yield report.time(_name(page), taken, filled.floor, f"under {SERVER * 1000:.0f} ms", taken < SERVER)


def _viewed(views: Mapping[Page, View]) -> Iterator[report.Row]:
    for page, view in views.items():
        good = view.weight < WEIGHT and view.paint < PAINT and view.shift < SHIFT and view.blocked < BLOCKED
        told = {
            "on the line": f"{view.weight:,.0f} B",
            "blocked": f"{view.blocked:.0f} ms",
            "shifted": f"{view.shift:.2f}",
        }
        aim = "" if page.is_editor else _AIM
        yield report.Row(_name(page), f"{view.paint:.0f} ms", more=told, aim=aim, met=good if aim else None)


def _shown(asker: Asker, known: lists.Known) -> Shown:
    """The newest matter of the unit, and the task of it that waits."""
    waits = {"filter": {"rootProcessInstanceKey": str(known.instance), "state": "CREATED"}}
    found: Any = asker.ask(Question("task", LEAD, "POST", "/v2/user-tasks/search", waits)).json
    return Shown(known.number, found["items"][0]["userTaskKey"], known.unit)


def view(browser: Browser, address: str, parts: Hotline, page: Page) -> View:
    """By somebody who was never here before: nothing of it is kept."""
    context = browser.new_context(viewport={"width": 1280, "height": 900}, locale="zh-CN")
    if page.who:
        with parts.database.write() as connection:
            token = sessions.begin(connection, page.who, sessions.SIGNED, "password", parts.engine.clock())
        context.add_cookies([{"name": COOKIE, "value": token, "url": address}])
    context.add_init_script(_WATCH)
    opened = context.new_page()
    opened.goto(address + page.path, wait_until="networkidle")
    told: dict[str, Any] = opened.evaluate(_TOLD)
    context.close()
    return View(**told)


def _name(page: Page) -> str:
    return f"{page.path} · {page.who or 'anybody'}"
