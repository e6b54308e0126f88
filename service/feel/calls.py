"""The calls of a function within an expression, read without evaluating it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from service.feel import nodes as n
from service.feel.environment import Environment, Scope
from service.feel.evaluator import compile_node
from service.feel.expressions import Expression


def calls(
    expression: Expression, function: str, parameters: Sequence[str]
) -> Iterator[tuple[tuple[str, ...], Mapping[str, Any]]]:
    """For each call in the order of the text, the names of its first argument (none if that is no variable), and the
    values of the others by name, as far as they are there without variables."""
    yield from _calls(expression.node, function, parameters)


def _calls(
    node: n.Node, function: str, parameters: Sequence[str]
) -> Iterator[tuple[tuple[str, ...], Mapping[str, Any]]]:
    if isinstance(node, n.Call) and node.function == n.Name(function):
        given = dict(node.named) or dict(zip(parameters, node.positional, strict=False))
        first = given.pop(parameters[0], None)
        yield n.names_of(first) if first else (), {name: _constant(value) for name, value in given.items()}
    for child in node.children():
        yield from _calls(child, function, parameters)


def _constant(node: n.Node) -> Any:
    try:
        return compile_node(node)(Scope({}, Environment(now=lambda: datetime.min.replace(tzinfo=UTC)), None, True))
    except (ArithmeticError, RecursionError, ValueError):
        return None
