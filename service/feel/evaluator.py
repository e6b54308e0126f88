"""Nodes to closures: an expression is compiled once and evaluated often."""

from __future__ import annotations

import sys
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from service.feel import nodes as n
from service.feel.arithmetic import calculate, negate
from service.feel.environment import Compiled, Scope
from service.feel.types import coerced, is_instance, type_of
from service.feel.values import FeelLimit, Function, Range, compare

# A call, and a power, are as much work as this many steps.
_CALL, _POWER = 8, 20

# So that functions may call each other as deep as an environment allows, wherever the evaluation began: one call takes
# up to twenty of Python's.
sys.setrecursionlimit(max(sys.getrecursionlimit(), 6_000))


def compile_node(node: n.Node) -> Compiled:
    """The closure that evaluates a node."""
    return COMPILERS[type(node)](node)


def _literal(node: n.Literal) -> Compiled:
    value = node.value
    return lambda scope: value


def _meaningless(node: n.Meaningless) -> Compiled:
    return lambda scope: scope.env.warn(node.reason)


def _name(node: n.Name) -> Compiled:
    name = node.name

    def evaluate(scope: Scope) -> Any:
        value = scope.values.get(name)
        cls = type(value)
        return value if cls is Decimal or cls is str else scope.find(name)

    return evaluate


def _list(node: n.ListOf) -> Compiled:
    items = [compile_node(item) for item in node.items]
    return lambda scope: scope.env.made([item(scope) for item in items])


def _context(node: n.ContextOf) -> Compiled:
    entries = [(key, compile_node(value)) for key, value in node.entries]

    def evaluate(scope: Scope) -> dict[str, Any]:
        result: dict[str, Any] = {}
        inner = scope.inner(result)
        for key, value in entries:
            result[key] = value(inner)
        scope.env.made(result)
        return result

    return evaluate


def _range(node: n.RangeOf) -> Compiled:
    start, end = compile_node(node.start), compile_node(node.end)

    def evaluate(scope: Scope) -> Range | None:
        low, high = start(scope), end(scope)
        if compare("<=", low, high) is not True:
            scope.env.warn("the ends of the range do not fit each other")
            return None
        return Range(low, high, node.start_included, node.end_included)

    if isinstance(node.start, n.Literal) and isinstance(node.end, n.Literal):
        if compare("<=", node.start.value, node.end.value) is True:
            made = Range(node.start.value, node.end.value, node.start_included, node.end_included)
            return lambda scope: made
    return evaluate


def _arithmetic(node: n.Arithmetic) -> Compiled:
    sign, left, right = node.operator, compile_node(node.left), compile_node(node.right)
    steps = _POWER if sign == "**" else 0

    def evaluate(scope: Scope) -> Any:
        if steps:
            scope.env.step(steps)
        result = calculate(sign, left(scope), right(scope), scope.env.warn)
        return scope.env.made(result) if type(result) is str else result

    return evaluate


def _negation(node: n.Negation) -> Compiled:
    operand = compile_node(node.operand)
    return lambda scope: negate(operand(scope), scope.env.warn)


def work(node: n.Node) -> int:
    """How many steps one evaluation of a node takes, as far as its text tells; repetitions are counted by it."""
    return 1 + n.size(node) // 2


def mentions(node: n.Node, name: str) -> bool:
    if isinstance(node, n.Name):
        return node.name == name
    return any(mentions(child, name) for child in node.children())


def both(left: Any, right: Any) -> bool | None:
    if left is False or right is False:
        return False
    return True if left is True and right is True else None


def either(left: Any, right: Any) -> bool | None:
    if left is True or right is True:
        return True
    return False if left is False and right is False else None


def _and_node(node: n.And) -> Compiled:
    left, right = compile_node(node.left), compile_node(node.right)

    def evaluate(scope: Scope) -> bool | None:
        first = left(scope)
        return False if first is False else both(first, right(scope))

    return evaluate


