"""The heat of a process: its picture, the table under it, and the matters behind each number."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape

import pytest

from service.hotline import heat_counts
from tests.desk import Desk

pytestmark = pytest.mark.of_one_store

_ENGLISH = {"Accept-Language": "en"}


def _page(desk: Desk, path: str, *, status: int = 200, by: str = "") -> str:
    headers = _ENGLISH | ({"Authorization": f"Bearer {desk.token(by)}"} if by else {})
    answer = desk.client.get(path, headers=headers)
    assert answer.status_code == status, answer.text
    return answer.text


def test_a_number_leads_to_the_matters_that_it_counts(desk: Desk) -> None:
    first, second = (desk.dispatched(designated_unit=unit)["number"] for unit in ("dept-housing", "dept-water"))
    desk.now += timedelta(days=20)
    assert desk.ask("POST", f"/matters/{second}/withdrawal", {"reason": "done"}).status_code < 300
    heat_counts.count(desk.parts.database)
    assert "hotline-intake" in _page(desk, "/heat")
    page = _page(desk, "/heat/handling?show=overdue&from=2026-02-01&to=2026-03-31")
    ways = {unescape(one) for one in re.findall(r'href="(/heat/handling/handle\?[^"]+)"', page)}
    parts = {re.findall(r"part=(\w+)", way)[0]: way for way in ways}
    assert set(parts) == {"through", "waiting", "overdue"}
    assert f"/matters/{second}" in _page(desk, parts["through"])
    for part in ("waiting", "overdue"):
        listed = _page(desk, parts[part])
        assert f"/matters/{first}" in listed
        assert f"/matters/{second}" not in listed
    assert "20 days" in page
    # The whole month of February has that of the other unit alone.
    page = _page(desk, "/heat/handling?unit=dept-water&from=2026-03-01&to=2026-03-05")
    assert "Of one unit, area or category whole months are counted." in page
    assert "part=waiting" not in page


def test_the_page_needs_no_script_and_no_style_of_its_own(desk: Desk) -> None:
    desk.dispatched()
    page = _page(desk, "/heat/handling?show=waiting")
    assert page.count("<svg") == 1
    assert "style=" not in page
    assert "<script>" not in page


def test_each_step_of_the_scale_is_told_once_and_the_last_is_the_hottest(desk: Desk) -> None:
    for _ in range(3):
        desk.dispatched()
    page = _page(desk, "/heat/handling?show=waiting")
    scale = re.findall(r'<span class="heat heat-(\d)" aria-hidden="true"></span> ([^<]+)</li>', page)
    assert [(step, unescape(said)) for step, said in scale] == [("3", "< 2"), ("4", "< 3"), ("5", "≥ 3")]


def test_what_is_not_there_is_told_so(desk: Desk) -> None:
    _page(desk, "/heat/nothing", status=404)
    _page(desk, "/heat/handling?version=7", status=404)
    _page(desk, "/heat/handling/handle?part=other", status=404)
    _page(desk, "/heat/handling?unit=a&area=b", status=400)
    for told in ("soon", "2026-02-01 1", "2026-02-01T00:00:00+08:00 -1"):
        _page(desk, f"/heat/handling/handle?part=through&before={told.replace('+', '%2B')}", status=400)
    assert "Nothing took any time" in _page(desk, "/heat/handling?version=1&of=unit:dept-water&size=large")


def test_a_unit_is_not_told_how_long_others_take(desk: Desk) -> None:
    for path in ("/heat", "/heat/handling", "/heat/handling/handle"):
        _page(desk, path, status=403, by="county-370702.handler")
        _page(desk, path, by="zheng-hong")
