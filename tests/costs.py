"""What steps cost, counted instead of timed: statements, rows and bytes of the database, calls of functions."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, ParamSpec, TypeVar

from sqlalchemy import event

from service.store.unit_of_work import Database

Given = ParamSpec("Given")
Result = TypeVar("Result")

_WRITES = ("INSERT", "UPDATE", "DELETE")


@dataclass
class Cost:
    """The statements asked of a database, and the rows and bytes given with those that write."""

    statements: int = 0
    rows: int = 0
    written: int = 0


@contextmanager
def counted(database: Database) -> Iterator[Cost]:
    """Counts all that is asked of a database meanwhile."""
    cost = Cost()

    def count(_connection: Any, _cursor: Any, statement: str, parameters: Any, _context: Any, many: bool) -> None:
        cost.statements += 1
        if statement.startswith(_WRITES):
            given = parameters if many else [parameters]
            cost.rows += len(given)
            cost.written += sum(_size(value) for row in given for value in _values(row))

    event.listen(database.engine, "before_cursor_execute", count)
    try:
        yield cost
    finally:
        event.remove(database.engine, "before_cursor_execute", count)


def cost_of(
    database: Database, act: Callable[Given, Result], /, *given: Given.args, **named: Given.kwargs
) -> tuple[Cost, Result]:
    """What it costs to do something, and what that answers."""
    with counted(database) as cost:
        result = act(*given, **named)
    return cost, result


def calls_of(act: Callable[[], object]) -> int:
    """How many functions are called to do something: the same on a slow machine and on a fast one."""
    called = 0

    def count(_frame: Any, what: str, _argument: Any) -> None:
        nonlocal called
        called += what in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        act()
    finally:
        sys.setprofile(before)
    return called


def _values(row: Any) -> Iterable[Any]:
    return row.values() if isinstance(row, dict) else row


def _size(value: Any) -> int:
    """About the bytes of a bound value: of texts and states their own, of all else a word."""
    return len(value) if isinstance(value, str | bytes | memoryview) else 8