def _or_node(node: n.Or) -> Compiled:
    left, right = compile_node(node.left), compile_node(node.right)

    def evaluate(scope: Scope) -> bool | None:
        first = left(scope)
        return True if first is True else either(first, right(scope))

    return evaluate


def _if(node: n.If) -> Compiled:
    condition, then, otherwise = compile_node(node.condition), compile_node(node.then), compile_node(node.otherwise)
    return lambda scope: then(scope) if condition(scope) is True else otherwise(scope)


def _instance_of(node: n.InstanceOf) -> Compiled:
    operand, wanted = compile_node(node.operand), node.type
    return lambda scope: is_instance(scope.env.made(operand(scope)), wanted)


def call(function: Any, scope: Scope, positional: list[Any], named: dict[str, Any]) -> Any:
    """Call a FEEL function; null and a warning if it is none, or the arguments do not fit."""
    env = scope.env
    if not isinstance(function, Function):
        env.warn("it is not a function that is called here")
        return None
    env.step(_CALL)
    env.depth += 1
    try:
        if env.depth > env.max_depth:
            raise FeelLimit(f"functions call each other more than {env.max_depth} deep")
        return function.call(scope, positional, named)
    finally:
        env.depth -= 1


# They ask whether something is there: that it is not is no surprise.
_ASKING = frozenset({"is defined", "get or else"})


def _call(node: n.Call) -> Compiled:
    function = compile_node(node.function)
    positional = [compile_node(argument) for argument in node.positional]
    named = [(key, compile_node(argument)) for key, argument in node.named]
    name = ".".join(n.names_of(node.function))

    def evaluate(scope: Scope) -> Any:
        mark = len(scope.env.warnings)
        arguments = [argument(scope) for argument in positional]
        if name in _ASKING:
            scope.env.warnings[mark:] = []
        mark = len(scope.env.warnings)
        called = function(scope)
        if name and not isinstance(called, Function):
            scope.env.warnings[mark:] = []
            scope.env.warn(f"null because there is no function “{name}”")
            return None
        return call(called, scope, arguments, {key: argument(scope) for key, argument in named})

    return evaluate


def _function(node: n.FunctionOf) -> Compiled:
    body = None if node.external else compile_node(node.body)
    names = tuple(name for name, _ in node.parameters)
    types, result = tuple(type_ for _, type_ in node.parameters), type_of(node.body)
    typed = [(name, type_) for name, type_ in node.parameters if type_ is not None]
    steps = work(node.body)

    def evaluate(closure: Scope) -> Function:
        def run(scope: Scope, positional: list[Any], named: dict[str, Any]) -> Any:
            if body is None:
                scope.env.warn("external functions are not called: a table has no way to programs")
                return None
            if (
                len(positional) > len(names)
                or (named and set(named) != set(names))
                or (not named and len(positional) != len(names))
            ):
                scope.env.warn(f"the function takes {len(names)} arguments: {', '.join(names)}")
                return None
            given = named or dict(zip(names, positional, strict=True))
            for name, wanted in typed:
                value = scope.env.made(given[name])
                given[name] = coerced(value, wanted)
                if given[name] is None and value is not None:
                    scope.env.warn(f"null because the argument “{name}” is no {wanted.name}")
                    return None
            scope.env.step(steps)
            return body(closure.inner(given))

        return Function(names, run, "", types, result)

    return evaluate


COMPILERS: dict[type[n.Node], Callable[[Any], Compiled]] = {
    n.Literal: _literal,
    n.Meaningless: _meaningless,
    n.Name: _name,
    n.ListOf: _list,
    n.ContextOf: _context,
    n.RangeOf: _range,
    n.Arithmetic: _arithmetic,
    n.Negation: _negation,
    n.And: _and_node,
    n.Or: _or_node,
    n.If: _if,
    n.InstanceOf: _instance_of,
    n.Call: _call,
    n.FunctionOf: _function,
}


def whole(value: Any) -> int | None:
    """A number as int if it is one without fraction."""
    if isinstance(value, Decimal) and value == value.to_integral_value() and abs(value) < 10**12:
        return int(value)
    return None
