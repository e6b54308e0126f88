"""The floor: one read, one update of 4 KB and three inserts in one transaction, by the bare driver and by Core."""

from __future__ import annotations

import secrets
import sqlite3
from collections.abc import Callable
from itertools import count

import psycopg
from sqlalchemy import BigInteger, Column, LargeBinary, MetaData, Table, Text, insert, select, update

from service.store.unit_of_work import Database

Act = Callable[[], object]

_metadata = MetaData()
_state = Table(
    "state", _metadata, Column("key", BigInteger, primary_key=True), Column("body", LargeBinary, nullable=False)
)
_rows = [
    Table(
        f"row_{number}",
        _metadata,
        Column("key", BigInteger, primary_key=True, autoincrement=False),
        Column("owner", BigInteger, nullable=False, index=True),
        Column("told", Text, nullable=False),
    )
    for number in range(3)
]
# Half of it compresses, as a state does.
_BODY = secrets.token_bytes(2048) * 2
_TOLD = "x" * 80
_KEY = 1


class Floor:
    """Two databases of their own, so that neither way of writing spoils the other's cache."""

    def __init__(self, bare_url: str, core_url: str) -> None:
        for url in (bare_url, core_url):
            prepared = Database(url)
            _metadata.create_all(prepared.engine)
            with prepared.write() as connection:
                connection.execute(insert(_state), {"key": _KEY, "body": _BODY})
            prepared.close()
        self._core = Database(core_url)
        self._keys = count(1)
        if self._core.is_sqlite:
            self._sqlite = _open_sqlite(bare_url.removeprefix("sqlite:///"))
            self._close_bare, self.bare = self._sqlite.close, self._bare_sqlite
        else:
            self._postgres = psycopg.connect(bare_url.replace("+psycopg", "", 1))
            self._close_bare, self.bare = self._postgres.close, self._bare_postgres

    def close(self) -> None:
        self._core.close()
        self._close_bare()

    def core(self) -> None:
        key = next(self._keys)
        mine = _state.c.key == _KEY
        with self._core.engine.begin() as connection:
            connection.execute(select(_state.c.body).where(mine)).one()
            connection.execute(update(_state).where(mine).values(body=_BODY))
            for table in _rows:
                connection.execute(insert(table), {"key": key, "owner": _KEY, "told": _TOLD})

    def _bare_sqlite(self) -> None:
        key, execute = next(self._keys), self._sqlite.execute
        execute("BEGIN IMMEDIATE")
        execute("SELECT body FROM state WHERE key = ?", (_KEY,)).fetchone()
        execute("UPDATE state SET body = ? WHERE key = ?", (_BODY, _KEY))
        for number in range(3):
            execute(f"INSERT INTO row_{number} (key, owner, told) VALUES (?, ?, ?)", (key, _KEY, _TOLD))
        execute("COMMIT")

    def _bare_postgres(self) -> None:
        key, execute = next(self._keys), self._postgres.execute
        with self._postgres.transaction():
            execute("SELECT body FROM state WHERE key = %s", (_KEY,)).fetchone()
            execute("UPDATE state SET body = %s WHERE key = %s", (_BODY, _KEY))
            for table in ("row_0", "row_1", "row_2"):
                execute(f"INSERT INTO {table} (key, owner, told) VALUES (%s, %s, %s)", (key, _KEY, _TOLD))


def _open_sqlite(path: str) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None)
    for pragma in ("journal_mode=WAL", "synchronous=FULL"):
        connection.execute(f"PRAGMA {pragma}")
    return connection
