"""Conditions that need no scope: variables, or what stands behind their points, compared with a number or a text."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from service.feel import nodes as n
from service.feel.comparisons import HOLDS

# True or False for variables as they come from outside; None where the whole way through the scopes must be gone.
Quick = Callable[[Mapping[str, Any]], bool | None]


def quick(node: n.Node) -> Quick | None:
    """The short way to a condition's answer, if it has one; it never answers other than the whole way would."""
    match node:
        case n.Comparison(sign, left, n.Literal(Decimal() | str() as value)) if steps := n.names_of(left):
            return _comparison(steps, HOLDS[sign], value)
        case n.And(left, right) if (first := quick(left)) and (second := quick(right)):
            return _and(first, second)
        case n.Or(left, right) if (first := quick(left)) and (second := quick(right)):
            return _or(first, second)
    return None


def _comparison(steps: tuple[str, ...], holds: Callable[[Any, Any], bool], value: Decimal | str) -> Quick:
    first, rest = steps[0], steps[1:]
    # JSON's whole numbers are compared as they are: Python compares them with Decimal exactly.
    cls, other = (str, str) if isinstance(value, str) else (Decimal, int)

    def answer(variables: Mapping[str, Any]) -> bool | None:
        found = variables.get(first)
        for step in rest:
            if type(found) is not dict:
                return None
            found = found.get(step)
        kind = type(found)
        return holds(found, value) if kind is cls or kind is other else None

    return answer


def _and(first: Quick, second: Quick) -> Quick:
    def answer(variables: Mapping[str, Any]) -> bool | None:
        told = first(variables)
        return second(variables) if told is True else told

    return answer


def _or(first: Quick, second: Quick) -> Quick:
    def answer(variables: Mapping[str, Any]) -> bool | None:
        told = first(variables)
        return second(variables) if told is False else told

    return answer
