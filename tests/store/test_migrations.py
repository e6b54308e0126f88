"""The tables that the migrations make are those that the code was written for, on both stores."""

from __future__ import annotations

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, event, inspect, select, text

from service.store import migrations
from service.store.migrations import downgrade, is_current, migrate
from service.store.tables import decision_requirements, metadata
from service.store.unit_of_work import Database


@pytest.fixture
def empty(database: Database) -> Database:
    downgrade(database, "base")
    return database


# What texts are found by: each store has a kind of its own, and SQLite keeps several tables for one.
SEARCHED = ("knowledge_index", "matter_words")


def tables(database: Database) -> set[str]:
    with database.read() as connection:
        found = set(inspect(connection).get_table_names()) - {"alembic_version"}
    return {name for name in found if not name.startswith(SEARCHED)}


def revisions() -> list[str]:
    config = Config()
    config.set_main_option("script_location", next(iter(migrations.__path__)))
    return [one.revision for one in reversed(list(ScriptDirectory.from_config(config).walk_revisions()))]


def differences(connection: Connection) -> list[object]:
    # SQLite tells a default as it was written, and not as a value that could be compared.
    compares: dict[str, object] = {"compare_type": True, "compare_server_default": connection.dialect.name != "sqlite"}
    compares["include_object"] = lambda _, name, kind, *__: kind != "table" or not name.startswith(SEARCHED)
    context = MigrationContext.configure(connection, opts=compares)
    found: list[object] = compare_metadata(context, metadata)
    return found


def test_up_down_and_up_again(empty: Database) -> None:
    assert tables(empty) == set()
    migrate(empty)
    first = tables(empty)
    assert first == set(metadata.tables)
    assert is_current(empty)
    downgrade(empty, "base")
    assert tables(empty) == set()
    assert not is_current(empty)
    migrate(empty)
    assert tables(empty) == first


def test_every_migration_goes_up_and_down_alone(empty: Database) -> None:
    seen: list[set[str]] = []
    for revision in revisions():
        migrate(empty, revision)
        seen.append(tables(empty))
    for revision, before in zip(reversed(revisions()[:-1]), reversed(seen[:-1]), strict=True):
        downgrade(empty, revision)
        assert tables(empty) == before, revision


def test_the_migrated_tables_equal_those_of_the_code(database: Database) -> None:
    with database.write() as connection:
        assert differences(connection) == []


def test_partial_indexes_are_made_with_their_condition(database: Database) -> None:
    sqlite = "SELECT sql FROM sqlite_master WHERE type = 'index' AND name LIKE 'ix_job_%'"
    postgres = "SELECT indexdef FROM pg_indexes WHERE indexname LIKE 'ix_job_%'"
    with database.read() as connection:
        told = " ".join(str(row[0]) for row in connection.execute(text(sqlite if database.is_sqlite else postgres)))
    assert "READY" in told
    assert "LOCKED" in told


def test_a_migrated_store_is_left_as_it_is(database: Database) -> None:
    add = "INSERT INTO calendar_year (year, confirmed_at, confirmed_by) VALUES (2027, '2026-11-04 00:00:00', 'office')"
    with database.write() as connection:
        connection.execute(text(add))
    migrate(database)
    with database.read() as connection:
        assert connection.execute(text("SELECT year FROM calendar_year")).scalars().all() == [2027]


def test_migrations_that_break_off_leave_nothing(empty: Database) -> None:
    def stop(*_: object) -> None:
        raise RuntimeError("the power is gone")

    event.listen(empty.engine, "commit", stop)
    with pytest.raises(RuntimeError):
        migrate(empty)
    event.remove(empty.engine, "commit", stop)
    assert tables(empty) == set()


def test_models_that_were_deployed_before_imports_are_found_by_their_namespace(empty: Database) -> None:
    columns = "key, deployment_key, requirements_id, version, name, resource_name, xml, checksum"
    add = text(f"INSERT INTO decision_requirements ({columns}) VALUES (1, 1, 'g', 1, 'g', 'g.dmn', :xml, 'c')")
    migrate(empty, "0005")
    with empty.write() as connection:
        connection.execute(add, {"xml": b'<definitions xmlns="m" namespace="rules" />'})
    migrate(empty)
    with empty.read() as connection:
        row = connection.execute(select(decision_requirements)).mappings().one()
    assert (row["namespace"], row["imports"]) == ("rules", {})
