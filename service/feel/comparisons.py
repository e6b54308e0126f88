"""Comparisons to closures: `<`, `between`, `in`, and the tests of a decision table's cells."""

from __future__ import annotations

import operator
from collections.abc import Callable
from decimal import Decimal
from functools import partial
from typing import Any

from service.feel import nodes as n
from service.feel.environment import Compiled, Environment, Scope
from service.feel.evaluator import COMPILERS, both, compile_node, either, mentions
from service.feel.values import Range, compare, equal, kind

# For numbers, and for texts, Python's own comparisons are those of FEEL.
HOLDS: dict[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_MIRRORED = {"=": "=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}


def _comparison(node: n.Comparison) -> Compiled:
    sign, left, right = node.operator, compile_node(node.left), compile_node(node.right)

    holds = HOLDS[sign]

    def evaluate(scope: Scope) -> bool | None:
        first, second = left(scope), right(scope)
        cls = type(first)
        if cls is type(second) and (cls is Decimal or cls is str):
            return holds(first, second)
        return _compare(sign, first, second, scope.env)

    return evaluate


def _compare(sign: str, left: Any, right: Any, env: Environment) -> bool | None:
    if sign in ("=", "!="):
        if isinstance(left, (list, dict)):
            env.made(left)
        same = equal(left, right)
        result = same if sign == "=" or same is None else not same
    else:
        result = compare(sign, left, right)
    if result is None and left is not None and right is not None:
        env.warn(f"{kind(left)} and {kind(right)} cannot be compared by “{sign}”")
    return result


def _between(node: n.Between) -> Compiled:
    operand, low, high = compile_node(node.operand), compile_node(node.low), compile_node(node.high)

    def evaluate(scope: Scope) -> bool | None:
        value = operand(scope)
        return both(compare(">=", value, low(scope)), compare("<=", value, high(scope)))

    return evaluate


def _in(node: n.In) -> Compiled:
    operand = compile_node(node.operand)
    tests = [compile_test(test) for test in node.tests]

    def evaluate(scope: Scope) -> bool | None:
        value = operand(scope)
        scope.env.step(len(tests))
        result: bool | None = False
        for test in tests:
            result = either(result, test(value, scope))
            if result:
                return True
        return result

    return evaluate


def _unary_comparison(node: n.UnaryComparison) -> Compiled:
    endpoint, sign = compile_node(node.endpoint), node.operator

    def evaluate(scope: Scope) -> Any:
        end = endpoint(scope)
        if end is None or sign == "!=":
            return None
        if sign == "=":
            return Range(end, end, is_point=True)
        if sign[0] == "<":
            return Range(None, end, False, sign == "<=")
        return Range(end, None, sign == ">=", False)

    return evaluate


Test = Callable[[Any, Scope], bool | None]


def compile_test(node: n.Node) -> Test:
    """The closure that tests a value: by a comparison, an interval, a list, equality, or a condition on `?`."""
    general, direct = _general_test(node), _direct_test(node)
    if direct is None:
        return general
    cls, passes = direct
    return lambda value, scope: passes(value) if type(value) is cls else general(value, scope)


def _direct_test(node: n.Node) -> tuple[type, Callable[[Any], bool]] | None:
    """For a test by numbers or texts that are written out: the type of the values that it can tell, and how."""
    match node:
        case n.Literal(Decimal() | str() as value):
            return type(value), partial(operator.eq, value)
        case n.UnaryComparison(sign, n.Literal(Decimal() | str() as end)) if sign in _MIRRORED:
            return type(end), partial(HOLDS[_MIRRORED[sign]], end)
        case n.RangeOf(n.Literal(Decimal() as low), n.Literal(Decimal() as high), low_included, high_included):
            if low <= high:
                above, below = HOLDS["<=" if low_included else "<"], HOLDS["<=" if high_included else "<"]
                return Decimal, lambda value: above(low, value) and below(value, high)
    return None


def _general_test(node: n.Node) -> Test:
    if isinstance(node, n.UnaryComparison):
        endpoint, sign = compile_node(node.endpoint), node.operator
        return lambda value, scope: _compare(sign, value, endpoint(scope), scope.env)
    compiled = compile_node(node)
    asks = mentions(node, "?")
    is_literal, is_range = isinstance(node, n.Literal), isinstance(node, n.RangeOf)

    def test(value: Any, scope: Scope) -> bool | None:
        if asks:
            answer = compiled(scope.inner({"?": value}))
            return answer if isinstance(answer, bool) else None
        answer = compiled(scope)
        if is_range and answer is None:
            return None
        if isinstance(answer, Range) and not isinstance(value, Range):
            return answer.contains(value)
        if isinstance(answer, list):
            scope.env.step(len(answer))
        if isinstance(answer, list) and not isinstance(value, list):
            return any(_matches(item, value) for item in answer)
        if isinstance(answer, list) and any(isinstance(item, list) for item in answer):
            return any(equal(item, value) is True for item in answer)
        # A condition that holds for any value; the cell `true` itself is not one, or null would pass it.
        if answer is True and not is_literal and not isinstance(value, bool):
            return True
        return equal(value, answer)

    return test


def _matches(item: Any, value: Any) -> bool:
    return (item.contains(value) if isinstance(item, Range) else equal(item, value)) is True


COMPILERS |= {
    n.Comparison: _comparison,
    n.Between: _between,
    n.In: _in,
    n.UnaryComparison: _unary_comparison,
}
