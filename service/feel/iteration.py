"""Going through lists: for, some, every, filters and paths."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from itertools import compress
from typing import Any

from service.feel import nodes as n
from service.feel.environment import Compiled, Scope
from service.feel.evaluator import COMPILERS, compile_node, mentions, whole, work
from service.feel.properties import read_property
from service.feel.quick import short_way_of_items
from service.feel.temporal import Date
from service.feel.values import Range, from_python

Iterators = list[tuple[str, Compiled, Compiled | None]]


def _compile_iterators(found: tuple[tuple[str, n.Node, n.Node | None], ...]) -> Iterators:
    return [(name, compile_node(start), compile_node(end) if end else None) for name, start, end in found]


def _for(node: n.For) -> Compiled:
    looks_back = mentions(node.result, "partial")
    iterators, result = _compile_iterators(node.iterators), compile_node(node.result)
    return for_each(iterators, result, looks_back=looks_back, work=work(node.result))


def for_each(iterators: Iterators, result: Compiled, *, looks_back: bool, work: int = 1) -> Compiled:
    """A list of results, each of which takes so many steps; one that looks back sees those before it as `partial`."""
    steps = len(iterators) + work

    def evaluate(scope: Scope) -> list[Any] | None:
        results: list[Any] = []
        so_far: dict[str, Any] = {"partial": results}
        try:
            for bound in _combinations(iterators, scope.inner(so_far)):
                scope.env.step(steps)
                if looks_back:  # a result that holds it must not grow with it
                    so_far["partial"] = scope.env.made(results[:])
                results.append(result(bound))
        except NotIterable:
            scope.env.warn("“for” goes through a list or a range of whole numbers or dates")
            return None
        scope.env.made(results)
        return results

    return evaluate


def _quantified(node: n.Quantified) -> Compiled:
    iterators, condition = _compile_iterators(node.iterators), compile_node(node.condition)
    return quantified(iterators, condition, every=node.every, work=work(node.condition))


def quantified(iterators: Iterators, condition: Compiled, *, every: bool, work: int = 1) -> Compiled:
    """Whether some, or every, combination satisfies a condition; null if that cannot be told."""
    decisive, steps = not every, len(iterators) + work

    def evaluate(scope: Scope) -> bool | None:
        result: bool | None = not decisive
        try:
            for bound in _combinations(iterators, scope):
                scope.env.step(steps)
                answer = condition(bound)
                if answer is decisive:
                    return bool(decisive)
                if not isinstance(answer, bool):
                    result = None
        except NotIterable:
            scope.env.warn("“some” and “every” go through a list")
            return None
        return result

    return evaluate


class NotIterable(ValueError):
    """A value that cannot be gone through."""


def _combinations(iterators: Iterators, scope: Scope) -> Iterator[Scope]:
    if not iterators:
        yield scope
        return
    name, start, end = iterators[0]
    first = start(scope)
    for item in items_of(first, end(scope), scope) if end else _items(first, scope):
        yield from _combinations(iterators[1:], scope.inner({name: item}))


def _items(value: Any, scope: Scope) -> Iterator[Any]:
    if isinstance(value, list):
        return iter(value)
    if isinstance(value, Range):
        low, high = value.start, value.end
        found = items_of(low, high, scope)
        return (item for item in found if value.contains(item))
    if value is None:
        raise NotIterable
    return iter([value])


def items_of(start: Any, end: Any, scope: Scope) -> Iterator[Any]:
    """`start..end`, upwards or downwards; whole numbers, or days."""
    if isinstance(start, Date) and isinstance(end, Date):
        return _counted(start.days, end.days, 1 if start.days <= end.days else -1, scope, Date)
    first, last = whole(start), whole(end)
    if first is None or last is None:
        raise NotIterable
    return _counted(first, last, 1 if first <= last else -1, scope, Decimal)


def _counted(start: int, end: int, step: int, scope: Scope, make: Callable[[int], Any]) -> Iterator[Any]:
    for number in range(start, end + step, step):
        scope.env.step()
        yield make(number)


def _filter(node: n.Filter) -> Compiled:
    operand, short_way, condition = _raw(node.operand), short_way_of_items(node.condition), _condition(node.condition)
    steps = work(node.condition)

    def evaluate(scope: Scope) -> Any:
        value, is_outside = operand(scope)
        if is_outside and type(value) is not list:
            value, is_outside = from_python(value), False
        if value is None:
            return None
        items = value if isinstance(value, list) else [value]
        scope.env.step(len(items) * steps)
        if not items and isinstance(position := condition(None, scope), Decimal):
            return _at(items, position, scope)
        answers, untold = short_way(items)
        for index in untold:
            told = condition(from_python(items[index]) if is_outside else items[index], scope)
            if isinstance(told, Decimal):
                return _at(from_python(items) if is_outside else items, told, scope)
            answers[index] = told is True
        kept = list(compress(items, answers))
        return from_python(kept) if is_outside else kept

    return evaluate


def _raw(node: n.Node) -> Callable[[Scope], tuple[Any, bool]]:
    """The value of a node, and whether it is one from outside: of a large list few items may be of use."""
    if isinstance(node, n.Name):
        name = node.name
        return lambda scope: scope.look_up(name)
    compiled = compile_node(node)
    return lambda scope: (compiled(scope), False)


def _condition(node: n.Node) -> Callable[[Any, Scope], Any]:
    """What a filter's condition says of an item; its members are in sight before `item` and the variables are."""
    compiled = compile_node(node)

    def answer(item: Any, scope: Scope) -> Any:
        warnings = scope.env.warnings
        mark = len(warnings)
        inner = scope.inner({"item": item})
        told = compiled(inner.inner(item) if isinstance(item, Mapping) else inner)
        if not isinstance(told, Decimal):
            del warnings[mark:]
        return told

    return answer


def _at(items: list[Any], position: Decimal, scope: Scope) -> Any:
    index = whole(position)
    if index is None or index == 0 or abs(index) > len(items):
        scope.env.warn(f"the list has no item {position}")
        return None
    return items[index - 1 if index > 0 else index]


def _path(node: n.Path) -> Compiled:
    if steps := n.names_of(node):
        return _walk(steps)
    operand, names = compile_node(node.operand), (node.name,)
    return lambda scope: _read(operand(scope), names, scope, ())


def _walk(steps: tuple[str, ...]) -> Compiled:
    """From a variable through contexts, as far as they go; only what is found there is made a FEEL value."""
    first, ahead = steps[0], [(step, number) for number, step in enumerate(steps) if number]

    def evaluate(scope: Scope) -> Any:
        found, is_outside = scope.look_up(first)
        for step, number in ahead:
            if type(found) is not dict or step not in found:
                value = from_python(found) if is_outside else found
                return _read(value, steps[number:], scope, steps[:number])
            found = found[step]
        return from_python(found) if is_outside else found

    return evaluate


def _read(value: Any, names: tuple[str, ...], scope: Scope, before: tuple[str, ...]) -> Any:
    """The part of a value that the names lead to; `before` led to the value, in the words of the text."""
    for number, name in enumerate(names, 1):
        if isinstance(value, list):
            scope.env.step(len(value))
        value = read_property(value, name, scope.env.warn, ".".join(before + names[:number]))
    return value


COMPILERS |= {n.For: _for, n.Quantified: _quantified, n.Filter: _filter, n.Path: _path}
