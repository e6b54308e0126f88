"""The lights over a Spring Festival: yellow, deadline and red, once each, at the instants of the regulation's calendar.

Received on Tuesday 10 February 2026: working days are 11, 12, 13 and Saturday 14 February (made up), then 24 and 25.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from service.clock import CITY_ZONE
from tests.city import City

pytestmark = pytest.mark.of_one_store

YELLOW = datetime(2026, 2, 14, 23, 59, 59, tzinfo=CITY_ZONE)
DEADLINE = datetime(2026, 2, 24, 23, 59, 59, tzinfo=CITY_ZONE)
RED = datetime(2026, 2, 25, tzinfo=CITY_ZONE)
GOLDEN = [("yellow-card", YELLOW), ("deadline-passed", DEADLINE), ("red-card", RED)]
# Long enough for a light that comes twice.
LATER = timedelta(days=5)
LIGHTS = {element for element, _ in GOLDEN}


def test_each_light_comes_once_at_its_golden_instant(city: City) -> None:
    number = city.file()["number"]
    city.pass_to(RED + LATER)
    assert lights(city, number) == GOLDEN


def test_the_matter_shows_its_light_from_that_instant_on(city: City) -> None:
    number = city.file()["number"]
    told = []
    for instant in (YELLOW, DEADLINE, RED):
        city.pass_to(instant - timedelta(seconds=1))
        before = city.matter(number)["light"]
        city.pass_to(instant)
        told.append((before, city.matter(number)["light"]))
    assert told == [("GREEN", "YELLOW"), ("YELLOW", "YELLOW"), ("YELLOW", "RED")]


def test_a_restart_between_the_lights_neither_loses_nor_doubles_one(city: City) -> None:
    number = city.file()["number"]
    for instant in (YELLOW, DEADLINE, RED):
        city.restart(instant - timedelta(minutes=1))
        city.pass_to(instant)
        city.restart(instant + timedelta(seconds=1))
    assert lights(city, number) == GOLDEN


def test_three_days_of_downtime_only_make_them_late(city: City) -> None:
    number = city.file()["number"]
    city.pass_to(YELLOW)
    up_again = DEADLINE - timedelta(hours=1) + timedelta(days=3)
    city.restart(DEADLINE - timedelta(hours=1))
    city.restart(up_again)
    city.pass_to(up_again + LATER)
    assert lights(city, number) == [("yellow-card", YELLOW), ("deadline-passed", up_again), ("red-card", up_again)]


def test_a_matter_answered_in_time_has_no_light(city: City) -> None:
    number = city.file()["number"]
    city.ask("POST", f"/hotline/v1/matters/{number}/withdrawal", {"reason": "已自行解决"}, expect=204)
    city.tick()
    city.pass_to(RED + LATER)
    assert lights(city, number) == []


def lights(city: City, number: str) -> list[tuple[str, datetime]]:
    return [(element, at) for element, at in city.happened(number, "timer-fired") if element in LIGHTS]
