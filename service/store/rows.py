"""Statements about rows by their keys, built once: to build one costs more than to run it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from sqlalchemy import Connection, Delete, Insert, Select, Table, Update, bindparam, delete, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

_MINE = "row_key"


@cache
def by_key(table: Table) -> Select[Any]:
    """The row with the key given as `row_key`."""
    return select(table).where(table.c.key == bindparam(_MINE))


@cache
def add(table: Table) -> Insert:
    return insert(table)


@cache
def change(table: Table) -> Update:
    """Set what is given beside `row_key` in the row with that key."""
    return update(table).where(table.c.key == bindparam(_MINE))


@cache
def remove(table: Table) -> Delete:
    return delete(table).where(table.c.key == bindparam(_MINE))


def add_once(connection: Connection, table: Table, values: Mapping[str, Any]) -> bool:
    """Insert a row unless it breaks a uniqueness; answers whether it was new."""
    dialect: Any = sqlite if connection.dialect.name == "sqlite" else postgresql
    once = dialect.insert(table).values(dict(values)).on_conflict_do_nothing().returning(*table.primary_key)
    return connection.execute(once).first() is not None
