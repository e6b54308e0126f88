"""Which kinds of value an expression can give, as far as its text and the declared types tell."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from service import feel
from service.dmn.types import ANY, Type
from service.feel import nodes as n
from service.feel.types import OLD_NAMES

_NONE = frozenset[str]()
_TESTS = frozenset({"boolean", "list", "range"})  # a variable of these kinds is no value of the column, but a test
_TRUTHS = (n.Comparison, n.And, n.Or, n.Between, n.In, n.Quantified, n.InstanceOf)


def type_of(node: n.Node, types: Mapping[str, Type]) -> Type:
    """The declared type of a variable or a member of one; Any for all that is not declared."""
    if isinstance(node, n.Name):
        return types.get(node.name, ANY)
    if isinstance(node, n.Path):
        return dict(type_of(node.operand, types).members).get(node.name, ANY)
    return ANY


def scalar_of(type_: Type) -> str | None:
    """The kind of the values of a type as FEEL names it; None for Any."""
    if type_.items is not None:
        return "list"
    if type_.function or type_.members:
        return "function" if type_.function else "context"
    return None if type_.name == "Any" else OLD_NAMES.get(type_.name, type_.name)


def kinds_of(node: n.Node, types: Mapping[str, Type]) -> frozenset[str]:
    """The kinds of value that an expression can give besides null; none if that is not known."""
    match node:
        case n.Literal(value):
            return frozenset({feel.kind(value)}) if value is not None else _NONE
        case n.Name() | n.Path():
            kind = scalar_of(type_of(node, types))
            return frozenset({kind}) if kind else _NONE
        case n.Negation(operand):
            return kinds_of(operand, types)
        case n.ListOf() | n.For():
            return frozenset({"list"})
        case n.ContextOf():
            return frozenset({"context"})
        case n.If(_, then, otherwise):
            first, second = kinds_of(then, types), kinds_of(otherwise, types)
            return first | second if first and second else _NONE
    return frozenset({"boolean"}) if isinstance(node, _TRUTHS) else _NONE


def misfits(node: n.Node, types: Mapping[str, Type], tested: frozenset[str] = _NONE) -> Iterator[str]:
    """Comparisons of kinds that have none: what is compared with what. `tested` are the kinds of a cell's column."""
    match node:
        case n.Comparison(_, left, right):
            yield from _misfit(kinds_of(left, types), kinds_of(right, types))
        case n.UnaryComparison(_, endpoint) if isinstance(endpoint, n.Name | n.Path):
            yield from _misfit(tested, kinds_of(endpoint, types))
        case n.Between(operand, low, high) | n.In(operand, (n.RangeOf(low, high),)) if low and high:
            yield from _misfit(kinds_of(operand, types), kinds_of(low, types))
            yield from _misfit(kinds_of(operand, types), kinds_of(high, types))
        case n.Name() | n.Path() if not (theirs := kinds_of(node, types)) & _TESTS:
            yield from _misfit(tested, theirs)
        case n.Filter() | n.For() | n.Quantified() | n.FunctionOf() | n.ContextOf():
            return  # inside of it a name may mean something else
    for child in node.children():
        yield from misfits(child, types)


def _misfit(left: frozenset[str], right: frozenset[str]) -> Iterator[str]:
    if left and right and not left & right:
        yield f"a {_either(left)} is compared with a {_either(right)}"


def _either(kinds: frozenset[str]) -> str:
    return " or ".join(sorted(kinds))
