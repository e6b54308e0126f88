"""Lists and figures find what they tell by an index: no question reads every matter, however many there are."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any, ClassVar

import pytest
from sqlalchemy import BigInteger, Column, String, event, text

from service.clock import CITY_ZONE
from service.hotline import sealed_fields
from service.store.tables import Instant, metadata
from service.store.unit_of_work import Database
from tests import lists
from tests.city import City
from tests.lists import Asker, Question

# What grows with each matter.
GROWS = frozenset(
    (
        *("matter", "matter_fact", "matter_words", "notice", "figure_day", "figure_third", "audit_record"),
        *("process_instance", "element_instance", "user_task", "history", "phone_call"),
    )
)
# Indexes of what is open, or stuck, alone.
SMALL = frozenset(
    (
        *("ix_process_instance_incidents", "ix_process_instance_open"),
        *("ix_matter_fact_uncounted", "ix_matter_open", "ix_phone_call_uncounted"),
    )
)
_NAMED = re.compile(r'(?:FROM|JOIN|,)\s+"?(\w+)"?(?:\s+AS)?\s+"?(\w+)"?')
MANY = 400
# What has to have all its rows before it gives the first.
_BLOCKS = ("Sort", "Aggregate", "Hash", "Hash Join", "Materialize", "SetOp")

Seen = dict[str, tuple[Any, Question]]


class Required(City):
    settings: ClassVar = {"auth": "required"}


@pytest.fixture
def asker(furnished_url: str) -> Iterator[Asker]:
    city = Required(furnished_url, datetime(2026, 2, 10, 9, 0, tzinfo=CITY_ZONE))
    asker = Asker(city.app)
    asker.file()
    if not asker.parts.database.is_sqlite:
        _grow(asker.parts.database)
    yield asker
    city.close()


def test_no_list_reads_all_of_what_grows(asker: Asker) -> None:
    database, known, seen = asker.parts.database, lists.known(asker.parts), Seen()
    for question in lists.all_of(known):
        with _heard(database, question, seen):
            asker.ask(question)
    assert len(seen) > 50
    plan = _sqlite_reads_whole if database.is_sqlite else _postgresql_reads_whole
    found = [
        f"{question.name} of {question.who}: all of {', '.join(whole)}\n  {statement}"
        for statement, (parameters, question) in seen.items()
        if (whole := plan(database, statement, parameters))
    ]
    assert found == [], "\n".join(found)


def _grow(database: Database) -> None:
    """PostgreSQL looks at how much there is: of what grows, it has many then."""
    with database.write() as connection:
        for table in (metadata.tables[name] for name in sorted(GROWS & metadata.tables.keys())):
            told = ", ".join(_far(column) for column in table.c)
            names = ", ".join(f'"{column.name}"' for column in table.c)
            many = f'FROM "{table.name}" t, generate_series(1, {MANY}) n'
            connection.execute(text(f'INSERT INTO "{table.name}" ({names}) SELECT {told} {many}'))
        # Nothing is known of them before: the store of tests does not look at them by itself.
        connection.execute(text("ANALYZE " + ", ".join(f'"{table.name}"' for table in metadata.sorted_tables)))


def _far(column: Column[Any]) -> str:
    """The value of a copy; what is sealed opens at its own place alone, and no two matters are about the same."""
    if column.name in (*sealed_fields.COLUMNS, "word_marks", "phone_mark"):
        return "''"
    if column.name == "unit_id":
        return "(SELECT id FROM unit ORDER BY id OFFSET n % 90 LIMIT 1)"
    if column.name == "sealed" and column.nullable:
        return "NULL"
    if isinstance(column.type, BigInteger) and column.name not in ("definition_key", "form_key"):
        return f't."{column.name}" - (n::bigint << 32)'
    if isinstance(column.type, String) and column.primary_key and column.name == "number":
        return "t.number || '-' || n"
    if isinstance(column.type, Instant):
        return f"t.\"{column.name}\" - n * interval '1 hour'"
    return f't."{column.name}"'


@contextmanager
def _heard(database: Database, question: Question, seen: Seen) -> Iterator[None]:
    """Keep each statement that a question makes the service send."""

    def hear(_c: object, _cursor: object, statement: str, parameters: object, *_: object) -> None:
        if statement.startswith(("SELECT", "WITH")):
            seen.setdefault(statement, (parameters, question))

    event.listen(database.engine, "before_cursor_execute", hear)
    try:
        yield
    finally:
        event.remove(database.engine, "before_cursor_execute", hear)


def _sqlite_reads_whole(database: Database, statement: str, parameters: Any) -> list[str]:
    """What is walked from end to end: nothing limits it, or all of it has to be sorted first."""
    tables = {alias: table for table, alias in _NAMED.findall(statement)}
    with database.read() as connection:
        plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters).all()
    is_sorted = {row[1] for row in plan if "TEMP B-TREE FOR ORDER BY" in row[3]}
    found = []
    for _, around, _, told in plan:
        words: list[str] = told.split()
        ends = "LIMIT" in statement and around not in is_sorted
        if words[0] == "SCAN" and tables.get(words[1], words[1]) in GROWS and not ends and SMALL.isdisjoint(words):
            found.append(words[1])
    return found


def _postgresql_reads_whole(database: Database, statement: str, parameters: Any) -> list[str]:
    with database.read() as connection:
        # A few hundreds are read whole whatever the index: what is asked is what it would do with very many.
        for way in ("seqscan", "hashjoin", "mergejoin", "material"):
            connection.execute(text(f"SET LOCAL enable_{way} = off"))
        told = connection.exec_driver_sql(f"EXPLAIN (FORMAT JSON) {statement}", parameters).scalar_one()
    plan = json.loads(told) if isinstance(told, str) else told
    return list(_walked(plan[0]["Plan"], ends=False))


def _walked(node: dict[str, Any], *, ends: bool) -> Iterator[str]:
    kind, table = node["Node Type"], node.get("Relation Name")
    is_whole = "Index" in kind and "Index Cond" not in node and not ends and node.get("Index Name") not in SMALL
    if table in GROWS and ((kind == "Seq Scan" and not ends) or is_whole):
        yield f"{table} ({kind})"
    ends = kind == "Limit" or (ends and kind not in _BLOCKS)
    for inner in node.get("Plans", ()):
        yield from _walked(inner, ends=ends)
