"""Matters that are about the same: found when one is filed, and answered together once they are merged."""

from __future__ import annotations

import json
from typing import Any

import pytest
from sqlalchemy import select

from service.hotline import notices
from service.store.tables import notice
from tests.city import City

pytestmark = pytest.mark.of_one_store

SAME = {"category_l2": "城市建设和市政管理"}
OTHER = {
    **SAME,
    "title": "路灯坏了",
    "text": "新华路口的路灯坏了，天黑以后看不清路。",
    "name": "李大伟",
    "phone": "13800000002",
}


def test_the_same_matter_of_the_same_caller_is_merged_at_once(city: City) -> None:
    first, again = city.file(**SAME)["number"], city.file(**SAME)["number"]
    merged = city.matter(again)
    assert (merged["status"], merged["merged_into"]) == ("MERGED", first)


def test_whoever_was_merged_gets_the_same_notices_under_their_own_number(city: City) -> None:
    first, second = city.file(**SAME)["number"], city.file(**OTHER)["number"]
    city.complete(second, "confirm-duplicate", is_duplicate=True)
    city.ask("POST", f"/hotline/v1/matters/{first}/withdrawal", {"reason": "已修好"}, expect=204)
    city.tick()
    with city.parts.database.read() as connection:
        kept = connection.execute(select(notice).where(notice.c.kind == "withdrawn")).mappings().all()
        told = [notices.body(connection, city.parts.engine, one) for one in kept]
    assert sorted(one["matter_no"] for one in told) == [first, second]


def test_a_confidential_matter_is_not_named_to_others(city: City) -> None:
    city.file(**SAME, matter_type="REPORT", confidential=True)
    assert similar(city, city.file(**OTHER)["number"]) == []


def test_a_matter_elsewhere_is_not_similar(city: City) -> None:
    city.file(**SAME)
    number = city.file(**{**OTHER, "division_code": "370702", "address": "潍城区胜利街"})["number"]
    assert similar(city, number) == []


def similar(city: City, number: str) -> Any:
    key = city.matter(number)["process_instance_key"]
    asked = {"filter": {"processInstanceKey": key, "name": "similar_matters"}}
    return json.loads(city.ask("POST", "/v2/variables/search", asked)["items"][0]["value"])
