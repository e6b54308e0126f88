"""What is wrong with a decision table, found by the sets of values that its cells let pass.

An input that is null need not be covered, unless some cell of its column names null. What depends on more than the text
of a cell may be true or not: then nothing is said about it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import reduce
from itertools import islice
from operator import or_

from service import feel
from service.dmn.boxed import Element
from service.dmn.columns import bits
from service.dmn.lint.coverage import Atom, Box, Budget, Column, TooLarge, gaps, is_hidden, overlaps, transposed
from service.dmn.lint.drawn import DrawnTable
from service.dmn.lint.intervals import Axis, NotConstant, constant
from service.dmn.lint.wording import described, example_of

Warn = Callable[[Element, str, str], None]  # where, what, how to mend it

# Less than a second of work, and as many findings of a kind as are read.
MOST_WORK, MOST_TOLD = 300_000, 5
_GAPS_SOUGHT = 40
_ONE_RESULT = frozenset({"UNIQUE", "ANY", "PRIORITY", "FIRST"})


def analyse(table: DrawnTable, axes: Sequence[Axis], free: Sequence[bool], warn: Warn) -> None:
    """Warn of what a table's rows do together.

    `axes` are the values of its columns; `free` says of which every value can come with any of the others.
    """
    if table.rules and table.inputs:
        try:
            _Analysis(table, axes, free, warn).all()
        except TooLarge:
            message = f"The table of the {table.where} is too large to be analysed wholly."
            warn(table.element, message, "Divide it into several decisions.")


class _Analysis:
    def __init__(self, table: DrawnTable, axes: Sequence[Axis], free: Sequence[bool], warn: Warn) -> None:
        self.table, self.warn, self.where = table, warn, table.where
        self.rows, self.axes, self.budget = len(table.rules), axes, Budget(MOST_WORK)
        self.columns = [self._column(index, is_free) for index, is_free in enumerate(free)]
        self.dead = reduce(or_, (column.never() for column in self.columns))
        self.outputs = [tuple(_known(output) for output in rule.outputs) for rule in table.rules]
        self.ranks = self._ranks() if table.hit_policy == "PRIORITY" else []

    def all(self) -> None:
        doubled = self._doubled()
        if self.table.hit_policy in ("UNIQUE", "ANY"):
            self._overlaps(doubled)
        if self.table.hit_policy in ("FIRST", "PRIORITY", "ANY"):
            self._hidden(doubled)
        if self.table.hit_policy in _ONE_RESULT and not any(output.default for output in self.table.outputs):
            self._gaps()

    def _column(self, index: int, is_free: bool) -> Column:
        axis, rules = self.axes[index], self.table.rules
        come, surely = axis.all & ~axis.empty, axis.existing() if is_free else 0
        for allowed in self.table.inputs[index].allowed:
            come &= axis.passing(allowed).may | axis.null
            surely &= axis.passing(allowed).surely
        texts = [rule.text_of(index) for rule in rules]
        words: dict[str, int] = {}
        for row, text in enumerate(texts):
            words[text] = words.get(text, 0) | 1 << row
        cells = dict(zip(texts, (rule.tests[index] for rule in rules), strict=True))
        passing = [(axis.passing(cell), words[text]) for text, cell in cells.items()]
        may = transposed([(one.may, where) for one, where in passing], len(axis.pieces))
        sure = transposed([(one.surely, where) for one, where in passing], len(axis.pieces))
        names_null = any(_names_null(cell) for cell in cells.values())
        groups: dict[tuple[int, int, bool, bool], int] = {}
        for piece in bits(come):
            key = (may[piece], sure[piece], bool(surely >> piece & 1), 1 << piece == axis.null)
            groups[key] = groups.get(key, 0) | 1 << piece
        told = [(Atom(pieces, *rows), is_sure, is_null) for (*rows, is_sure, is_null), pieces in groups.items()]
        return Column(
            atoms=tuple(atom for atom, _, _ in told),
            expected=tuple(atom for atom, is_sure, is_null in told if is_sure or (is_null and names_null and surely)),
            meeting=tuple(atom for atom, is_sure, is_null in told if is_sure or (is_null and surely)),
            same=tuple(words[text] for text in texts),
        )

    def _doubled(self) -> dict[int, int]:
        """Rows that say the same as an earlier row, word by word."""
        seen: dict[tuple[str, ...], int] = {}
        doubled = {}
        for row, rule in enumerate(self.table.rules):
            cells = map(rule.text_of, range(len(rule.tests)))
            key = (*cells, *(output.text if output else "" for output in rule.outputs))
            first = seen.setdefault(key, row)
            if first != row:
                doubled[row] = first
        for row, first in islice(doubled.items(), MOST_TOLD):
            message = f"Row {row + 1} of the {self.where} says the same as row {first + 1}."
            self.warn(self.table.rules[row].element, message, "Remove one of them.")
        if len(doubled) > MOST_TOLD:
            self._more(f"More rows of the {self.where} say the same as others.")
        return doubled

    def _overlaps(self, doubled: dict[int, int]) -> None:
        policy = self.table.hit_policy
        pairs = (
            (first, second)
            for first, second in overlaps(self.columns, self.rows, self.budget)
            if not (self.dead >> first & 1 or self.dead >> second & 1)
            and doubled.get(second) != first
            and (policy == "UNIQUE" or self._differ(first, second))
        )
        for first, second in islice(pairs, MOST_TOLD):
            told = example_of(self.table, self.axes, self._common(first, second))
            rows = f"Rows {first + 1} and {second + 1} of the {self.where} both fire{f' for {told}' if told else ''}"
            element = self.table.rules[second].element
            if policy == "UNIQUE":
                mend = "Narrow one of them, or choose the hit policy First."
                self.warn(element, f"{rows}, but the hit policy Unique allows one.", mend)
            else:
                mend = "Give them the same outputs, narrow one of them, or choose another hit policy."
                self.warn(element, f"{rows} with different outputs, which the hit policy Any forbids.", mend)
        if next(pairs, None):
            self._more(f"More rows of the {self.where} fire together.")

    def _more(self, message: str) -> None:
        self.warn(self.table.element, message, "Mend those that are named, then check again.")

    def _differ(self, first: int, second: int) -> bool:
        """Whether two rows surely give different outputs."""
        pairs = zip(self.outputs[first], self.outputs[second], strict=True)
        return any(one and other and feel.equal(one[0], other[0]) is False for one, other in pairs)

    def _common(self, first: int, second: int) -> Box:
        """For each column pieces that both rows accept; no piece where that is not known."""
        return tuple(
            next(
                (
                    atom.pieces
                    for atoms in (column.expected, column.meeting)
                    for atom in atoms
                    if atom.surely >> first & 1 and atom.surely >> second & 1
                ),
                0,
            )
            for column in self.columns
        )

    def _hidden(self, doubled: dict[int, int]) -> None:
        told = 0
        self.budget.spend(sum(column.work() for column in self.columns))
        for row in range(self.rows):
            blockers = self._stronger(row)
            if row in doubled or self.dead >> row & 1 or not blockers:
                continue
            if is_hidden(self.columns, row, blockers, self.budget):
                told += 1
                if told > MOST_TOLD:
                    self._more(f"More rows of the {self.where} never decide.")
                    break
                by = reduce(lambda left, column: left & column.containing(row), self.columns, blockers)
                rows = (
                    f"row {next(bits(by)) + 1} fires and comes first"
                    if by
                    else f"rows {_listed(self._touching(row, blockers))} together fire and come first"
                )
                message = f"Row {row + 1} of the {self.where} never decides: wherever it fires, {rows}."
                self.warn(self.table.rules[row].element, message, "Move it up, narrow what is above it, or remove it.")

    def _touching(self, row: int, blockers: int) -> list[int]:
        """Those of the blockers that have something in common with a row, at most five."""
        for column in self.columns:
            blockers &= column.beside(row)
        return [*bits(blockers)][:5]

    def _stronger(self, row: int) -> int:
        """The rows whose output is taken before that of a row, when both fire."""
        self.budget.spend(self.rows)
        earlier = (1 << row) - 1
        if self.table.hit_policy == "FIRST":
            return earlier
        if self.table.hit_policy == "ANY":
            same = (other for other in range(row) if self._alike(other, row))
            return sum(1 << other for other in same)
        mine = self.ranks[row]
        if mine is None:
            return 0
        others = enumerate(self.ranks)
        return sum(1 << i for i, rank in others if rank is not None and (rank < mine or (rank == mine and i < row)))

    def _alike(self, first: int, second: int) -> bool:
        return all(
            one is not None and other is not None and feel.equal(one[0], other[0]) is True
            for one, other in zip(self.outputs[first], self.outputs[second], strict=True)
        )

    def _ranks(self) -> list[list[int] | None]:
        """For each row the places of its outputs in the priorities; None if that is not known."""
        orders = []
        for output in self.table.outputs:
            values = [_constant(node) for node in output.values.nodes] if output.values else []
            if any(value is None for value in values):
                return [None] * self.rows
            orders.append([value[0] for value in values if value])
        return [_rank(known, orders) for known in self.outputs]

    def _gaps(self) -> None:
        boxes = gaps(self.columns, self.budget, _GAPS_SOUGHT)
        for box in boxes[:MOST_TOLD]:
            region, example = described(self.table, self.axes, self.columns, box)
            message = f"No row of the {self.where} covers {example}" + (
                f" (nor any other with {region})." if region else "."
            )
            self.warn(self.table.element, message, "Add a row for it, or a default output.")
        if len(boxes) > MOST_TOLD:
            message = f"The {self.where} has more gaps than these {MOST_TOLD}."
            self.warn(self.table.element, message, "Add a last row that is “-” everywhere, or a default output.")


def _names_null(cell: feel.UnaryTests | None) -> bool:
    return cell is not None and any(_constant(node) == (None,) for node in cell.nodes)


def _known(output: feel.Expression | None) -> tuple[object] | None:
    return _constant(output.node) if output else (None,)


def _constant(node: feel.nodes.Node) -> tuple[object] | None:
    """The value of a constant, in a tuple; None for what is none."""
    try:
        return (constant(node),)
    except NotConstant:
        return None


def _rank(outputs: Sequence[tuple[object] | None], orders: Sequence[Sequence[object]]) -> list[int] | None:
    ranks = []
    for output, order in zip(outputs, orders, strict=True):
        if output is None:
            return None
        places = [place for place, value in enumerate(order) if feel.equal(value, output[0]) is True]
        ranks.append(places[0] if places else len(order))
    return ranks


def _listed(rows: Sequence[int]) -> str:
    numbers = [str(row + 1) for row in rows]
    return f"{', '.join(numbers[:-1])} and {numbers[-1]}" if len(numbers) > 1 else "".join(numbers)
