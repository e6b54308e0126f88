"""Which rows of a table fire together, never, or not at all: sets of rows as bits, column by column."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, reduce
from itertools import accumulate
from operator import and_, or_, xor

from service.dmn.columns import bits

# Atoms of a column that are looked at one after the other cost little.
_ATOMS_A_UNIT = 5


class TooLarge(Exception):
    """The table has more combinations than an analysis may take time for."""


@dataclass
class Budget:
    """How many pieces may still be looked at; a hundred thousand take about a tenth of a second."""

    left: int

    def spend(self, count: int) -> None:
        self.left -= count
        if self.left < 0:
            raise TooLarge


@dataclass(frozen=True, slots=True)
class Atom:
    """Pieces of a column on which the same rows may be true, and the same surely are (bit 0 is the first row)."""

    pieces: int
    may: int
    surely: int


@dataclass(frozen=True)
class Column:
    """A column as rows see it.

    `atoms` holds all that may come; `expected` what surely can and must be covered, and is empty if that is not known;
    `meeting` what surely can come, null too. `same` are for each row the rows whose cell has the same words.
    """

    atoms: tuple[Atom, ...]
    expected: tuple[Atom, ...]
    meeting: tuple[Atom, ...]
    same: tuple[int, ...]

    @property
    def rows(self) -> int:
        return len(self.same)

    def never(self) -> int:
        """The rows whose cell is true for no value that may come."""
        return ~reduce(or_, (atom.may for atom in self.atoms), 0) & (1 << self.rows) - 1

    @cached_property
    def of_row(self) -> list[list[Atom]]:
        """For each row the atoms on which it may be true."""
        found: list[list[Atom]] = [[] for _ in self.same]
        for atom in self.atoms:
            for row in bits(atom.may):
                found[row].append(atom)
        return found

    def work(self) -> int:
        """What it takes to go once through the atoms of all rows, in units of a budget."""
        return sum(atom.may.bit_count() for atom in self.atoms) // _ATOMS_A_UNIT

    def beside(self, row: int) -> int:
        """The rows that are surely true somewhere where this one may be."""
        return reduce(or_, (atom.surely for atom in self.of_row[row]), self.same[row])

    def containing(self, row: int) -> int:
        """The rows that are surely true wherever this one may be."""
        return self.same[row] | reduce(and_, (atom.surely for atom in self.of_row[row]), -1)

    def met(self, row: int) -> int:
        """The rows that are surely true for some value that surely can come, together with this one."""
        return reduce(or_, (one.surely for one in self._meeting_of_row[row]), 0)

    @cached_property
    def _meeting_of_row(self) -> list[list[Atom]]:
        found: list[list[Atom]] = [[] for _ in self.same]
        for atom in self.meeting:
            for row in bits(atom.surely):
                found[row].append(atom)
        return found


def transposed(passing: Sequence[tuple[int, int]], pieces: int) -> list[int]:
    """For each piece the rows that it passes, out of pieces and the rows whose cell passes them."""
    edges = [0] * (pieces + 1)
    for mask, rows in passing:
        for edge in bits(mask ^ mask << 1):  # where a run of pieces begins, and behind its end
            edges[edge] ^= rows
    return [*accumulate(edges, xor)]


Box = tuple[int, ...]  # for each column the pieces, of which any may come with any


def gaps(columns: Sequence[Column], budget: Budget, most: int) -> list[Box]:
    """Combinations for which surely no row fires; the search ends after `most`. Raises TooLarge."""
    choices = []
    for column in columns:
        free = [(atom.pieces, atom.may) for atom in column.expected]
        # Where it is not known what can come, a row fires if it may for anything.
        choices.append(free or [(0, reduce(or_, (atom.may for atom in column.atoms), 0))])
    order = sorted(range(len(columns)), key=lambda index: _openness(choices[index]))
    boxes: list[Box] = []
    for found in _uncovered([choices[index] for index in order], (1 << columns[0].rows) - 1, budget):
        box = [0] * len(columns)
        for index, pieces in zip(order, found, strict=True):
            box[index] = pieces
        boxes.append(tuple(box))
        if len(boxes) >= most:
            break
    return merged(boxes)


def is_hidden(columns: Sequence[Column], row: int, by: int, budget: Budget) -> bool:
    """Whether other rows surely fire wherever a row may. Raises TooLarge."""
    budget.spend(sum(len(column.of_row[row]) for column in columns) // _ATOMS_A_UNIT)
    for column in columns:
        by &= column.beside(row)
    if not by:
        return False
    if reduce(and_, (column.containing(row) for column in columns), by):
        return True
    choices = [[(atom.pieces, atom.surely | column.same[row]) for atom in column.of_row[row]] for column in columns]
    choices.sort(key=_openness)
    return next(_uncovered(choices, by, budget), None) is None


def overlaps(columns: Sequence[Column], rows: int, budget: Budget) -> Iterator[tuple[int, int]]:
    """Pairs of rows that fire together, if each of them ever fires. Raises TooLarge.

    They do if some value that surely can come fires both; where that is not known, one must contain the other.
    """
    budget.spend(2 * sum(column.work() for column in columns))
    everything = (1 << rows) - 1
    wider = [
        reduce(and_, (column.met(row) | column.containing(row) for column in columns), everything)
        for row in range(rows)
    ]
    for row in range(rows):
        for other in bits(wider[row] & ~(1 << row)):
            budget.spend(1)
            if other > row:
                yield row, other
            elif not wider[other] >> row & 1:  # else it has been told already
                yield other, row


Choices = list[tuple[int, int]]  # pieces, and the rows that stay


def _openness(choices: Choices) -> int:
    """How many rows a column leaves, on the average: what leaves few is asked first."""
    return sum(rows.bit_count() for _, rows in choices) // max(1, len(choices))


def _uncovered(columns: Sequence[Choices], rows: int, budget: Budget) -> Iterator[Box]:
    """Combinations of choices that leave no row, each as a box."""
    always = [0] * len(columns) + [-1]
    for index in reversed(range(len(columns))):
        always[index] = always[index + 1] & reduce(and_, (one for _, one in columns[index]), -1)
    everything = [reduce(or_, (pieces for pieces, _ in column), 0) for column in columns]
    covered: set[tuple[int, int]] = set()

    def search(depth: int, left: int) -> Iterator[Box]:
        if not left:
            yield tuple(everything[depth:])
            return
        if left & always[depth] or (depth, left) in covered:
            return
        groups: dict[int, int] = {}
        budget.spend(len(columns[depth]))
        for pieces, staying in columns[depth]:
            groups[left & staying] = groups.get(left & staying, 0) | pieces
        found = False
        for after, pieces in sorted(groups.items(), key=lambda group: group[0].bit_count()):
            for rest in search(depth + 1, after):
                found = True
                yield (pieces, *rest)
        if not found:
            covered.add((depth, left))

    yield from search(0, rows)


def merged(boxes: list[Box]) -> list[Box]:
    """Fewer boxes for the same combinations: two that differ in one column are one."""
    boxes = list(boxes)
    while pair := _joined(boxes):
        first, second, joined = pair
        boxes = [box for index, box in enumerate(boxes) if index not in (first, second)]
        boxes.insert(first, joined)
    return boxes


def _joined(boxes: list[Box]) -> tuple[int, int, Box] | None:
    for second, box in enumerate(boxes):
        for first in range(second):
            differing = [index for index, pair in enumerate(zip(boxes[first], box, strict=True)) if pair[0] != pair[1]]
            if len(differing) <= 1:
                return first, second, tuple(a | b for a, b in zip(boxes[first], box, strict=True))
    return None
