"""Figures over HTTP and as pages: definitions, counts, the matters behind them, and who is told of which."""

from __future__ import annotations

import csv
import re
from datetime import date, timedelta
from io import StringIO
from typing import Any

import pytest
from sqlalchemy import insert, select

from service.hotline import countable, figure_counts, kpis, sealed_fields
from service.store.tables import accusation, audit_pending, matter, matter_fact, protection
from tests.desk import Desk

# Late, satisfied · in time, not reached · in time, an unreasonable demand · of another unit, not due yet · answered.
_FACTS: tuple[dict[str, Any], ...] = (
    {"unit_id": "dept-housing", "reply": 6, "visit_reached": True, "solved": "YES", "satisfaction": 3},
    {"unit_id": "dept-housing", "reply": 2, "visit_reached": False},
    {"unit_id": "dept-housing", "reply": 3, "visit_reached": True, "satisfaction": 1, "is_excluded": True},
    {"unit_id": "dept-water", "channel": "WECHAT"},
    {"answered": True},
)
SPAN = "from=2026-01-01&to=2026-02-28"


@pytest.fixture
def filled(desk: Desk) -> Desk:
    with desk.parts.database.write() as connection:
        for number, told in enumerate(_FACTS, 1):
            connection.execute(insert(matter).values(_matter(desk, number)))
            connection.execute(insert(matter_fact).values(_fact(desk, number, **told)))
    return desk


def test_a_figure_is_told_with_what_it_is_and_what_it_counts(filled: Desk) -> None:
    told = filled.read(f"/figures/on_time_rate?{SPAN}")
    assert (told["source"], told["rows"][0]["figures"][0]["rate"]) == ("Art. 20", 0.666667)
    assert _numbers(filled, "on_time_rate/numerator") == [2, 3]
    assert _numbers(filled, "on_time_rate/denominator") == [1, 2, 3]


def test_who_is_not_reached_or_left_out_by_the_agency_is_not_satisfied(filled: Desk) -> None:
    assert _numbers(filled, "satisfaction_rate/denominator") == [1]
    assert _value(filled, "excluded_rate") == (1, 2)
    assert _value(filled, "reached_rate") == (2, 3)


@pytest.mark.parametrize(
    ("begin", "end", "thirds"),
    [
        ("2026-02-11", "2026-02-28", ("2026-02-11", "2026-02-28")),
        ("2026-02-12", "2026-03-09", ("2026-02-21", "2026-02-28")),
        ("2026-12-31", "2027-01-10", ("2027-01-01", "2027-01-10")),
        ("2026-01-01", "2026-12-30", ("2026-01-01", "2026-12-20")),
        ("2026-05-02", "2026-05-19", None),
        ("2026-05-11", "2026-05-11", None),
    ],
)
def test_of_a_period_whole_thirds_of_months_are_counted_before(
    begin: str, end: str, thirds: tuple[str, str] | None
) -> None:
    found = figure_counts.whole_thirds(date.fromisoformat(begin), date.fromisoformat(end))
    assert found == (thirds and tuple(map(date.fromisoformat, thirds)))


def test_what_is_added_up_before_comes_to_the_same(filled: Desk) -> None:
    spans = (SPAN, "from=2026-01-05&to=2026-02-24")
    only = ("", "&unit=dept-housing", "&channel=PHONE")
    queries = [f"/figures?{span}&by={by}{one}" for span in spans for by in countable.DIMENSIONS for one in only]
    before = [filled.read(query)["items"] for query in queries]
    assert figure_counts.count(filled.parts.database, filled.now) == 4
    assert [filled.read(query)["items"] for query in queries] == before
    with filled.parts.database.write() as connection:
        figure_counts.take_back(connection, countable.MATTERS, _number(1))
    assert [filled.read(query)["items"] for query in queries] == before


@pytest.mark.parametrize("counted", [False, True])
def test_a_unit_is_told_of_its_own_and_nobody_of_what_is_against_them(filled: Desk, counted: bool) -> None:
    with filled.parts.database.write() as connection:
        connection.execute(insert(accusation).values(root_key=2, kind="unit", name="dept-housing"))
        connection.execute(insert(accusation).values(root_key=1, kind="person", name="li-min"))
        if counted:
            figure_counts.count_all(connection, filled.now)
    assert [_value(filled, "dispatched", by=who)[0] for who in ("dept-housing.handler", "li-min", "")] == [2, 3, 4]
    assert _numbers(filled, "dispatched/numerator", by="dept-housing.handler") == [1, 3]
    page = filled.client.get(f"/figures/dispatched?lang=en&{SPAN}").text
    assert "Water Resources Bureau" in page


