"""One step is one transaction, on both stores."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from select import POLLIN, poll
from threading import Barrier
from typing import Any

import psycopg
import pytest
from sqlalchemy import insert, inspect, select, text, update

from service.errors import Conflict, StuckError
from service.store.keys import new_key
from service.store.migrations import downgrade, is_current, migrate
from service.store.tables import calendar_year, deployment, metadata
from service.store.unit_of_work import Database, DatabaseBusy, TakesTooLong, after_commit, engine_options
from tests.conftest import NewUrl

MOMENT = datetime(2026, 2, 10, 1, 2, 3, 456789, tzinfo=UTC)


def test_the_migrations_make_exactly_the_tables_of_the_code_and_take_them_all_away_again(database: Database) -> None:
    assert is_current(database)
    # What words are found by is no table of the code's: each store has its own kind.
    names = {
        name
        for name in inspect(database.engine).get_table_names()
        if not name.startswith(("knowledge_index", "matter_words"))
    }
    assert names == set(metadata.tables) | {"alembic_version"}
    for table in metadata.sorted_tables:
        columns = {column["name"]: column["nullable"] for column in inspect(database.engine).get_columns(table.name)}
        assert columns == {column.name: bool(column.nullable) for column in table.columns}, table.name
        indexes = {index["name"] for index in inspect(database.engine).get_indexes(table.name)}
        assert {index.name for index in table.indexes} <= indexes, table.name
    downgrade(database, "base")
    assert set(inspect(database.engine).get_table_names()) == {"alembic_version"}
    migrate(database)
    assert is_current(database)


def test_what_a_step_wrote_is_gone_when_it_fails(database: Database) -> None:
    with pytest.raises(ZeroDivisionError), database.write() as connection:
        connection.execute(insert(deployment).values(key=1, deployed_at=MOMENT))
        _ = 1 / 0
    with database.read() as connection:
        assert connection.execute(select(deployment)).all() == []


def test_moments_come_back_aware_and_in_utc(database: Database) -> None:
    with database.write() as connection:
        connection.execute(insert(deployment).values(key=1, deployed_at=MOMENT))
    with database.read() as connection:
        assert connection.execute(select(deployment.c.deployed_at)).scalar_one() == MOMENT


def test_a_moment_without_time_zone_is_refused(database: Database) -> None:
    with pytest.raises(Exception, match="has no time zone"), database.write() as connection:
        connection.execute(insert(deployment).values(key=1, deployed_at=MOMENT.replace(tzinfo=None)))


def test_two_hundred_counts_by_eight_threads_are_two_hundred(database: Database) -> None:
    with database.write() as connection:
        connection.execute(insert(calendar_year).values(year=1, confirmed_at=MOMENT, confirmed_by="0"))

    def count_one(_: int) -> None:
        with database.write() as connection:
            seen = connection.execute(select(calendar_year.c.confirmed_by).with_for_update()).scalar_one()
            connection.execute(update(calendar_year).values(confirmed_by=str(int(seen) + 1)))

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(count_one, range(200)))
    with database.read() as connection:
        assert connection.execute(select(calendar_year.c.confirmed_by)).scalar_one() == "200"


def test_of_two_steps_that_wait_for_each_other_one_is_told_to_repeat(database: Database) -> None:
    with database.write() as connection:
        connection.execute(insert(deployment), [{"key": key, "deployed_at": MOMENT} for key in (1, 2)])
    met = Barrier(2)

    def cross(keys: tuple[int, int]) -> str:
        try:
            with database.write() as connection:
                for key in keys:
                    mine = deployment.c.key == key
                    connection.execute(update(deployment).where(mine).values(deployed_by=str(keys)))
                    if not database.is_sqlite and key == keys[0]:
                        met.wait(30)
        except Conflict as conflict:
            return conflict.message
        return "done"

    with ThreadPoolExecutor(2) as pool:
        told = sorted(pool.map(cross, [(1, 2), (2, 1)]))
    assert told == (["done"] * 2 if database.is_sqlite else ["Others are at what this step needs. Repeat it.", "done"])


def test_a_reader_neither_waits_for_a_writer_nor_sees_its_work(database: Database) -> None:
    with database.write() as writer:
        writer.execute(insert(deployment).values(key=1, deployed_at=MOMENT))
        with database.read() as reader:
            assert reader.execute(select(deployment)).all() == []


def test_a_search_that_never_ends_is_ended_and_the_connection_serves_the_next(database: Database) -> None:
    endless = text("WITH RECURSIVE c (n) AS (SELECT 1 UNION ALL SELECT 1 FROM c) SELECT count(*) FROM c")
    with pytest.raises(TakesTooLong, match="Ask for less"), database.read_within(0.05) as connection:
        connection.execute(endless)
    with database.read_within(0.05) as connection:
        assert connection.execute(text("SELECT 1")).scalar() == 1
    with database.read() as connection:
        assert connection.execute(text("SELECT 2")).scalar() == 2


def test_callbacks_run_after_the_commit_and_not_after_a_rollback(database: Database) -> None:
    seen: list[int] = []

    def look() -> None:
        with database.read() as connection:
            seen.append(len(connection.execute(select(deployment)).all()))

    with database.write() as connection:
        connection.execute(insert(deployment).values(key=1, deployed_at=MOMENT))
        after_commit(connection, look)
        assert seen == []
    assert seen == [1]
    with pytest.raises(ZeroDivisionError), database.write() as connection:
        after_commit(connection, look)
        _ = 1 / 0
    assert seen == [1]


def test_a_second_process_is_kept_off_a_sqlite_file_with_a_way_out(new_url) -> None:  # type: ignore[no-untyped-def]
    url = new_url("sqlite")
    first = Database(url)
    with pytest.raises(DatabaseBusy, match="PostgreSQL"):
        Database(url)
    first.close()
    Database(url).close()


def test_other_databases_are_refused_by_name() -> None:
    with pytest.raises(ValueError, match="mysql is not supported"):
        engine_options("mysql://localhost/x")


def test_keys_rise_and_never_meet() -> None:
    keys = [new_key() for _ in range(20_000)]
    assert keys == sorted(set(keys))
    assert keys[0] > 0
    assert keys[-1] < 2**63


def test_a_stuck_step_keeps_its_incident(database: Database) -> None:
    with pytest.raises(StuckError), database.write() as connection:
        connection.execute(insert(deployment).values(key=1, deployed_at=MOMENT))
        raise StuckError("Gateway", "no flow fits")
    with database.read() as connection:
        assert connection.execute(select(deployment.c.key)).scalar_one() == 1


def test_a_step_after_the_server_has_closed_all_connections_opens_another(database: Database) -> None:
    with database.write() as connection:
        connection.execute(insert(deployment).values(key=1, deployed_at=MOMENT))
        pooled: Any = connection.connection.driver_connection
    if not database.is_sqlite:
        url = database.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
        with psycopg.connect(url, autocommit=True) as other:
            pid = pooled.info.backend_pid
            assert other.execute("SELECT pg_terminate_backend(%s)", (pid,)).fetchone() == (True,)
        closed = poll()
        closed.register(pooled.fileno(), POLLIN)
        assert closed.poll(30_000)
    with database.write() as connection:
        connection.execute(insert(deployment).values(key=2, deployed_at=MOMENT))
    with database.read() as connection:
        assert len(connection.execute(select(deployment)).all()) == 2


@pytest.mark.parametrize("zone", ["Asia/Shanghai", "America/New_York"])
def test_a_moment_is_read_wherever_the_server_of_the_database_stands(new_url: NewUrl, zone: str) -> None:
    url = new_url("postgresql")
    with psycopg.connect(url.replace("+psycopg", "", 1), autocommit=True) as plain:
        name = plain.info.dbname
        plain.execute(f"ALTER DATABASE {name} SET TimeZone = '{zone}'".encode())
    database = Database(url)
    for key, moment in enumerate((datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC))):
        with database.write() as connection:
            connection.execute(insert(deployment).values(key=key, deployed_at=moment))
        with database.read() as connection:
            mine = select(deployment.c.deployed_at).where(deployment.c.key == key)
            assert connection.execute(mine).scalar_one() == moment
    database.close()
