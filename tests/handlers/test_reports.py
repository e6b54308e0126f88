"""What the reports of the agency are made of: figures that are frozen, published, handed over; drafts; governments."""

from __future__ import annotations

import csv
import hashlib
from base64 import b64decode
from collections.abc import Mapping
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from sqlalchemy import insert, select, update

from service.engine import audit
from service.handlers import Job
from service.store.tables import audit_pending, figure_period, matter_fact
from tests.conftest import NewUrl
from tests.desk import Desk

UNIT = "dept-housing"
MONTH = {"period": "MONTH", "period_until": "2026-02-28"}


@pytest.fixture
def told(desk: Desk) -> Desk:
    """Three matters of one unit in a month that is over: two in time, of which one is resolved; one late and redone."""
    desk.deploy("unit-kind", "parameters")
    with desk.parts.database.write() as connection:
        for number, more in enumerate(_MATTERS, 1):
            connection.execute(insert(matter_fact).values(_fact(desk, number, **more)))
    desk.now += timedelta(days=40)
    return desk


def test_frozen_figures_stay_as_they_were_published(told: Desk) -> None:
    frozen = _do(told, "freeze-period", **MONTH, excluded_matters=[])
    assert _figures(frozen) == (0.666667, 0.333333, 0.333333)
    results = _do(told, "publish-results", period_id=frozen["period_id"], rankings=_RANKINGS)
    read = told.read("/assessments", by="li-min")
    with told.parts.database.write() as connection:
        connection.execute(update(matter_fact).values(replied_at=None, solved="NO"))
    assert _do(told, "freeze-period", **MONTH, excluded_matters=[]) == frozen
    assert _do(told, "publish-results", period_id=frozen["period_id"], rankings=[]) == results
    assert told.read("/assessments", by="li-min") == read


def test_what_is_published_is_taken_away_as_it_was_frozen_with_its_hash(told: Desk) -> None:
    frozen = _do(told, "freeze-period", **MONTH)
    path = f"/assessments/{frozen['period_id']}/export"
    assert told.ask("POST", path, by="li-min").status_code == 404
    _do(told, "publish-results", period_id=frozen["period_id"], rankings=_RANKINGS)
    answers = [told.ask("POST", path, by="li-min")]
    with told.parts.database.write() as connection:
        connection.execute(update(matter_fact).values(replied_at=None, solved="NO"))
    answers.append(told.ask("POST", path, by="li-min"))
    assert answers[0].text == answers[1].text
    rows = list(csv.reader(StringIO(answers[0].text.removeprefix("\ufeff"))))
    assert ["", "", "on_time_rate", "2", "3", ""] in rows
    assert ["dept-housing", "DEPARTMENT", "on_time", "", "", "0.666667"] in rows
    assert ["dept-water", "DEPARTMENT", "place", "", "", "2"] in rows
    with told.parts.database.read() as connection:
        kept = connection.execute(select(audit_pending.c.what).where(audit_pending.c.kind == "export")).scalars().all()
    hash_ = b64decode(answers[0].headers["Content-Digest"].removeprefix("sha-256=:").removesuffix(":"))
    assert {one["sha256"] for one in kept} == {hash_.hex(), hashlib.sha256(answers[0].text.encode()).hexdigest()}
    assert told.ask("POST", path, by="dept-water.handler").status_code == 403


def test_a_matter_that_an_appeal_took_out_is_not_counted(told: Desk) -> None:
    whole = _do(told, "freeze-period", **MONTH, excluded_matters=[])
    frozen = _do(told, "freeze-period", **MONTH, excluded_matters=[_number(3)])
    assert frozen["period_id"] != whole["period_id"]
    assert _figures(frozen) == (1.0, 0.5, 0.0)


