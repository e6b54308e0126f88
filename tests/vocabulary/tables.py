"""Tables of what may be drawn: each cell is a diagram."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache

from tests.vocabulary.play import Case, Seen, see


@dataclass(frozen=True, eq=False)
class Cell:
    """`known` unless BPMN has no such thing: it must be refused all the same. What has no place `like` another cell has
    none either, and is not looked at again."""

    case: Case
    known: bool = True
    like: Cell | None = None

    def look(self) -> Seen:
        if self.like and self.like.look().has_no_place:
            return self.like.look()
        seen = _seen(self)
        assert self.known or seen.became == "refused", "BPMN has no such thing, but it is not refused"
        return seen


@cache
def _seen(cell: Cell) -> Seen:
    return see(cell.case)


@dataclass(frozen=True, eq=False)
class Table:
    """Rows by name, each with its cells by column; `words` are what is said above it."""

    title: str
    words: str
    corner: str
    rows: Mapping[str, Mapping[str, Cell]]
    runs: str = "runs"  # the word for what is accepted without any other

    @property
    def columns(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(column for cells in self.rows.values() for column in cells))

    def cells(self) -> Iterator[tuple[str, Cell]]:
        for row, cells in self.rows.items():
            for column, cell in cells.items():
                yield f"{self.title}: {row}, {column}", cell
