"""Decision tables: which rules fire, and what the hit policy makes of them (DMN 1.5, chapter 8)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from service import feel
from service.dmn.record import DecisionFailure, Evaluating, MatchedRule
from service.dmn.types import Type, fit
from service.feel.environment import Compiled, Scope
from service.feel.values import NUMBERS, compare


@dataclass(frozen=True, slots=True)
class Input:
    id: str
    label: str
    expression: Compiled
    type: Type
    allowed: feel.UnaryTests | None


@dataclass(frozen=True, slots=True)
class Output:
    """`order` are the output values, highest priority first."""

    id: str
    name: str
    type: Type
    order: tuple[Compiled, ...]
    default: Compiled | None


@dataclass(frozen=True, slots=True)
class Rule:
    id: str
    tests: tuple[feel.UnaryTests | None, ...]  # None is `-`
    outputs: tuple[Compiled, ...]
    annotation: str
    legal_basis: str


@dataclass(frozen=True, slots=True)
class DecisionTable:
    """Evaluated like any logic: called with a scope, answers the output."""

    name: str
    hit_policy: str
    aggregation: str
    inputs: tuple[Input, ...]
    outputs: tuple[Output, ...]
    rules: tuple[Rule, ...]

    def __call__(self, scope: Scope) -> Any:
        env = scope.env
        values = [self._input(column, scope) for column in self.inputs]
        hits: list[tuple[MatchedRule, list[Any]]] = []
        for index, rule in enumerate(self.rules, 1):
            env.step()
            if not self._fires(rule, values, scope):
                continue
            results = [
                fit(entry(scope), column.type, env) for entry, column in zip(rule.outputs, self.outputs, strict=True)
            ]
            told = tuple((column.id, column.name, value) for column, value in zip(self.outputs, results, strict=True))
            hits.append((MatchedRule(rule.id, index, told, rule.annotation, rule.legal_basis), results))
            if self.hit_policy == "FIRST":
                break
        if isinstance(env, Evaluating):
            env.inputs.extend(
                (column.id, column.label, value) for column, value in zip(self.inputs, values, strict=True)
            )
        return self._result(hits, scope)

    def _input(self, column: Input, scope: Scope) -> Any:
        value = fit(column.expression(scope), column.type, scope.env)
        if column.allowed and value is not None and column.allowed.test(value, scope.values, scope.env) is not True:
            raise DecisionFailure(
                f"the input “{column.label}” is {feel.show(value, inside=True)}, which is none of its allowed values "
                f"{column.allowed.text}"
            )
        return value

    def _fires(self, rule: Rule, values: Sequence[Any], scope: Scope) -> bool:
        return all(
            test is None or test.passes(value, scope) is True for test, value in zip(rule.tests, values, strict=True)
        )

    def _result(self, hits: list[tuple[MatchedRule, list[Any]]], scope: Scope) -> Any:
        if self.hit_policy == "UNIQUE" and len(hits) > 1:
            rows = ", ".join(str(rule.index) for rule, _ in hits)
            raise DecisionFailure(f"rows {rows} fire together, but the hit policy Unique allows one")
        if self.hit_policy == "ANY" and any(feel.equal(hits[0][1], results) is not True for _, results in hits):
            rows = ", ".join(str(rule.index) for rule, _ in hits)
            raise DecisionFailure(f"rows {rows} fire together with different outputs, which the hit policy Any forbids")
        if self.hit_policy in ("PRIORITY", "OUTPUT ORDER"):
            hits = sorted(hits, key=lambda hit: self._rank(hit[1], scope))
        many = self.hit_policy in ("COLLECT", "RULE ORDER", "OUTPUT ORDER")
        hits = hits if many else hits[:1]
        if isinstance(scope.env, Evaluating):
            scope.env.matched.extend(rule for rule, _ in hits)
        shaped = [self._shape(results) for _, results in hits]
        if not hits and any(column.default for column in self.outputs):
            default = [column.default(scope) if column.default else None for column in self.outputs]
            return [self._shape(default)] if many and not self.aggregation else self._shape(default)
        if self.aggregation:
            return self._aggregate(shaped)
        if many:
            return shaped if shaped or self.hit_policy == "COLLECT" else None
        return shaped[0] if shaped else None

    def _shape(self, results: list[Any]) -> Any:
        if len(self.outputs) == 1:
            return results[0]
        return {column.name: value for column, value in zip(self.outputs, results, strict=True)}

    def _rank(self, results: list[Any], scope: Scope) -> list[int]:
        ranks = []
        for column, value in zip(self.outputs, results, strict=True):
            order = [one(scope) for one in column.order]
            same = [index for index, one in enumerate(order) if feel.equal(one, value) is True]
            ranks.append(same[0] if same else len(order))
        return ranks

    def _aggregate(self, values: list[Any]) -> Any:
        if self.aggregation == "COUNT":
            return Decimal(len(values))
        if not values:
            return None
        if self.aggregation == "SUM":
            if not all(isinstance(value, Decimal) for value in values):
                raise DecisionFailure("the outputs to be summed are not all numbers")
            total = Decimal(0)
            for value in values:
                total = NUMBERS.add(total, value)
            return total
        best = values[0]
        for value in values:
            less = compare("<" if self.aggregation == "MIN" else ">", value, best)
            if less is None:
                raise DecisionFailure("the outputs cannot be compared with each other")
            best = value if less else best
        return best