def test_a_unit_reads_its_own_results_only(told: Desk) -> None:
    frozen = _do(told, "freeze-period", **MONTH)
    assert told.read("/assessments", by="dept-water.handler")["items"] == []
    _do(told, "publish-results", period_id=frozen["period_id"], rankings=_RANKINGS)
    (own,) = told.read("/assessments", by="dept-water.handler")["items"]
    assert [(one["unit_id"], one["place"]) for one in own["rankings"]] == [("dept-water", 2)]
    assert {one["unit_id"] for one in own["units"]} == {"dept-water"}


def test_what_is_handed_over_is_kept_with_its_hash_in_the_audit_chain(told: Desk) -> None:
    frozen = _do(told, "freeze-period", **MONTH)
    given = {"period_id": frozen["period_id"], "rankings": _RANKINGS, "results_document": "潍政字〔2026〕2号"}
    assert _do(told, "export-results", **given) == _do(told, "export-results", **given)
    with told.parts.database.read() as connection:
        (hashed,) = connection.execute(
            select(audit_pending.c.what).where(audit_pending.c.kind == "results-exported")
        ).scalars()
        kept = connection.execute(select(figure_period.c.results)).scalar_one()
    assert len(hashed["sha256"]) == 64
    assert kept["rankings"] == _RANKINGS
    assert audit.seal(told.parts.database) > 0


def test_drafts_are_written_from_figures(told: Desk) -> None:
    frozen = _do(told, "freeze-period", **MONTH)
    draft = _do(told, "compile-annual-report", period_id=frozen["period_id"], report_year=2026)["report_draft"]
    assert "收到事项3" in draft
    assert "市住房和城乡建设局66.7%" in draft
    analysis = _do(told, "compile-analysis", **MONTH, subject=None)
    assert "共收到事项3件，上一期0件" in analysis["analysis_draft"]
    assert "城乡建设3件" in analysis["analysis_draft"]


def test_the_city_and_each_county_have_a_budget(strict_desk: Desk) -> None:
    strict_desk.deploy("unit-kind")
    listed = [one["unit_id"] for one in _do(strict_desk, "list-governments", budget_year=2027)["governments"]]
    assert (listed[0], len(listed)) == ("gov-office", 13)


@pytest.fixture(scope="module")
def strict_desk(new_url: NewUrl) -> Any:
    opened = Desk(new_url("sqlite"))
    yield opened
    opened.close()


@pytest.fixture
def desk(database_url: str) -> Any:
    opened = Desk(database_url)
    yield opened
    opened.close()


_MATTERS: tuple[dict[str, Any], ...] = (
    {"solved": "YES", "satisfaction": 5},
    {"solved": "NO"},
    {"late": True, "redos": 1, "dispatches": 2},
)
_RANKINGS = [
    {
        "group": "DEPARTMENT",
        "units": [
            {"unit_id": UNIT, "group": "DEPARTMENT", "score": 90},
            {"unit_id": "dept-water", "group": "DEPARTMENT", "score": 80},
        ],
    }
]


def _do(desk: Desk, type_: str, **variables: Any) -> Mapping[str, Any]:
    answer = desk.parts.engine.handlers[type_](Job(1, type_, 1, 1, type_, {}, variables, 3))
    assert answer is not None
    return answer


def _figures(frozen: Mapping[str, Any]) -> tuple[Any, Any, Any]:
    """How many were in time, resolved, redone."""
    (found,) = (one["figures"] for one in frozen["unit_figures"] if one["unit_id"] == UNIT)
    return found["on_time"], found["resolution"], found["redo_rate"]


def _number(number: int) -> str:
    return f"WF20260203-{number:06d}"


def _fact(desk: Desk, number: int, *, late: bool = False, **told: Any) -> dict[str, Any]:
    begin, deadline = desk.now, desk.now + timedelta(days=5)
    at = deadline + timedelta(days=1 if late else -1)
    row = {"number": _number(number), "root_key": number, "unit_id": UNIT, "category": "城乡建设", "received_at": begin}
    row |= {"dispatched_at": begin, "dispatches": 1, "deadline_at": deadline, "replied_at": at, "fed_back_at": at}
    return row | {"visited_at": at, "closed_at": at, "visit_reached": True, "solved": "PARTIAL"} | told
