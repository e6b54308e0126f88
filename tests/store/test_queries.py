"""Lists: filters, order and pages mean the same on both stores."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import insert, select

from service.errors import Invalid
from service.store.queries import Field, Page, Search, holds, search
from service.store.tables import incident, process_instance
from service.store.unit_of_work import Database

START = datetime(2026, 2, 10, 1, 0, tzinfo=UTC)
FIELDS = {
    "key": Field(incident.c.key, int),
    "element": Field(incident.c.element_id),
    "job": Field(incident.c.job_key, int),
    "resolved": Field(incident.c.resolved_at, datetime.fromisoformat),
}
# key → element, job, resolved after so many minutes
ROWS: dict[int, tuple[str, int | None, int | None]] = {
    1: ("check", 5, None),
    2: ("check", None, 30),
    3: ("send_it", 7, 10),
    4: ("send%it", 5, None),
    5: ("sendXit", None, 10),
    6: ("核查", 6, 20),
}


@pytest.fixture
def rows(database: Database) -> Database:
    with database.write() as connection:
        for key, (element, job, minutes) in ROWS.items():
            resolved = None if minutes is None else START + timedelta(minutes=minutes)
            values = {"key": key, "element_id": element, "job_key": job, "resolved_at": resolved, "created_at": START}
            rest = {"instance_key": 1, "definition_key": 1, "error_type": "UNKNOWN", "state": "ACTIVE"}
            connection.execute(insert(incident).values(**values, **rest))
    return database


def page(database: Database, filter_: Mapping[str, Any] | None = None, **asked: Any) -> Page:
    with database.read() as connection:
        return search(connection, select(incident), incident.c.key, FIELDS, Search(filter_ or {}, **asked))


def keys(database: Database, filter_: Mapping[str, Any] | None = None, **asked: Any) -> list[int]:
    return [row["key"] for row in page(database, filter_, **asked).rows]


@pytest.mark.parametrize(
    ("filter_", "expected"),
    [
        ({}, [1, 2, 3, 4, 5, 6]),
        ({"element": "check"}, [1, 2]),
        ({"element": "核查"}, [6]),
        ({"element": {"$eq": "check"}, "job": 5}, [1]),
        ({"element": {"$neq": "check"}}, [3, 4, 5, 6]),
        ({"job": None}, [2, 5]),
        ({"job": {"$neq": 5}}, [2, 3, 5, 6]),
        ({"job": {"$neq": None}}, [1, 3, 4, 6]),
        ({"job": {"$exists": True}}, [1, 3, 4, 6]),
        ({"job": {"$exists": False}}, [2, 5]),
        ({"job": {"$in": [5, 6]}}, [1, 4, 6]),
        ({"job": {"$in": []}}, []),
        ({"job": {"$notIn": [5, 6]}}, [2, 3, 5]),
        ({"job": {"$gt": 5, "$lte": 7}}, [3, 6]),
        ({"job": {"$gte": 6}}, [3, 6]),
        ({"job": {"$lt": 6}}, [1, 4]),
        ({"element": {"$like": "send*"}}, [3, 4, 5]),
        ({"element": {"$like": "send_it"}}, [3]),
        ({"element": {"$like": "send%it"}}, [4]),
        ({"element": {"$like": "send?it"}}, [3, 4, 5]),
        ({"resolved": {"$lt": "2026-02-10T09:20:00+08:00"}}, [3, 5]),
        ({"resolved": "2026-02-10T01:20:00+00:00"}, [6]),
        ({"$or": [{"element": "核查"}, {"job": 7}]}, [3, 6]),
        ({"$or": [{"element": "check", "job": 5}, {"job": {"$in": [7]}}], "key": {"$gt": 1}}, [3]),
        ({"$or": []}, []),
    ],
)
def test_a_filter_finds(rows: Database, filter_: Mapping[str, Any], expected: list[int]) -> None:
    found = page(rows, filter_)
    assert [row["key"] for row in found.rows] == expected
    assert found.total == len(expected)


@pytest.mark.parametrize(
    ("sort", "expected"),
    [
        ([], [1, 2, 3, 4, 5, 6]),
        ([("key", True)], [6, 5, 4, 3, 2, 1]),
        ([("job", False)], [1, 4, 6, 3, 2, 5]),
        ([("job", True)], [3, 6, 4, 1, 5, 2]),
        ([("resolved", False), ("key", True)], [5, 3, 6, 2, 4, 1]),
        ([("job", True), ("resolved", False)], [3, 6, 1, 4, 5, 2]),
    ],
)
class TestOrder:
    def test_null_stands_last_whichever_the_direction(
        self, rows: Database, sort: list[tuple[str, bool]], expected: list[int]
    ) -> None:
        assert keys(rows, sort=sort) == expected

    @pytest.mark.parametrize("limit", [1, 2, 4])
    def test_cursors_lead_through_all_rows_and_back(
        self, rows: Database, sort: list[tuple[str, bool]], expected: list[int], limit: int
    ) -> None:
        forth: list[list[int]] = []
        cursor = None
        while (found := page(rows, sort=sort, limit=limit, after=cursor)).rows:
            forth.append([row["key"] for row in found.rows])
            last, cursor = found.start_cursor, found.end_cursor
            assert found.total == len(ROWS)
        assert [key for one in forth for key in one] == expected
        back: list[int] = []
        while (found := page(rows, sort=sort, limit=limit, before=last)).rows:
            back = [row["key"] for row in found.rows] + back
            last = found.start_cursor
        assert back == expected[: len(expected) - len(forth[-1])]


def test_a_page_may_be_asked_for_by_its_place(rows: Database) -> None:
    assert keys(rows, offset=2, limit=2) == [3, 4]
    empty = page(rows, offset=9)
    assert (list(empty.rows), empty.total, empty.start_cursor, empty.end_cursor) == ([], 6, None, None)


@pytest.mark.parametrize(
    ("filter_", "asked"),
    [
        ({"name": 1}, {}),
        ({"job": "many"}, {}),
        ({"job": {"$near": 5}}, {}),
        ({"job": {"$like": "5*"}}, {}),
        ({"job": {"$in": 5}}, {}),
        ({"job": {"$in": list(range(2_000))}}, {}),
        ({"$or": {}}, {}),
        ({}, {"sort": [("name", False)]}),
        ({}, {"after": "none"}),
        ({}, {"after": "WzEsMl0="}),
        ({}, {"before": "WyJhIl0="}),
    ],
)
def test_what_does_not_fit_is_named(rows: Database, filter_: Mapping[str, Any], asked: Mapping[str, Any]) -> None:
    with pytest.raises(Invalid) as refused:
        page(rows, filter_, **asked)
    assert refused.value.problems[0].element_id


@pytest.mark.parametrize(
    ("name", "value", "found"),
    [
        ("text", "核查", True),
        ("text", "x", False),
        ("text", None, False),
        ("number", 3, True),
        ("number", 3.0, True),
        ("number", "3", False),
        ("yes", True, True),
        ("yes", 1, False),
        ("no", False, True),
        ("nothing", None, True),
        ("missing", None, False),
        ("list", [1, "a"], True),
        ("list", [1], False),
        ("a.b", 1, True),
        ("名", 1, True),
    ],
)
def test_a_variable_is_found_by_its_value(database: Database, name: str, value: Any, found: bool) -> None:
    variables = {"text": "核查", "number": 3, "yes": True, "no": False, "nothing": None, "list": [1, "a"]}
    row = {"key": 1, "definition_key": 1, "process_id": "p", "root_key": 1, "state": "ACTIVE", "started_at": START}
    more = {"revision": 1, "tags": [], "waits": {}, "state_blob": b"", "variables": variables | {"a.b": 1, "名": 1}}
    with database.write() as connection:
        connection.execute(insert(process_instance).values(**row, **more))
        condition = holds(process_instance.c.variables, name, value, is_sqlite=database.is_sqlite)
        query = select(process_instance.c.key).where(condition)
        assert (connection.execute(query).first() is not None) is found
