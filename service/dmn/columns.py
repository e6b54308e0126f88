"""The cells of an input column: which rules let a value pass, mostly known without asking each cell anew.

Cells that hold only numbers, texts, booleans and null, alone, compared with, as ends of intervals or in lists, answer
alike for all values between two neighbouring ones of theirs. So each such stretch is asked once and its answer kept:
by evaluating the cells themselves, which is why it cannot differ from theirs.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

from service.feel import UnaryTests
from service.feel import nodes as n
from service.feel.environment import Environment, Scope

Bits = int  # a set of rows: the lowest bit is row 1
CellWarning = tuple[int, int, str]  # row and column from 1, what the cell warns of
_Stretch = tuple[type, Any]
_NULL = type(None)
# Each is as many bits as the table has rows, so all of a table of 20,000 different values would fill the memory.
_MOST_KNOWN = 2_000


class Column:
    """The tests of one column, from row 1 on; None is a cell that lets everything pass."""

    def __init__(self, number: int, tests: Sequence[UnaryTests | None]) -> None:
        self._number, self._tests = number, tests
        self._everything: Bits = 0
        self._fixed: Bits = 0
        values: dict[type, set[Any]] = {Decimal: set(), str: set(), bool: set(), _NULL: set()}
        for bit, test in enumerate(tests):
            if test is None:
                self._everything |= 1 << bit
                continue
            found = _all_values(test)
            if found is not None:
                self._fixed |= 1 << bit
                for value in found:
                    values[type(value)].add(value)
        self._asked: Bits = ((1 << len(tests)) - 1) & ~self._fixed & ~self._everything
        self._borders = {kind: sorted(values[kind]) for kind in (Decimal, str)}
        self._known: dict[_Stretch, tuple[Bits, tuple[CellWarning, ...]]] = {}

    def passing(self, value: Any, among: Bits, scope: Scope, warned: list[CellWarning]) -> Bits:
        """Which of some rows let a value pass; adds to what they warn of. Raises FeelLimit."""
        stretch = self._stretch(value)
        if stretch is None:
            return among & self._everything | self._ask(value, among & ~self._everything, scope, warned)
        known = self._known.get(stretch)
        if known is None:
            warnings: list[CellWarning] = []
            alone = Scope({}, Environment(now=scope.env.now))  # these cells read nothing
            passing = self._everything | self._ask(value, self._fixed, alone, warnings)
            if len(self._known) >= _MOST_KNOWN:
                self._known.clear()
            known = self._known[stretch] = passing, tuple(warnings)
        if known[1]:
            warned.extend(warning for warning in known[1] if among >> warning[0] - 1 & 1)
        asked = among & self._asked
        return among & known[0] | self._ask(value, asked, scope, warned) if asked else among & known[0]

    def _stretch(self, value: Any) -> _Stretch | None:
        """What all values have in common that fixed cells cannot tell from this one; None for those that they can."""
        kind = type(value)
        borders = self._borders.get(kind)
        if borders is not None:
            place = bisect_left(borders, value)
            return kind, place * 2 + (place < len(borders) and borders[place] == value)
        return (kind, value) if kind is bool or kind is _NULL else None

    def _ask(self, value: Any, rows: Bits, scope: Scope, warned: list[CellWarning]) -> Bits:
        warnings, passing = scope.env.warnings, 0
        for bit in bits(rows):
            mark, test = len(warnings), self._tests[bit]
            if test is None or test.passes(value, scope) is True:
                passing |= 1 << bit
            if len(warnings) > mark:
                warned.extend((bit + 1, self._number, message) for message in warnings[mark:])
                del warnings[mark:]
        return passing


def bits(rows: Bits) -> Iterator[int]:
    """The positions of the bits that are set, from the lowest."""
    while rows:
        lowest = rows & -rows
        yield lowest.bit_length() - 1
        rows ^= lowest


def _all_values(test: UnaryTests) -> list[Any] | None:
    """The values that a cell compares with; None if its answer may depend on more than these."""
    found: list[Any] = []
    for node in test.nodes:
        items = node.items if isinstance(node, n.ListOf) else (node,)
        for item in items:
            values = _values(item)
            if values is None:
                return None
            found.extend(values)
    return found


def _values(node: n.Node) -> list[Any] | None:
    match node:
        case n.UnaryComparison(_, endpoint):
            return _scalar(endpoint)
        case n.RangeOf(start, end):
            low, high = (_scalar(one) if one is not None else [] for one in (start, end))
            return None if low is None or high is None else [*low, *high]
    return _scalar(node)


def _scalar(node: n.Node) -> list[Any] | None:
    match node:
        case n.Literal(Decimal() | str() | bool() | None as value):
            return [value]
        case n.Negation(n.Literal(Decimal() as value)):
            return [value.copy_negate()]
    return None
