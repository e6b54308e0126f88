"""What the service looks for by itself in the matters of the day before: people judge what it finds."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.city import City

pytestmark = pytest.mark.of_one_store


def test_who_comes_for_the_fifth_time_is_flagged_once(city: City) -> None:
    city.file(phone="13900000000")
    for _ in range(5):
        city.file(text=f"第{_}次反映：路口的灯一直没有修好，晚上看不清路。")
        city.now += timedelta(days=2)
    city.now -= timedelta(days=2) - timedelta(hours=3)
    _begin(city, "misuse-watch")
    (running,) = _running(city, "hotline-misuse")
    asked = {"filter": {"processInstanceKey": running, "scopeKey": running, "name": "flag_text"}}
    (told,) = city.ask("POST", "/v2/variables/search", asked)["items"]
    assert "30天内第5次" in told["value"]
    city.now += timedelta(days=1)
    _begin(city, "misuse-watch")
    assert _running(city, "hotline-misuse") == [running]


def test_who_holds_the_line_for_long_is_flagged(city: City) -> None:
    numbers = [str(city.file(phone=f"1390000000{place}", address=f"中心街{place}号")["number"]) for place in range(2)]
    for number, minutes in zip(numbers, (31, 29), strict=True):
        at = [("OFFERED", 0), ("ANSWERED", 0), ("ENDED", minutes)]
        told = {"call_id": number, "matter_no": number}
        events = [{**told, "event": one, "at": (city.now + timedelta(minutes=when)).isoformat()} for one, when in at]
        city.ask("POST", "/hotline/v1/calls", {"events": events})
    city.now += timedelta(hours=3)
    _begin(city, "misuse-watch")
    (running,) = _running(city, "hotline-misuse")
    asked = {"filter": {"processInstanceKey": running, "scopeKey": running}}
    found = {one["name"]: one["value"] for one in city.ask("POST", "/v2/variables/search", asked)["items"]}
    assert (found["matter_no"], found["flag_text"]) == (f'"{numbers[0]}"', '"一次通话占线31分钟"')


def test_a_share_of_the_calls_of_the_day_before_goes_to_the_inspectors(city: City) -> None:
    with city.as_("li-min"):
        called = city.file()["number"]
        city.file(channel="WECHAT", phone="13900000000", text="微信反映：小区门口的井盖松动，车一过就响。")
    city.now += timedelta(days=1)
    _begin(city, "call-sample")
    (running,) = _running(city, "call-quality-check")
    asked = {"filter": {"processInstanceKey": running}}
    told = {one["name"]: one["value"] for one in city.ask("POST", "/v2/variables/search", asked)["items"]}
    assert (told["matter_no"], told["call_taker"]) == (f'"{called}"', '"li-min"')


def _begin(city: City, process: str) -> None:
    """As its timer does."""
    begun = {"processDefinitionId": process, "startInstructions": [{"elementId": "read-parameters"}]}
    city.ask("POST", "/v2/process-instances", begun)
    city.tick()


def _running(city: City, process: str) -> list[Any]:
    asked = {"filter": {"processDefinitionId": process, "state": "ACTIVE"}}
    return [one["processInstanceKey"] for one in city.ask("POST", "/v2/process-instances/search", asked)["items"]]
