"""FEEL from outside: compile text once, evaluate it against variables."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from difflib import get_close_matches
from functools import lru_cache
from typing import Any

from service.feel import nodes as n
from service.feel.builtins import SIGNATURES
from service.feel.comparisons import compile_test
from service.feel.environment import BUILTINS, Environment, Scope
from service.feel.evaluator import compile_node
from service.feel.parser import parse_expression, parse_unary_tests
from service.feel.quick import short_way
from service.feel.type_parser import NO_TYPES, Types
from service.feel.values import FeelLimit, listed


class Expression:
    """A compiled expression; evaluating it never raises: null, and `env.warnings` tells why.

    Where that null is no answer, `env.failure` does.
    """

    def __init__(self, text: str, names: Collection[str] = (), types: Types = NO_TYPES) -> None:
        self.text = text
        self.node = parse_expression(text, [*BUILTINS, *names], types)
        self.compiled = compile_node(self.node)
        self._short_way = short_way(self.node)

    def evaluate(self, variables: Mapping[str, Any], env: Environment) -> Any:
        """The FEEL value of the expression, for JSON or FEEL values by name."""
        try:
            if self._short_way is not None and (answer := self._short_way(variables)) is not None:
                return answer
            return self.compiled(Scope(variables, env, None, True))
        except (ArithmeticError, RecursionError, ValueError) as error:
            env.warn(_reason(error))
            if isinstance(error, (FeelLimit, RecursionError)):
                env.failure = _reason(error)
            return None

    @property
    def names(self) -> frozenset[str]:
        """The variables that it reads."""
        return frozenset(path[0] for path in self.reads)

    @property
    def reads(self) -> tuple[tuple[str, ...], ...]:
        """The same, each with the members that it goes down to: `matter.area` reads ("matter", "area")."""
        return tuple(dict.fromkeys(_free(self.node, frozenset())))

    @property
    def problems(self) -> tuple[str, ...]:
        """What can be known to be wrong before it is evaluated."""
        return tuple(_problems(self.node, frozenset()))


class UnaryTests:
    """The compiled cell of a decision table's input."""

    def __init__(self, text: str, names: Collection[str] = (), types: Types = NO_TYPES) -> None:
        self.text = text
        self.negated, self.nodes = parse_unary_tests(text, [*BUILTINS, *names], types)
        self._tests = [compile_test(node) for node in self.nodes]

    @property
    def is_any(self) -> bool:
        """Whether the cell is `-`."""
        return not self._tests

    def test(self, value: Any, variables: Mapping[str, Any], env: Environment) -> bool | None:
        """Whether a value passes; None where that cannot be told."""
        try:
            return self.passes(value, Scope(variables, env, outside=True))
        except (ArithmeticError, RecursionError, ValueError) as error:
            env.warn(_reason(error))
            return None

    def passes(self, value: Any, scope: Scope) -> bool | None:
        """As `test`, in a scope that is there already; raises FeelLimit."""
        result: bool | None = self.is_any
        for test in self._tests:
            answer = test(value, scope)
            if answer is True:
                result = True
                break
            result = None if answer is None or result is None else False
        return (not result if result is not None else None) if self.negated else result

    @property
    def names(self) -> frozenset[str]:
        return frozenset(path[0] for node in self.nodes for path in _free(node, frozenset())) - {"?"}

    @property
    def problems(self) -> tuple[str, ...]:
        return tuple(problem for node in self.nodes for problem in _problems(node, frozenset({"?"})))


def _reason(error: Exception) -> str:
    if isinstance(error, FeelLimit):
        return str(error)
    return "the expression goes too deep" if isinstance(error, RecursionError) else "a value is out of range"


@lru_cache(maxsize=5_000)
def _expression(text: str, names: frozenset[str], types: frozenset[tuple[str, n.TypeName]]) -> Expression:
    return Expression(text, names, dict(types))


@lru_cache(maxsize=5_000)
def _unary_tests(text: str, names: frozenset[str], types: frozenset[tuple[str, n.TypeName]]) -> UnaryTests:
    return UnaryTests(text, names, dict(types))


