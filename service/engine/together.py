"""Steps of several trees of instances in one transaction: all are written at its end, or none."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from time import monotonic
from typing import TYPE_CHECKING

from sqlalchemy import Connection, RowMapping, select

from service.engine.written import write
from service.store.tables import process_instance
from service.store.unit_of_work import Database

if TYPE_CHECKING:
    from service.engine.step import Step

# So many steps and, in seconds, so long at most: for that long a request may wait for a row.
MOST, LONGEST = 50, 0.1

_TOGETHER = "hotline.together"


class Apart(Exception):
    """This step cannot be made together with others, but alone."""


class Together:
    """The steps that were made so far; `roots` are the trees that are ours, by their keys."""

    def __init__(self, database: Database, connection: Connection, roots: Collection[int]) -> None:
        self._database, self._until = database, monotonic() + LONGEST
        # What others hold is left to them: whoever has many must wait for nobody.
        mine = select(process_instance).where(process_instance.c.key.in_(roots)).with_for_update(skip_locked=True)
        self.roots: dict[int, RowMapping] = {row["key"]: row for row in connection.execute(mine).mappings()}
        self.taken_messages: set[int] = set()
        self.definitions: dict[int, RowMapping | None] = {}  # versions that several look up
        self._steps: list[Step] = []

    def add(self, step: Step) -> None:
        """Raises Apart for a step that reaches others."""
        if step.thrown:
            raise Apart
        self.taken_messages |= step.taken_messages
        self._steps.append(step)

    def is_over(self) -> bool:
        """Whether somebody waits to write, or it has taken long enough."""
        return self._database.is_awaited() or monotonic() > self._until

    def write(self) -> None:
        if self._steps:
            write(self._steps)


@contextmanager
def together(database: Database, connection: Connection, roots: Collection[int]) -> Iterator[Together]:
    """Until the end of the block every step in this transaction must be of another of these trees.

    A step that raises has changed nothing, and nothing of it is written: no incident either. Raises Conflict.
    """
    found = connection.info[_TOGETHER] = Together(database, connection, roots)
    try:
        yield found
    finally:
        del connection.info[_TOGETHER]
    found.write()  # what follows from it is done by steps of their own


def with_others(connection: Connection) -> Together | None:
    """What the steps of this transaction are made together in, if they are."""
    found: Together | None = connection.info.get(_TOGETHER)
    return found
