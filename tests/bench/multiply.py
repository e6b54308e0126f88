"""Makes very many matters of a few: what lists and figures read of each is copied, without all that it has said.

A matter that has come to its end leaves a hundred rows and as many kilobytes; a million of them are more than a bench
may take of a disk. What is copied has its own row of matters, sealed like any other, its facts, its process instances
and user tasks, and the lines of its history that tell who did what; what is left out are variables, and the elements
on its way. One person has not done a unit's work of a year: copies are those of colleagues, in turn.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from random import Random
from typing import Any

from sqlalchemy import Connection, Index, RowMapping, Table, insert, select, text

from service.clock import in_city
from service.engine import Engine
from service.hotline import figure_counts, sealed_fields
from service.hotline.seed import people
from service.store import statistics
from service.store.secrets import KeyRing
from service.store.tables import history, matter, matter_fact, process_instance, user_task
from service.store.unit_of_work import Database
from tests.bench.report import Tell

# Keys of copies lie before those of their original, so far apart that they never meet.
_APART = 1 << 32
_AT_ONCE = 5_000
_STREETS = ("东风", "胜利", "健康", "福寿", "新华", "潍州", "鸢飞", "北海", "金马", "民生", "玉清", "卧龙")
_SEED = 12345
_KINDS = ("started", "task-completed", "job-completed", "timer-fired")
# What is left of a column in a copy.
_OWN_NUMBER = "(SELECT m.number FROM matter m WHERE m.instance_key = t.key - :far AND t.business_id IS NOT NULL)"
# In a unit so many people share the work of those who have done all of it in the year that is copied.
_COLLEAGUES = 20
_BY = "CASE WHEN :place = 0 OR {0} IS NULL OR {0} = '' THEN {0} ELSE {0} || '-' || CAST(:place AS VARCHAR) END"
_LEFT: Mapping[Table, Mapping[str, str]] = {
    process_instance: {"variables": "'{}'", "sealed": "NULL", "data_key": "''", "business_id": _OWN_NUMBER},
    user_task: {"assignee": _BY.format("t.assignee"), "completed_by": _BY.format("t.completed_by")},
    history: {"sealed": "NULL", "by": _BY.format('t."by"')},
}


def to(database: Database, engine: Engine, secrets: KeyRing, number: int, tell: Tell) -> None:
    """Make so many matters in all, of those that are over."""
    with database.read() as connection:
        there = connection.execute(text("SELECT count(*) FROM matter")).scalar_one()
        rows = connection.execute(select(matter).where(matter.c.closed_at.is_not(None))).mappings().all()
        facts = {row["number"]: row for row in connection.execute(select(matter_fact)).mappings()}
    copies = max(0, -(-(number - there) // len(rows)))
    if copies == 0:
        return
    made = Copies(rows, facts, secrets)
    with _without_indexes(database):
        _write(database, made, rows, there, number, copies, tell)
    tell("figures")
    with database.write() as connection:
        figure_counts.count_all(connection, engine.clock())
    settle(database)


def _write(
    database: Database, made: Copies, rows: Sequence[RowMapping], done: int, number: int, copies: int, tell: Tell
) -> None:
    for copy in range(1, copies + 1):
        with database.write() as connection:
            _tune(connection)
            added = [made.of(row, copy) for row in rows[: number - done]]
            for start in range(0, len(added), _AT_ONCE):
                connection.execute(insert(matter), [one for one, _ in added[start : start + _AT_ONCE]])
                told = [fact for _, fact in added[start : start + _AT_ONCE] if fact]
                if told:
                    connection.execute(insert(matter_fact), told)
            _copy_instances(connection, rows[: number - done], copy)
        done += len(added)
        if copy % 10 == 0 or copy == copies:
            tell(f"{done:,} matters")


@contextmanager
def _without_indexes(database: Database) -> Iterator[None]:
    """To make an index of what is there is much faster than to keep it in order, row by row."""
    indexes = [index for table in (matter, matter_fact, *_LEFT) for index in table.indexes if not _is_of_roots(index)]
    with database.write() as connection:
        for index in indexes:
            index.drop(connection)
    yield
    with database.write() as connection:
        _tune(connection)
        for index in indexes:
            index.create(connection)


def _is_of_roots(index: Index) -> bool:
    """Those by which the instances of matters are found while they are copied."""
    return index.name in (
        "ix_process_instance_root_key",
        "ix_history_instance_key",
        "ix_user_task_instance_key",
        "ix_matter_instance_key",
    )


def settle(database: Database) -> None:
    """What a server does by itself within the hour."""
    if database.is_sqlite:
        statistics.learn(database)
        return
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE"))


class Copies:
    """Rows of matters, each with a number, a caller and words of its own."""

    def __init__(self, rows: Sequence[RowMapping], facts: Mapping[str, RowMapping], secrets: KeyRing) -> None:
        self._facts, self._secrets = facts, secrets
        self._chance = Random(_SEED)
        self._said = {row["number"]: sealed_fields.opened(secrets, row) for row in rows}
        self._last = Counter(dict(self._numbers(rows)))

    def of(self, row: RowMapping, copy: int) -> tuple[dict[str, Any], dict[str, Any] | None]:
        day = f"{in_city(row['received_at']):%Y%m%d}"
        self._last[day] += 1
        number = f"WF{day}-{self._last[day]:06d}"
        name, phone = people.somebody(self._chance)
        address = f"{self._chance.choice(_STREETS)}街{self._chance.randrange(1, 400)}号"
        said = self._said[row["number"]]
        told = {"title": f"{said['title']}（{address}）", "text": f"{address}：{said['text']}", "address": address}
        told |= {"person_name": name, "person_phone": phone}
        later = timedelta(seconds=copy)
        own = {"number": number, "instance_key": row["instance_key"] - copy * _APART, "source": None, "source_id": None}
        mine = {**_moved(row, later), **sealed_fields.sealed(self._secrets, number, told), **own}
        fact = self._facts.get(row["number"])
        if fact is None:
            return mine, None
        root = {"number": number, "root_key": fact["root_key"] - copy * _APART, "is_counted": False}
        return mine, {**_moved(fact, later), **root}

    def _numbers(self, rows: Sequence[RowMapping]) -> Iterator[tuple[str, int]]:
        for row in sorted(rows, key=lambda one: str(one["number"])):
            day, _, number = row["number"].removeprefix("WF").partition("-")
            yield day, int(number) + 1_000


def _moved(row: RowMapping, later: timedelta) -> dict[str, Any]:
    return {name: value + later if isinstance(value, datetime) else value for name, value in row.items()}


def _copy_instances(connection: Connection, rows: Sequence[RowMapping], copy: int) -> None:
    roots = ",".join(str(row["instance_key"]) for row in rows)
    keys = f"SELECT key FROM process_instance WHERE root_key IN ({roots})"
    for table, left in _LEFT.items():
        names = [column.name for column in table.c]
        told = ", ".join(
            left.get(name) or (_moved_key(table, name) if _is_key(name) else f't."{name}"') for name in names
        )
        columns = ", ".join(f'"{name}"' for name in names)
        mine = f"t.{'key' if table is process_instance else 'instance_key'} IN ({keys})"
        if table is history:
            mine += f" AND t.kind IN {_KINDS}"
        order = "ORDER BY t.key"
        statement = f'INSERT INTO "{table.name}" ({columns}) SELECT {told} FROM "{table.name}" t WHERE {mine} {order}'
        connection.execute(text(statement), {"far": copy * _APART, "place": copy % _COLLEAGUES})


def _moved_key(table: Table, name: str) -> str:
    return f't."{name}" - :far'


def _is_key(name: str) -> bool:
    return (name == "key" or name.endswith("_key")) and name not in (
        "definition_key", "form_key", "data_key", "started_by_key",
    )  # fmt: skip


def _tune(connection: Connection) -> None:
    """Of a store that nobody needs: what a power failure loses is made again."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("PRAGMA cache_size=-2000000")
    else:
        connection.exec_driver_sql("SET LOCAL synchronous_commit = off")
