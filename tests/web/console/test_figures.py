"""The dashboard: a measure beside the period before and by a dimension, every number with its way on."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape

import pytest

from tests.desk import Desk

pytestmark = pytest.mark.of_one_store

ENGLISH, OURS = {"Accept-Language": "en"}, {"Origin": "http://localhost"}


@pytest.fixture
def filled(desk: Desk) -> Desk:
    """One matter last week, two of this week."""
    for days, place in ((0, "370702"), (7, "370703"), (0, "370702")):
        desk.now += timedelta(days=days)
        desk.dispatched(division_code=place)
    return desk


def _page(desk: Desk, query: str = "", **headers: str) -> str:
    answer = desk.client.get(f"/figures{query}", headers=ENGLISH | headers)
    assert answer.status_code == 200
    return answer.text


def test_a_measure_stands_beside_the_period_before_and_leads_on(filled: Desk) -> None:
    page = _page(filled, "?from=2026-02-11&to=2026-02-17&show=received&by=division")
    assert "2026-02-11 – 2026-02-17 · compared with 2026-02-04 – 2026-02-10" in page
    assert re.search(r'<span class="number">2</span> Matters received <span class="change">▲ 100 %</span>', page)
    course = page[page.index('id="of-course"') :]
    assert re.search(
        r'02-17</a></td><td class="right" data-value="2">2</td><td class="right quiet" data-value="1"', course
    )
    ways = [unescape(one) for one in re.findall(r'href="(\?[^"]*division=370702[^"]*)"', page)]
    assert len(ways) == 1
    assert "by=unit" in ways[0]
    further = _page(filled, ways[0])
    assert '<option value="370702" selected>' in further
    assert '<span class="number">1</span> Matters received' in further


def test_what_cannot_be_told_so_is_not_offered(filled: Desk) -> None:
    page = _page(filled, "?show=calls&by=unit", Authorization=f"Bearer {filled.token('dept-housing.handler')}")
    assert "Calls answered" not in page
    assert 'aria-current="true">Matters received' in page


def test_the_figures_are_taken_as_a_file(filled: Desk) -> None:
    said = {"from": "2026-02-11", "to": "2026-02-17", "division": "370702", "by": "division"}
    answer = filled.client.post("/figures/export", data=said, headers=OURS)
    assert answer.mimetype == "text/csv"
    assert "370702,received,1," in answer.text
    assert "370703" not in answer.text
    assert (
        filled.client.post("/figures/export", data=said, headers={"Origin": "https://other.example"}).status_code == 401
    )


def test_figures_and_statistics_are_read_without_scripts(filled: Desk) -> None:
    for path in ("/figures", "/figures/received", "/statistics"):
        page = filled.client.get(path, headers=ENGLISH).text
        assert "<script>" not in page
        assert "style=" not in page
        assert all(f'id="{one}"' in page for one in re.findall(r'data-chart="([^"]+)"', page))
