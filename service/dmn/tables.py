"""Decision tables: which rules fire, and what the hit policy makes of them (DMN 1.5, chapter 8)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any

from service import feel
from service.dmn.columns import Bits, CellWarning, Column, bits
from service.dmn.record import DecisionFailure, Evaluating, MatchedRule, TableRun
from service.dmn.types import Type, fit, taken
from service.feel.arithmetic import calculate
from service.feel.comparisons import Test
from service.feel.environment import Compiled, Scope
from service.feel.values import compare, kind

MANY = frozenset({"COLLECT", "RULE ORDER", "OUTPUT ORDER"})
_SUMMED = frozenset({"number", "days and time duration", "years and months duration"})


@dataclass(frozen=True, slots=True)
class Input:
    """`text` is the expression as it is written."""

    id: str
    label: str
    text: str
    expression: Compiled
    type: Type
    allowed: feel.UnaryTests | None


@dataclass(frozen=True, slots=True)
class Output:
    """`allowed` are the output values, and `order` each of them for itself, highest priority first."""

    id: str
    name: str
    type: Type
    order: tuple[Test, ...]
    allowed: feel.UnaryTests | None
    default: Compiled | None


@dataclass(frozen=True, slots=True)
class Rule:
    id: str
    tests: tuple[feel.UnaryTests | None, ...]  # None is `-`
    outputs: tuple[Compiled, ...]
    annotation: str
    legal_basis: str


@dataclass(frozen=True, slots=True)
class _Hit:
    row: int
    values: list[Any]


@dataclass(frozen=True)
class DecisionTable:
    """Evaluated like any logic: called with a scope, answers the output. Raises DecisionFailure, FeelLimit."""

    name: str
    hit_policy: str
    aggregation: str  # of COLLECT: SUM, MIN, MAX, COUNT; empty for a list
    inputs: tuple[Input, ...]
    outputs: tuple[Output, ...]
    rules: tuple[Rule, ...]

    def __call__(self, scope: Scope) -> Any:
        env = scope.env
        env.step(1 + len(self.rules))
        values = [self._input(column, scope) for column in self.inputs]
        matching, refused, tried = self._match(values, scope)
        hits = [_Hit(bit + 1, self._entries(bit, scope)) for bit in bits(matching)]
        by_default = not hits and any(column.default for column in self.outputs)
        fired: list[_Hit] = []
        try:
            fired = self._fired(hits, scope)
            return self._default(scope) if by_default else self._output(fired, scope)
        finally:  # how it came to fail is told too
            if isinstance(env, Evaluating):
                told = tuple(
                    [(column.id, column.label, value) for column, value in zip(self.inputs, values, strict=True)]
                )
                matched = tuple([self._told(hit) for hit in fired])
                env.tables.append(TableRun(self.name, told, refused, tried, matched, by_default))

    # Which rules match -----------------------------------------------------------------------------------------

    @cached_property
    def _columns(self) -> tuple[Column, ...]:
        return tuple(
            Column(number, [rule.tests[number - 1] for rule in self.rules]) for number in range(1, len(self.inputs) + 1)
        )

    def _input(self, column: Input, scope: Scope) -> Any:
        mark = len(scope.env.warnings)
        value = taken(column.expression(scope), column.type, scope.env)
        _place(scope, mark, f"input “{column.label}”")
        if column.allowed and value is not None and column.allowed.passes(value, scope) is not True:
            raise DecisionFailure(
                f"the input “{column.label}” is {feel.show(value, inside=True)}, which is none of its allowed values "
                f"{column.allowed.text}"
            )
        return value

    def _match(self, values: Sequence[Any], scope: Scope) -> tuple[Bits, tuple[Bits, ...], int]:
        """The rows that match, for each column those that it refused, and how many rows were tried."""
        tried = len(self.rules)
        matching, refused = (1 << tried) - 1, []
        warned: list[CellWarning] = []
        for column, value in zip(self._columns, values, strict=True):
            passing = column.passing(value, matching, scope, warned)
            refused.append(matching ^ passing)
            matching = passing
        if self.hit_policy == "FIRST" and matching:
            matching &= -matching
            tried = matching.bit_length()
            refused = [rows & (1 << tried) - 1 for rows in refused]
        for row, column_number, message in sorted(warned) if warned else ():
            if row <= tried:
                scope.env.warn(f"row {row}, “{self.inputs[column_number - 1].label}”: {message}")
        return matching, tuple(refused), tried

    def _entries(self, bit: int, scope: Scope) -> list[Any]:
        """The output entries of a row, as values of their types."""
        values = []
        for entry, column in zip(self.rules[bit].outputs, self.outputs, strict=True):
            mark = len(scope.env.warnings)
            value = fit(entry(scope), column.type, scope.env)
            if column.allowed and value is not None and column.allowed.passes(value, scope) is not True:
                scope.env.warn(f"{feel.show(value, inside=True)} is none of the output values {column.allowed.text}")
            _place(scope, mark, f"row {bit + 1}, “{column.name}”")
            values.append(value)
        return values

    def _told(self, hit: _Hit) -> MatchedRule:
        rule = self.rules[hit.row - 1]
        told = tuple((column.id, column.name, value) for column, value in zip(self.outputs, hit.values, strict=True))
        return MatchedRule(rule.id, hit.row, told, rule.annotation, rule.legal_basis)

    # What comes of them ----------------------------------------------------------------------------------------

    def _fired(self, hits: list[_Hit], scope: Scope) -> list[_Hit]:
        """The rows that count, in the order that the hit policy asks for."""
        if self.hit_policy == "UNIQUE" and len(hits) > 1:
            raise DecisionFailure(f"rows {_rows(hits)} fire together, but the hit policy Unique allows one")
        if self.hit_policy == "ANY" and any(feel.equal(a.values, b.values) is not True for a, b in pairwise(hits)):
            message = f"rows {_rows(hits)} fire together with different outputs, which the hit policy Any forbids"
            raise DecisionFailure(message)
        if self.hit_policy in ("PRIORITY", "OUTPUT ORDER") and len(hits) > 1:
            hits = sorted(hits, key=lambda hit: self._rank(hit, scope))
        return hits if self.hit_policy in MANY else hits[:1]

    def _rank(self, hit: _Hit, scope: Scope) -> list[int]:
        """For each output the place among its output values; a value that is none of them comes last."""
        return [
            next((place for place, test in enumerate(column.order) if test(value, scope) is True), len(column.order))
            for value, column in zip(hit.values, self.outputs, strict=True)
        ]

    def _output(self, fired: list[_Hit], scope: Scope) -> Any:
        if self.aggregation:
            return self._aggregate([hit.values for hit in fired], scope)
        if self.hit_policy in MANY:
            # The empty collection is a collection; an order without anything in it is nothing.
            return [self._shape(hit.values) for hit in fired] if fired or self.hit_policy == "COLLECT" else None
        return self._shape(fired[0].values) if fired else None

    def _default(self, scope: Scope) -> Any:
        values = []
        for column in self.outputs:
            mark = len(scope.env.warnings)
            values.append(fit(column.default(scope), column.type, scope.env) if column.default else None)
            _place(scope, mark, f"default of “{column.name}”")
        shaped = self._shape(values)
        return [shaped] if self.hit_policy in MANY and not self.aggregation else shaped

    def _shape(self, values: list[Any]) -> Any:
        if len(self.outputs) == 1:
            return values[0]
        return {column.name: value for column, value in zip(self.outputs, values, strict=True)}

    def _aggregate(self, rows: list[list[Any]], scope: Scope) -> Any:
        if self.aggregation == "COUNT":
            return feel.from_python(len(rows))
        if len(self.outputs) > 1:
            raise DecisionFailure(f"{self.aggregation} has no meaning for a table of several outputs")
        values = [row[0] for row in rows]
        return _AGGREGATIONS[self.aggregation](values, scope) if values else None


def _place(scope: Scope, mark: int, place: str) -> None:
    """Say of the warnings from a mark on where they arose."""
    warnings = scope.env.warnings
    if len(warnings) > mark:
        warnings[mark:] = [f"{place}: {message}" for message in warnings[mark:]]


def _rows(hits: list[_Hit]) -> str:
    return ", ".join(str(hit.row) for hit in hits)


def _sum(values: list[Any], scope: Scope) -> Any:
    kinds = {kind(value) for value in values}
    if len(kinds) != 1 or not kinds <= _SUMMED:
        raise DecisionFailure("the outputs to be summed are not all numbers, or durations of one kind")
    total = values[0]
    for value in values[1:]:
        total = calculate("+", total, value, scope.env.warn)
    return total


def _best(sign: str) -> Callable[[list[Any], Scope], Any]:
    def best(values: list[Any], scope: Scope) -> Any:
        found = values[0]
        for value in values:
            better = compare(sign, value, found)
            if better is None:
                raise DecisionFailure("the outputs cannot be compared with each other")
            found = value if better else found
        return found

    return best


_AGGREGATIONS: dict[str, Callable[[list[Any], Scope], Any]] = {"SUM": _sum, "MIN": _best("<"), "MAX": _best(">")}
