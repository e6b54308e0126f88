"""Many rows at once, past Core and its statements: as the driver of each store takes them fastest."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import psycopg
from sqlalchemy import Table
from sqlalchemy.engine import make_url

from service.store.unit_of_work import configure_sqlite

# The rows of tables; each holds all columns in order, as the driver stores them.
Rows = Mapping[Table, Sequence[tuple[Any, ...]]]
_CACHE = -65_536  # KiB


class Bulk(Protocol):
    """A connection of its own, for the one thread that opened it."""

    # Whether several may write at once.
    takes_several: bool

    def write(self, rows: Rows) -> None:
        """All of them in one transaction."""

    def close(self) -> None: ...


def opened(url: str, *, is_safe: bool = True) -> Bulk:
    """Unless `is_safe`, a machine that loses its power before it is `settled` may leave a file of SQLite that cannot
    be read."""
    return _Sqlite(url, is_safe) if make_url(url).get_backend_name() == "sqlite" else _Postgres(url)


def settled(url: str) -> None:
    """All that was written is on the disk, also what nobody has waited for."""
    if make_url(url).get_backend_name() == "sqlite":
        store = _Sqlite(url, is_safe=True)
        store.settle()
        store.close()


class _Sqlite:
    takes_several = False

    def __init__(self, url: str, is_safe: bool) -> None:
        self._connection = sqlite3.connect(make_url(url).database or "", isolation_level=None)
        configure_sqlite(self._connection)
        self._connection.execute(f"PRAGMA cache_size={_CACHE}")
        if not is_safe:
            self._connection.execute("PRAGMA synchronous=OFF")

    def write(self, rows: Rows) -> None:
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            for table, of_table in rows.items():
                marks = ", ".join("?" * len(table.columns))
                insert = f"INSERT INTO {table.name} ({_names(table)}) VALUES ({marks})"  # noqa: S608 our own names
                self._connection.executemany(insert, of_table)
            self._connection.execute("COMMIT")
        except BaseException:
            self._connection.execute("ROLLBACK")
            raise

    def settle(self) -> None:
        # What somebody has written who waits for the disk is still to be moved: with it the whole file gets there.
        self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def close(self) -> None:
        self._connection.close()


class _Postgres:
    takes_several = True

    def __init__(self, url: str) -> None:
        self._connection = psycopg.connect(make_url(url).set(drivername="postgresql").render_as_string(False))

    def write(self, rows: Rows) -> None:
        with self._connection.transaction(), self._connection.cursor() as cursor:
            for table, of_table in rows.items():
                with cursor.copy(f"COPY {table.name} ({_names(table)}) FROM STDIN") as copy:
                    for row in of_table:
                        copy.write_row(row)

    def close(self) -> None:
        self._connection.close()


def _names(table: Table) -> str:
    return ", ".join(f'"{column.name}"' for column in table.columns)
