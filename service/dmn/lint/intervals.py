"""The values of a column cut into pieces, on each of which every cell of the column says one and the same."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cmp_to_key
from typing import Any

from service import feel
from service.dmn.columns import bits
from service.feel import nodes as n
from service.feel.arithmetic import calculate
from service.feel.environment import Scope
from service.feel.evaluator import compile_node
from service.feel.values import NUMBERS, compare

SCALARS = frozenset(
    {
        "boolean",
        "date",
        "date and time",
        "days and time duration",
        "number",
        "string",
        "time",
        "years and months duration",
    }
)
# A text that stands for all those that no cell names.
OTHER = "other"
NULL, FOREIGN = "null", "foreign"
# Functions that give the same for the same arguments, whatever the time and the calendar.
_FIXED = frozenset({"date", "time", "date and time", "duration", "years and months duration", "number"})
# How far from an end the next value is looked for.
_STEPS = {
    "date": ("P1D",),
    "date and time": ("P1D", "PT1H", "PT1M", "PT1S"),
    "time": ("PT1H", "PT1M", "PT1S"),
    "days and time duration": ("P1D", "PT1H", "PT1M", "PT1S"),
    "years and months duration": ("P1Y", "P1M"),
    "number": (),
}
_WHOLE = frozenset({"date", "years and months duration"})  # between neighbours there is nothing
_EXACT = 10**30  # numbers below have a next whole number


class NotConstant(ValueError):
    """What an expression gives depends on more than its text."""


class Unordered(ValueError):
    """The ends of a column's intervals cannot be put in a row."""


@dataclass(frozen=True, slots=True)
class Constant:
    """What a test on constants lets pass: values in these ranges, or, `inverse`, all others of their kind."""

    ranges: tuple[feel.Range, ...]
    null: bool = False
    inverse: bool = False
    is_empty: bool = False  # an interval that ends before it begins

    @property
    def kinds(self) -> frozenset[str]:
        return frozenset(kind_of(one) for one in self.ranges)


@dataclass(frozen=True, slots=True)
class Piece:
    """One value, or the open interval between two.

    `exists` is false where it may hold no value at all, `is_empty` true where it surely holds none.
    """

    kind: str
    low: Any = None
    high: Any = None
    is_point: bool = False
    example: Any = None
    exists: bool = True
    is_empty: bool = False


@dataclass(frozen=True, slots=True)
class Passing:
    """The pieces, as bits, on which a cell may be true, and those on which it surely is."""

    may: int
    surely: int


def environment() -> feel.Environment:
    """Where constants are evaluated: little work, and the time does not matter to them."""
    return feel.Environment(now=lambda: datetime(2000, 1, 1, tzinfo=UTC), max_steps=2_000)


def constant(node: n.Node) -> Any:
    """The value of an expression that reads no variable; raises NotConstant."""
    if not _is_fixed(node):
        raise NotConstant
    try:
        return compile_node(node)(Scope({}, environment()))
    except (ArithmeticError, RecursionError, ValueError):
        raise NotConstant from None


def _is_fixed(node: n.Node) -> bool:
    match node:
        case n.Literal():
            return True
        case n.Call(n.Name(name), positional, named):
            return name in _FIXED and all(map(_is_fixed, (*positional, *(value for _, value in named))))
        case n.Negation() | n.Arithmetic() | n.RangeOf() | n.UnaryComparison() | n.ListOf():
            return all(map(_is_fixed, node.children()))
    return False


def test_of(node: n.Node) -> Constant | None:
    """What one test of a cell lets pass, if that is known from its text alone."""
    try:
        if isinstance(node, n.UnaryComparison):
            return _comparison(node.operator, constant(node.endpoint))
        value = constant(node)
    except NotConstant:
        return None
    if isinstance(node, n.RangeOf) and value is None:
        return Constant((), is_empty=True)
    return _of_values(value if isinstance(value, list) else [value])


def _comparison(sign: str, end: Any) -> Constant | None:
    if feel.kind(end) not in SCALARS:
        return None
    if sign in ("=", "!="):
        return Constant((feel.Range(end, end),), inverse=sign == "!=")
    if sign[0] == "<":
        return Constant((feel.Range(None, end, False, sign == "<="),))
    return Constant((feel.Range(end, None, sign == ">=", False),))


