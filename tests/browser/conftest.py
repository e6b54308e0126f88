"""A served city, and a browser in which people look at its pages; whatever a page complains of fails its test."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page

from service.clock import CITY_ZONE
from service.hotline import sessions
from service.web.auth import COOKIE
from tests.browser.chromium import started
from tests.city import MATTER
from tests.conftest import NewUrl
from tests.pages import CALLS, HANDLER, RULES, Shown, all_of
from tests.served import ServedCity

HERE = Path(__file__).parent
NOW = datetime(2026, 2, 10, 9, 0, tzinfo=CITY_ZONE)
WIDTHS = {"phone": 390, "tablet": 820, "desk": 1280}
_KEY, _NO_NAME = re.compile(r"\d{15,}"), re.compile(r"[^\w.-]+")
_AXE = HERE / "node_modules/axe-core/axe.min.js"
# What is right is not told: of large pages it is megabytes.
_RUN = """async (tags) => (await axe.run(document, { runOnly: tags, resultTypes: ['violations'] })).violations
  .flatMap((one) => one.nodes.map((node) => `${one.id}: ${node.html.slice(0, 200)}`))"""
# Of a longer page the beginning is kept.
_TALLEST = 6_000
_RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa"]


class Visitor:
    """Somebody at a browser: opens pages, and says what is wrong with them."""

    def __init__(self, page: Page, address: str) -> None:
        self.page, self.address = page, address
        self.complaints: list[str] = []
        page.on("console", self._hear)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def open(self, path: str) -> Page:
        answer = self.page.goto(self.address + path)
        assert answer, path
        assert answer.ok, f"{path}: {answer.status}"
        return self.page

    def barriers(self) -> list[str]:
        """What of the open page breaks a rule of WCAG 2.2 A or AA, each with its element."""
        self.page.evaluate(_AXE.read_text())
        found: list[str] = self.page.evaluate(_RUN, _RULES)
        return found

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.complaints.append(message.text)


Visit = Callable[..., Visitor]
Keep = Callable[[Page, str], None]


# Playwright's loop runs in this thread until it is stopped: no test of others that has a loop of its own could begin.
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with started() as chromium:
        yield chromium


@pytest.fixture
def house(new_url: NewUrl) -> Iterator[ServedCity]:
    with ServedCity(new_url("sqlite", furnished=True), NOW) as city:
        yield city


@pytest.fixture
def shown(house: ServedCity) -> Shown:
    return fill(house)


def fill(house: ServedCity, **told: str) -> Shown:
    """A matter that a unit has on its desk, of which this is told; and a draft of each kind."""
    of_unit = {"title": "拖欠工资", "category_l1": "劳动和社会保障", "category_l2": "工资福利"}
    filed = house.request("POST", "/hotline/v1/matters", {**MATTER, **of_unit, **told}, by=CALLS)
    assert filed.status_code == 201, filed.text
    house.tick()
    wish = {"filter": {"state": "CREATED"}}
    tasks = house.request("POST", "/v2/user-tasks/search", wish, by=HANDLER).json()["items"]
    made = Shown(filed.json()["number"], tasks[0]["userTaskKey"], HANDLER.partition(".")[0])
    for page in all_of(made):
        if page.is_editor:
            answer = house.request("POST", page.path.removesuffix("/edit"), by=RULES, data={"edit": "1"})
            assert answer.is_redirect, answer.text
    return made


@pytest.fixture
def visit(browser: Browser, house: ServedCity) -> Iterator[Visit]:
    """`visit("person-id", language="en", width=390, scripts=False)`: nobody in particular if the id is empty."""
    with ExitStack() as stack:
        visitors: list[Visitor] = []

        def come(
            person: str = "", *, language: str = "zh", width: int = WIDTHS["desk"], scripts: bool = True
        ) -> Visitor:
            context = browser.new_context(
                viewport={"width": width, "height": 900},
                java_script_enabled=scripts,
                locale="zh-CN" if language == "zh" else "en-GB",
                timezone_id="Asia/Shanghai",
            )
            stack.callback(context.close)
            if person:
                with house.parts.database.write() as connection:
                    token = sessions.begin(connection, person, sessions.SIGNED, "password", house.now)
                context.add_cookies([{"name": COOKIE, "value": token, "url": house.address}])
            visitors.append(Visitor(context.new_page(), house.address))
            return visitors[-1]

        yield come
        assert [one for visitor in visitors for one in visitor.complaints] == []


@pytest.fixture
def keep() -> Keep:
    """Keeps a picture of a page in the folder that PICTURES names, else in `var/pictures`."""
    folder = Path(os.environ.get("PICTURES") or HERE.parents[1] / "var/pictures")

    def keep_(page: Page, name: str) -> None:
        width, height = page.evaluate(f"[innerWidth, Math.min(document.documentElement.scrollHeight, {_TALLEST})]")
        path = folder / f"{_NO_NAME.sub('-', _KEY.sub('key', name)).strip('-')}.png"
        page.screenshot(path=path, full_page=True, clip={"x": 0, "y": 0, "width": width, "height": height})

    return keep_
