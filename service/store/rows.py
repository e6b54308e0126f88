"""Statements about rows by their keys, built once: to build one costs more than to run it."""

from __future__ import annotations

from functools import cache
from typing import Any

from sqlalchemy import Delete, Insert, Select, Table, Update, bindparam, delete, insert, select, update

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