def _of_values(values: Sequence[Any]) -> Constant | None:
    ranges = []
    for value in values:
        if isinstance(value, feel.Range):
            ranges.append(value)
        elif feel.kind(value) in SCALARS:
            ranges.append(feel.Range(value, value))
        elif value is not None:
            return None
    if not all(kind_of(one) in SCALARS for one in ranges):
        return None
    return Constant(tuple(ranges), null=None in values)


def kind_of(range_: feel.Range) -> str:
    return feel.kind(range_.start if range_.start is not None else range_.end)


class Axis:
    """The pieces of one column, made by the ends that its cells name.

    `kind` is that of its values if it is declared, None if they may be of any; `whole` says that numbers have no
    fractions. What is no scalar cannot be cut: then a cell may be true or not. Raises Unordered.
    """

    def __init__(self, cells: Iterable[feel.UnaryTests], kind: str | None, *, whole: bool = False) -> None:
        self.is_opaque = kind is not None and kind not in SCALARS
        self.tests = {} if self.is_opaque else {cell.text: tuple(map(test_of, cell.nodes)) for cell in cells}
        ends: dict[str, list[Any]] = {}
        for range_ in (one for tests in self.tests.values() for test in tests if test for one in test.ranges):
            ends.setdefault(kind_of(range_), []).extend(end for end in (range_.start, range_.end) if end is not None)
        self.kinds = {kind} if kind in SCALARS else set(ends)
        self.pieces: list[Piece] = []
        self.first: dict[str, int] = {}  # where the pieces of a kind begin
        self.places: dict[str, dict[Any, int]] = {}  # the place of an end among those of its kind
        self.of_kind: dict[str, int] = {}  # all pieces of a kind
        for one in sorted(self.kinds):
            self._cut(one, ends.get(one, []), whole)
            self.of_kind[one] = (1 << len(self.pieces)) - (1 << self.first[one])
        self.null = self._add(Piece(NULL, is_point=True))
        self.foreign = self._add(Piece(FOREIGN, example={}, exists=False)) if kind not in SCALARS else 0
        self.all = (1 << len(self.pieces)) - 1
        self.empty = sum(1 << index for index, piece in enumerate(self.pieces) if piece.is_empty)
        self.known: dict[str, Passing] = {}

    def existing(self) -> int:
        """The pieces that surely hold a value of the column's kind."""
        return sum(1 << i for i, one in enumerate(self.pieces) if one.exists and one.kind not in (NULL, FOREIGN))

    def passing(self, cell: feel.UnaryTests | None) -> Passing:
        """Where a cell of the column is true; None is `-`."""
        if cell is None or cell.is_any:
            return Passing(self.all, self.all)
        if self.is_opaque:
            return Passing(self.all, 0)
        if cell.text not in self.known:
            self.known[cell.text] = self._passing(cell)
        return self.known[cell.text]

    def mask(self, test: Constant) -> int:
        """The pieces of the values that a test names, null apart."""
        mask = 0
        for range_ in test.ranges:
            kind = kind_of(range_)
            if kind in self.kinds:
                mask |= self._between(kind, range_)
        if test.inverse:
            return sum(self.of_kind[kind] for kind in test.kinds & self.kinds) & ~mask
        return mask

    def _passing(self, cell: feel.UnaryTests) -> Passing:
        tests = self.tests[cell.text]
        known = [test for test in tests if test]
        named = 0
        for test in known:
            named |= self.mask(test) | (self.null if test.null else 0)
        if len(known) < len(tests):
            return Passing(self.all & ~named, 0) if cell.negated else Passing(self.all, named)
        if any(test.is_empty for test in known):
            return Passing(self.all & ~named if cell.negated else named | self.null, 0 if cell.negated else named)
        passing = self._asked(cell, self.null, named) | self._asked(cell, self.foreign, named)
        for kind, pieces in self.of_kind.items():
            if not cell.negated:
                passing |= named & pieces
            elif all(test.kinds <= {kind} for test in known):
                passing |= pieces & ~named
            else:  # a kind that does not fit: what is not named passes altogether, or not at all
                passing |= self._asked(cell, pieces, named)
        return Passing(passing, passing)

    def _asked(self, cell: feel.UnaryTests, pieces: int, named: int) -> int:
        if cell.negated:
            pieces &= ~named
        for index in bits(pieces):
            passes = cell.test(self.pieces[index].example, {}, environment()) is True
            return pieces if passes else 0
        return 0

    def _add(self, piece: Piece) -> int:
        self.pieces.append(piece)
        return 1 << len(self.pieces) - 1

    def _between(self, kind: str, range_: feel.Range) -> int:
        places, first = self.places[kind], self.first[kind]
        if kind == "boolean":
            return 1 << first + places[range_.start] if range_.start is range_.end else 0
        low, high = 0, self.of_kind[kind].bit_count() - 1
        if range_.start is not None:
            low = 2 * places[range_.start] + (1 if range_.start_included else 2)
        if range_.end is not None:
            high = 2 * places[range_.end] + (1 if range_.end_included else 0)
        return ((1 << high + 1) - 1 & ~((1 << low) - 1)) << first if low <= high else 0

    def _cut(self, kind: str, ends: list[Any], whole: bool) -> None:
        self.first[kind] = len(self.pieces)
        if kind == "boolean":
            self.places[kind] = {False: 0, True: 1}
            for value in (False, True):
                self._add(Piece(kind, value, value, True, value))
            return
        if kind == "string":
            ends = [*ends, OTHER]
        points: list[Any] = []
        places = self.places[kind] = {}
        for end in sorted(ends, key=cmp_to_key(_order)):
            if not points or _order(points[-1], end):
                points.append(end)
            elif feel.equal(points[-1], end) is not True:
                raise Unordered
            places[end] = len(points) - 1
        low = None
        for point in points:
            self._add(_gap(kind, low, point, whole))
            fits = not whole or kind != "number" or point == point.to_integral_value()
            self._add(Piece(kind, point, point, True, point, fits, not fits))
            low = point
        self._add(_gap(kind, low, None, whole))


