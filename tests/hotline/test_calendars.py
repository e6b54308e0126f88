"""The city's own closures: in force at once here, soon elsewhere, gone when they are taken back."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from service.clock import CITY_ZONE
from service.hotline.calendars import LocalCalendar
from tests.city import City
from tests.desk import Desk

pytestmark = pytest.mark.of_one_store

FLOOD = date(2026, 2, 11)


def test_a_closure_moves_the_deadlines_that_are_counted_from_then_on(desk: Desk) -> None:
    before = desk.dispatched()["number"]
    assert desk.ask("PUT", f"/calendar/closures/{FLOOD}", {"reason": "洪水"}, by="shen-yi").status_code == 204
    after = desk.dispatched()["number"]
    deadlines = [desk.read(f"/matters/{number}")["deadline_at"][:10] for number in (before, after)]
    assert deadlines == ["2026-02-24", "2026-02-25"]


def test_deadlines_are_counted_again_when_the_calendar_changes(furnished_url: str) -> None:
    city = City(furnished_url, datetime(2026, 12, 30, 9, 0, tzinfo=CITY_ZONE))
    number = city.file()["number"]
    before = city.matter(number)
    assert (before["deadline_at"][:10], before["deadline_provisional"]) == ("2027-01-07", True)
    city.ask("PUT", "/hotline/v1/calendar/closures/2027-01-04", {"reason": "元旦调休"}, expect=204)
    city.ask("POST", "/hotline/v1/calendar/years/2027")
    city.pass_to(datetime(2027, 1, 7, 23, 59, 59, tzinfo=CITY_ZONE))
    after = city.matter(number)
    assert (after["deadline_at"][:10], after["deadline_provisional"], after["light"]) == ("2027-01-08", False, "YELLOW")
    city.pass_to(datetime(2027, 1, 12, tzinfo=CITY_ZONE))
    assert city.matter(number)["light"] == "RED"
    city.close()


def test_another_process_sees_it_when_what_it_read_is_no_longer_fresh(desk: Desk) -> None:
    other = LocalCalendar(desk.parts.database, fresh_seconds=0)
    kept = LocalCalendar(desk.parts.database, fresh_seconds=3600)
    assert kept.is_working_day(FLOOD)
    desk.ask("PUT", f"/calendar/closures/{FLOOD}", {})
    assert (other.is_working_day(FLOOD), kept.is_working_day(FLOOD)) == (False, True)
    kept.forget()
    assert not kept.is_working_day(FLOOD)


def test_a_weekend_can_be_worked_and_a_day_given_back(desk: Desk) -> None:
    saturday = "2026-03-07"
    desk.ask("PUT", f"/calendar/closures/{saturday}", {"kind": "work"})
    working = desk.parts.engine.working_days
    assert working is not None
    assert working.is_working_day(date.fromisoformat(saturday))
    assert desk.ask("DELETE", f"/calendar/closures/{saturday}").status_code == 204
    assert not working.is_working_day(date.fromisoformat(saturday))
    assert desk.ask("DELETE", f"/calendar/closures/{saturday}").status_code == 404


def test_a_year_is_provisional_until_it_is_confirmed(desk: Desk) -> None:
    working = desk.parts.engine.working_days
    assert working is not None
    assert working.is_provisional(date(2027, 3, 1))
    first = desk.ask("POST", "/calendar/years/2027", by="shen-yi").json
    again = desk.ask("POST", "/calendar/years/2027").json
    assert first == again
    assert first["confirmed_by"] == "shen-yi"
    assert not working.is_provisional(date(2027, 3, 1))


def test_what_is_set_is_listed_by_year(desk: Desk) -> None:
    for day in ("2026-02-11", "2027-01-04"):
        desk.ask("PUT", f"/calendar/closures/{day}", {"reason": "洪水"})
    listed = desk.read("/calendar/closures?year=2027")
    assert [(one["day"], one["kind"], one["reason"]) for one in listed["items"]] == [("2027-01-04", "off", "洪水")]


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("PUT", "/calendar/closures/2026-02-31", {}, 404),
        ("PUT", "/calendar/closures/1999-01-01", {}, 404),
        ("PUT", "/calendar/closures/2026-02-11", {"kind": "party"}, 400),
        ("POST", "/calendar/years/1999", None, 404),
    ],
)
def test_days_that_are_none_are_refused(desk: Desk, method: str, path: str, body: object, status: int) -> None:
    answer = desk.ask(method, path, body)
    assert (answer.status_code, answer.content_type) == (status, "application/problem+json")


def test_only_administrators_set_the_calendar(desk: Desk) -> None:
    for method, path in (("PUT", "closures/2026-02-11"), ("DELETE", "closures/2026-02-11"), ("POST", "years/2027")):
        body: dict[str, str] | None = {} if method == "PUT" else None
        assert desk.ask(method, f"/calendar/{path}", body, by="li-min").status_code == 403
