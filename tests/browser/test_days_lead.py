"""A day of the head of the agency: how the hotline does, where it takes long, and what stands behind a number."""

from __future__ import annotations

from datetime import timedelta

import pytest

from service.hotline import heat_counts
from tests.browser.conftest import Keep, Visit
from tests.served import ServedCity

# What is clicked, by language.
_WORDS = {
    "zh": {
        "figures": "指标",
        "month": "本月",
        "satisfied": "满意率",
        "received": "收到事项",
        "show": "查看",
        "table": "用表格看",
        "csv": "导出 CSV",
        "heat": "哪里办得慢",
        "waiting": "现在有多少在等",
        "handling": "单位办理",
        "larger": "放大看",
        "statistics": "统计",
    },
    "en": {
        "figures": "Figures",
        "month": "This month",
        "satisfied": "Satisfied",
        "received": "Matters received",
        "show": "Show",
        "table": "The same as a table",
        "csv": "Take as CSV",
        "heat": "Where it takes long",
        "waiting": "How many wait now",
        "handling": "Handling by the unit",
        "larger": "Larger",
        "statistics": "Statistics",
    },
}


@pytest.fixture
def busy(house: ServedCity) -> list[str]:
    """Two matters of ten days ago, one of them answered since, and one of today."""
    begun, numbers = house.now, list[str]()
    with house.as_("shen-yi"):
        for place, days in enumerate((10, 10, 0)):
            house.now = begun - timedelta(days=days)
            told = {"phone": f"1000000000{place}", "address": f"中心街{place}号", "text": f"中心街{place}号路灯不亮。"}
            numbers.append(house.file(**told)["number"])
        house.now = begun - timedelta(days=9)
        house.reply(numbers[0])
        house.now = begun
        house.tick()
    heat_counts.count(house.parts.database)
    return numbers


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_head_looks_how_it_goes_and_where_it_takes_long(
    visit: Visit, busy: list[str], keep: Keep, language: str
) -> None:
    say, lead = _WORDS[language], visit("zheng-hong", language=language)
    page = lead.open("/")
    places = page.locator("nav.places")

    # How the hotline does, beside the period before; by the category that stands out, by a click into the chart.
    places.get_by_role("link", name=say["figures"], exact=True).click()
    page.get_by_role("link", name=say["month"], exact=True).click()
    page.locator("select[name=by]").select_option("category")
    page.get_by_role("button", name=say["show"], exact=True).click()
    page.get_by_role("link", name=say["satisfied"], exact=True).first.click()
    page.get_by_role("link", name=say["received"], exact=True).first.click()
    parts = page.locator(".chart[data-chart=of-parts][data-is-drawn] svg")
    parts.wait_for()
    assert page.locator(".chart[data-chart=of-parts]").get_attribute("aria-label")
    page.locator("summary", has_text=say["table"]).click()
    assert page.locator("#of-course tbody tr").count() > 5
    keep(page, f"lead-figures-{language}")
    assert lead.barriers() == []
    box = parts.bounding_box()
    assert box
    with page.expect_navigation():
        page.mouse.click(box["x"] + box["width"] * 0.6, box["y"] + 25)
    assert "category=" in page.url
    with page.expect_download() as taken:
        page.get_by_role("button", name=say["csv"]).click()
    assert "received,1," in taken.value.path().read_text("utf-8")

    # Where it takes long: the picture, then those who wait there, then one of them.
    places.get_by_role("link", name=say["heat"], exact=True).click()
    page.get_by_role("link", name=say["handling"], exact=True).click()
    page.get_by_role("link", name=say["waiting"], exact=True).first.click()
    keep(page, f"lead-heat-{language}")
    page.get_by_role("link", name=say["larger"], exact=True).click()
    # The picture itself leads to what it counts.
    page.locator(".diagram svg a").first.click()
    page.get_by_role("link", name=busy[2]).or_(page.get_by_role("link", name=busy[1])).first.wait_for()
    keep(page, f"lead-behind-{language}")
    page.locator("td a").first.click()
    assert page.url.rpartition("/")[2] in busy

    # What everybody is told of it.
    places.get_by_role("link", name=say["statistics"], exact=True).click()
    page.locator("#of-months").wait_for()
    keep(page, f"lead-statistics-{language}")


def test_without_scripts_the_same_is_read_in_tables(visit: Visit, busy: list[str]) -> None:
    lead = visit("zheng-hong", scripts=False)
    page = lead.open("/figures?by=category")
    # The server has drawn it simply.
    assert page.locator(".chart rect").first.is_visible()
    assert page.locator("#of-course").count() == 1
    page.locator("#of-parts tbody a").first.click()
    assert "category=" in page.url
    page = lead.open("/heat/unit-handling?show=waiting")
    page.locator('td a[href*="part=waiting"]').first.click()
    assert page.get_by_role("link", name=busy[2], exact=True).count() == 1