def _order(left: Any, right: Any) -> int:
    less = compare("<", left, right)
    if less is None:
        raise Unordered
    return -1 if less else 1 if compare("<", right, left) else 0


def _gap(kind: str, low: Any, high: Any, whole: bool) -> Piece:
    """The open interval between two ends, with a value in it if one is found."""
    try:
        for value in _candidates(kind, low, high, whole):
            above = low is None or compare(">", value, low) is True
            if above and (high is None or compare("<", value, high) is True):
                return Piece(kind, low, high, example=value)
    except ArithmeticError:  # at the very ends of what numbers and dates can be
        return Piece(kind, low, high, exists=False)
    between = low is not None and high is not None
    counted = kind in _WHOLE or (whole and between and abs(low) < _EXACT)
    return Piece(kind, low, high, exists=False, is_empty=between and counted)


def _candidates(kind: str, low: Any, high: Any, whole: bool) -> Iterator[Any]:
    if low is None and high is None:
        yield from (feel.from_python(one) for one in (0, "") if feel.kind(feel.from_python(one)) == kind)
        yield from (value for text in _ANYTHING.get(kind, ()) if (value := feel.parse_literal(text)) is not None)
    elif kind == "string":
        yield from ("",) if low is None else (f"{low} 2", f"{low}0", f"{low} ", f"{low}\0")
    elif kind == "number":
        end = low if low is not None else high
        near = end.to_integral_value(rounding="ROUND_FLOOR")
        yield from (NUMBERS.add(near, 1),) if low is not None else (near, NUMBERS.subtract(near, 1))
        if not whole and low is not None and high is not None:
            yield NUMBERS.add(low, NUMBERS.divide(NUMBERS.subtract(high, low), 2))
    else:
        sign, end = ("+", low) if low is not None else ("-", high)
        if kind == "time" and low is None:
            yield feel.parse_literal("00:00:00")
        for step in _STEPS[kind]:
            yield calculate(sign, end, feel.parse_literal(step), lambda _: None)


_ANYTHING = {
    "date": ("2000-01-01",),
    "date and time": ("2000-01-01T00:00:00",),
    "time": ("12:00:00",),
    "days and time duration": ("P1D",),
    "years and months duration": ("P1Y",),
}
