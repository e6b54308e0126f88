"""The pages of the units: the tree, a unit with its people and its duties, the directory, who sits when."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from service.handlers import Job, publish_roster
from service.hotline import rosters
from tests.api import Api

pytestmark = pytest.mark.of_one_store


@pytest.fixture
def city(furnished_url: str) -> Iterator[Api]:
    api = Api(furnished_url)
    yield api
    api.parts.database.close()


def _read(api: Api, path: str) -> str:
    answer = api.client.get(path)
    assert answer.status_code == 200, path
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.text))


def test_units_their_duties_and_the_roster_are_read(city: Api) -> None:
    _the_register(city)
    _the_directory_is_what_is_deployed(city)
    _a_roster_shows_its_gaps(city)


def _the_register(city: Api) -> None:
    tree = _read(city, "/units?lang=zh")
    assert re.search(r"奎文区人民政府 县市区 · 陶玉兰 下属单位 13 .*东关街道办事处 镇街", tree)
    county = _read(city, "/units/county-370705?lang=en")
    for told in ("Main person in charge Yulan Tao", "Below it 13", "Dongguan Sub-district", "属地管理责任清单"):
        assert told in county
    below = city.client.get("/hotline/v1/units/town-370705001").get_json()
    assert (below["kind"], below["parent_id"], below["state"]) == ("TOWN", "county-370705", "ACTIVE")
    assert city.client.get("/units/nobody").status_code == 404


def _the_directory_is_what_is_deployed(city: Api) -> None:
    tables = {one["decision_id"]: one for one in city.client.get("/hotline/v1/duties").get_json()["items"]}
    assert list(tables) == ["duty-units", "territorial-list", "county-department-duty"]
    prices = next(row for row in tables["duty-units"]["rows"] if row["rule_id"] == "duty-prices")
    assert (prices["unit_ids"], prices["cells"][0]) == (["dept-market"], '"商贸旅游"')
    assert "Market Regulation Bureau 第九条 Art. 9；职责目录：价格和收费" in _read(city, "/duties?lang=en")
    assert "职责目录：价格和收费" in _read(city, "/units/dept-market")
    assert "商贸旅游 – 价格、物价、收费、发票 –" in _read(city, "/duties")


def _a_roster_shows_its_gaps(city: Api) -> None:
    shift = {"from": "2026-02-09T00:00", "to": "2026-02-15T22:00", "seat": 2, "who": "li-min"}
    told = {"week_from": "2026-02-09", "roster_shifts": [shift]}
    publish_roster.handler(rosters.publish(city.parts.database))(Job(1, "publish-roster", 1, 1, "e", {}, told, 3))
    read = city.client.get("/hotline/v1/roster?week=2026-02-11").get_json()
    assert read["gaps"] == [{"from_at": "2026-02-15T22:00:00+08:00", "to_at": "2026-02-16T00:00:00+08:00"}]
    page = city.client.get("/roster?week=2026-02-11&lang=en").text
    assert 'class="gap" x="900.0"' in page
    assert "02-15 22:00 – 02-16 00:00" in page
    assert "Min Li 02-09 00:00 – 02-15 22:00" in page
    assert "No roster of this week is published" in _read(city, "/roster?week=2026-02-16&lang=en")