def test_pages_lead_from_a_figure_to_its_matters(filled: Desk) -> None:
    page = filled.client.get(f"/figures?lang=en&{SPAN}").text
    link = re.search(r'href="(figures/on_time_rate/numerator\?[^"]*)"', page)
    assert link
    listed = filled.client.get("/" + link[1].replace("&amp;", "&")).text
    assert _number(2) in listed
    assert _number(1) not in listed


def test_of_a_secret_the_lists_show_no_title(filled: Desk) -> None:
    with filled.parts.database.write() as connection:
        connection.execute(insert(protection).values(root_key=2, secrecy="STATE"))
    items = filled.read(f"/figures/on_time_rate/denominator?{SPAN}")["items"]
    assert {one["number"]: one["title"] for one in items}.items() >= {_number(1): "路灯不亮", _number(2): ""}.items()
    page = filled.client.get(f"/figures/on_time_rate/denominator?lang=en&{SPAN}").text
    assert page.count("路灯不亮") == 2


def test_who_takes_a_list_away_is_told_to_auditors(filled: Desk) -> None:
    body = {"from": "2026-01-01", "to": "2026-02-28"}
    rows = list(
        csv.reader(StringIO(filled.ask("POST", "/figures/on_time_rate/numerator/export", body, by="li-min").text))
    )
    assert [row[0] for row in rows[1:]] == [_number(3), _number(2)]
    assert filled.ask("POST", "/figures/export", {**body, "by": "unit"}, by="li-min").status_code == 200
    with filled.parts.database.read() as connection:
        told = select(audit_pending.c.who, audit_pending.c.subject).where(audit_pending.c.kind == "export")
        assert [tuple(row) for row in connection.execute(told)] == [
            ("li-min", "figure on_time_rate numerator"),
            ("li-min", "figures"),
        ]


def test_anybody_reads_the_statistics_without_small_numbers(filled: Desk) -> None:
    filled.deploy("parameters")
    filled.now += timedelta(days=30)
    page = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", filled.client.get("/statistics?lang=en").text))
    assert "5 Matters received" in page
    assert "&lt; 5 Direct answers" not in page
    assert "Housing and Urban-Rural Development Bureau &lt; 5 &lt; 5 &lt; 5" in page


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/figures/none", 404),
        ("/figures/received/denominator", 404),
        ("/figures?from=2026-03-01&to=2026-02-01", 400),
        ("/figures/received/numerator?after=x", 400),
    ],
)
def test_what_cannot_be_asked_is_refused(strict_desk: Desk, path: str, status: int) -> None:
    assert strict_desk.ask("GET", path).status_code == status
    assert strict_desk.client.get(path).status_code == status


@pytest.mark.parametrize("text", ["channel[1]", "no_such_fact = 1", "satisfaction >", "upper case(channel)"])
def test_a_definition_that_no_database_can_compute_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        kpis.condition(text)


def _number(number: int) -> str:
    return f"WF20260202-{number:06d}"


def _matter(desk: Desk, number: int) -> dict[str, Any]:
    row = {"number": _number(number), "instance_key": number, "query_code_hash": "", "channel": "PHONE"}
    row |= {"received_at": desk.now, "updated_at": desk.now, "status": "CLOSED"}
    return row | sealed_fields.sealed(desk.parts.secrets, _number(number), {"title": "路灯不亮", "text": ""})


def _fact(desk: Desk, number: int, *, reply: int | None = None, answered: bool = False, **told: Any) -> dict[str, Any]:
    begin = desk.now - timedelta(days=8)
    row = {
        "number": _number(number),
        "root_key": number,
        "received_at": begin,
        "channel": "PHONE",
        "accepted_at": begin,
    }
    if answered:
        return row | {"answered_at": begin, "closed_at": begin}
    row |= {"dispatched_at": begin, "dispatches": 1, "deadline_at": begin + timedelta(days=5)}
    if reply is None:
        return row | {"deadline_at": desk.now + timedelta(days=1)} | told
    at = begin + timedelta(days=reply)
    return row | {"replied_at": at, "fed_back_at": at, "visited_at": at, "closed_at": at} | told


def _numbers(desk: Desk, path: str, *, by: str = "") -> list[int]:
    return sorted(int(one["number"][-6:]) for one in desk.read(f"/figures/{path}?{SPAN}", by=by)["items"])


def _value(desk: Desk, figure: str, *, by: str = "") -> tuple[int, int | None]:
    (row,) = desk.read(f"/figures/{figure}?{SPAN}", by=by)["rows"]
    return row["figures"][0]["numerator"], row["figures"][0]["denominator"]
