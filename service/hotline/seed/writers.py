"""Makes the matters of a year and writes them: in this process, or in several at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from multiprocessing import get_context
from typing import Any

from sqlalchemy import Table

from service.hotline.seed.year import Batch, Year
from service.store.bulk import Bulk
from service.store.tables import metadata

Make = Callable[[], Year]
Opened = Callable[[], Bulk]


def written(make: Make, opened: Opened, works: Sequence[Sequence[Batch]], processes: int) -> Iterator[tuple[int, int]]:
    """Of each of the works, as it is written, how many matters and rows it is; each is one transaction."""
    if processes == 1:
        alone = _Writer(make(), opened(), nullcontext())
        yield from map(alone.write, works)
        alone.store.close()
        return
    # One that is forked would have this one's connections and threads.
    context = get_context("spawn")
    with context.Pool(processes, _begin, (make, opened, context.Lock())) as pool:
        yield from pool.imap_unordered(_write, works)


def rows_of(year: Year, batches: Sequence[Batch]) -> Mapping[Table, list[tuple[Any, ...]]]:
    """The rows of all matters of some batches."""
    found: dict[str, list[tuple[Any, ...]]] = {}
    for batch in batches:
        for rows_of_one in year.matters(batch):
            for table, rows in rows_of_one:
                found.setdefault(table, []).extend(rows)
    return {metadata.tables[name]: rows for name, rows in found.items()}


@dataclass(frozen=True, slots=True)
class _Writer:
    """Makes all of a work, and writes it when it is its turn where one writes at a time."""

    year: Year
    store: Bulk
    turn: AbstractContextManager[Any]

    def write(self, batches: Sequence[Batch]) -> tuple[int, int]:
        rows = rows_of(self.year, batches)
        with nullcontext() if self.store.takes_several else self.turn:
            self.store.write(rows)
        return sum(one.end - one.begin for one in batches), sum(map(len, rows.values()))


# The one of a process that does nothing else.
_own: list[_Writer] = []


def _begin(make: Make, opened: Opened, turn: AbstractContextManager[Any]) -> None:
    _own.append(_Writer(make(), opened(), turn))


def _write(batches: Sequence[Batch]) -> tuple[int, int]:
    return _own[0].write(batches)
