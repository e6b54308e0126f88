"""Short ways to an answer that need no scope: a variable, or what stands behind its points, alone or compared.

They answer for values that are the same in FEEL and outside of it, and None for all others: then the whole way is gone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from service.feel import nodes as n
from service.feel.comparisons import HOLDS

ShortWay = Callable[[Mapping[str, Any]], Any]
ShortWayOfItems = Callable[[list[Any]], tuple[list[Any], Sequence[int]]]


def short_way(node: n.Node) -> ShortWay | None:
    """From variables as they come from outside to the value of an expression, if it has a short way."""
    return _reading(steps) if (steps := n.names_of(node)) else _condition(node)


def short_way_of_items(condition: n.Node) -> ShortWayOfItems:
    """From the items of a list to the answer of a filter's condition for each, and which have none yet."""
    match condition:
        case n.Comparison(sign, n.Name(name), n.Literal(Decimal() | str() as value)):
            return _comparison_of_items(name, sign, value)
    answer = _condition(condition)

    def answers(items: list[Any]) -> tuple[list[Any], Sequence[int]]:
        if answer is None:
            return [None] * len(items), range(len(items))
        told = [answer(item if type(item) is dict else {"item": item}) for item in items]
        return told, [index for index, one in enumerate(told) if one is None]

    return answers


def _reading(steps: tuple[str, ...]) -> ShortWay:
    first, rest = steps[0], steps[1:]

    def answer(variables: Mapping[str, Any]) -> Any:
        found = variables.get(first)
        for step in rest:
            if type(found) is not dict:
                return None
            found = found.get(step)
        kind = type(found)
        return found if kind is str or kind is Decimal or kind is bool else None

    return answer


def _condition(node: n.Node) -> ShortWay | None:
    """True or False, or None."""
    match node:
        case n.Comparison(sign, left, n.Literal(Decimal() | str() as value)) if steps := n.names_of(left):
            return _comparison(steps, sign, value)
        case n.And(left, right) if (first := _condition(left)) and (second := _condition(right)):
            return _both(first, second)
        case n.Or(left, right) if (first := _condition(left)) and (second := _condition(right)):
            return _either(first, second)
    return None


def _kinds(value: Decimal | str) -> tuple[type, type]:
    """What can be compared with a value as it is: Python compares its whole numbers with Decimal exactly."""
    return (str, str) if isinstance(value, str) else (Decimal, int)


def _comparison(steps: tuple[str, ...], sign: str, value: Decimal | str) -> ShortWay:
    first, rest, holds, (cls, other) = steps[0], steps[1:], HOLDS[sign], _kinds(value)

    def answer(variables: Mapping[str, Any]) -> bool | None:
        found = variables.get(first)
        for step in rest:
            if type(found) is not dict:
                return None
            found = found.get(step)
        kind = type(found)
        return holds(found, value) if kind is cls or kind is other else None

    return answer


def _comparison_of_items(name: str, sign: str, value: Decimal | str) -> ShortWayOfItems:
    holds, (cls, other), is_item = HOLDS[sign], _kinds(value), name == "item"

    def answers(items: list[Any]) -> tuple[list[Any], Sequence[int]]:
        told: list[bool | None] = []
        untold: list[int] = []
        for item in items:
            try:
                found = item[name] if type(item) is dict else item if is_item else None
            except KeyError:
                found = None
            kind = type(found)
            if kind is cls or kind is other:
                told.append(holds(found, value))
            else:
                untold.append(len(told))
                told.append(None)
        return told, untold

    return answers


def _both(first: ShortWay, second: ShortWay) -> ShortWay:
    def answer(variables: Mapping[str, Any]) -> Any:
        told = first(variables)
        return second(variables) if told is True else told

    return answer


def _either(first: ShortWay, second: ShortWay) -> ShortWay:
    def answer(variables: Mapping[str, Any]) -> Any:
        told = first(variables)
        return second(variables) if told is False else told

    return answer