def _named_in(text: str, types: Types) -> frozenset[tuple[str, n.TypeName]]:
    return frozenset((name, type_) for name, type_ in types.items() if name in text) if types else frozenset()


def compile_expression(text: str, names: Collection[str] = (), types: Types = NO_TYPES) -> Expression:
    """Compile an expression; `names` are variables whose names hold signs, `types` what `instance of` may name.

    Raises FeelSyntaxError.
    """
    return _expression(text, frozenset(names), _named_in(text, types))


def compile_unary_tests(text: str, names: Collection[str] = (), types: Types = NO_TYPES) -> UnaryTests:
    """Compile unary tests (`< 5`, `"a", "b"`, `not(...)`, `-`), as `compile_expression`. Raises FeelSyntaxError."""
    return _unary_tests(text, frozenset(names), _named_in(text, types))


def _bindings(node: n.Node) -> Iterator[tuple[n.Node, frozenset[str]]]:
    """The parts of a node, each with the names that the node binds for it."""
    match node:
        case n.For(iterators, result) | n.Quantified(_, iterators, result):
            bound = frozenset({"partial"})
            for name, start, end in iterators:
                yield start, bound
                if end:
                    yield end, bound
                bound |= {name}
            yield result, bound
        case n.ContextOf(entries):
            bound = frozenset()
            for key, value in entries:
                yield value, bound | {key} if isinstance(value, n.FunctionOf) else bound  # it may call itself
                bound |= {key}
        case n.FunctionOf(parameters, body):
            yield body, frozenset(name for name, _ in parameters)
        case n.Filter(operand, condition):
            yield operand, frozenset()
            yield condition, frozenset({"item"})
        case _:
            for child in node.children():
                yield child, frozenset()


def names_outside_of_filters(node: n.Node, bound: frozenset[str] = frozenset()) -> frozenset[str]:
    """The variables that an expression reads, functions apart; inside of a filter a name may be that of a member."""
    if isinstance(node, n.Filter):
        return names_outside_of_filters(node.operand, bound)
    if isinstance(node, n.Call) and isinstance(node.function, n.Name):
        arguments = (*node.positional, *(value for _, value in node.named))
        return frozenset[str]().union(*(names_outside_of_filters(one, bound) for one in arguments))
    if isinstance(node, n.Name):
        return frozenset({node.name} - bound - BUILTINS.keys())
    return frozenset().union(*(names_outside_of_filters(child, bound | more) for child, more in _bindings(node)))


def _free(node: n.Node, bound: frozenset[str]) -> Iterator[tuple[str, ...]]:
    path = _path(node)
    if path:
        if path[0] not in bound and path[0] not in BUILTINS:
            yield path
        return
    for child, names in _bindings(node):
        yield from _free(child, bound | names)


def _path(node: n.Node) -> tuple[str, ...]:
    """A name with the members that are read below it; empty for any other node."""
    if isinstance(node, n.Path):
        above = _path(node.operand)
        return (*above, node.name) if above else ()
    return (node.name,) if isinstance(node, n.Name) else ()


def _problems(node: n.Node, bound: frozenset[str]) -> Iterator[str]:
    if isinstance(node, n.Meaningless):
        yield node.reason
    elif isinstance(node, n.Call) and isinstance(node.function, n.Name) and node.function.name not in bound:
        name = node.function.name
        if name in SIGNATURES:
            written = {key for key, _ in node.named}
            if not any(written <= {p.name for p in one.parameters} for one in SIGNATURES[name]):
                yield f"{name}(…) does not take the parameters {listed(sorted(written))}"
            count = len(node.named or node.positional)
            fits = any(_fits(signature, count) for signature in SIGNATURES[name])
            if not fits:
                yield f"{name}(…) does not take {count} arguments"
        elif name not in BUILTINS:
            near = get_close_matches(name, BUILTINS, 1, 0.75)
            yield f"there is no function {name}(…)" + (f"; the nearest is {near[0]}(…)" if near else "")
    for child, names in _bindings(node):
        yield from _problems(child, bound | names)


def _fits(signature: Any, count: int) -> bool:
    least = sum(not parameter.optional for parameter in signature.parameters)
    return count >= least and (signature.rest or count <= len(signature.parameters))
