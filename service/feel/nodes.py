"""What an expression is made of: the abstract syntax of FEEL (DMN 1.5, section 10.3.1)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import Any


@dataclass(frozen=True, slots=True)
class Node:
    """The root of all kinds; `position` of a Name or Call tells where in the text it stands."""

    def children(self) -> Iterator[Node]:
        for field in fields(self):
            yield from _nodes(getattr(self, field.name))


def names_of(node: Node) -> tuple[str, ...]:
    """The variable and the names behind its points; nothing for any other node."""
    if isinstance(node, Path) and (steps := names_of(node.operand)):
        return (*steps, node.name)
    return (node.name,) if isinstance(node, Name) else ()


def _nodes(value: Any) -> Iterator[Node]:
    if isinstance(value, Node):
        yield value
    elif isinstance(value, tuple):
        for item in value:
            yield from _nodes(item)


def size(node: Node) -> int:
    """How many nodes it is made of."""
    return 1 + sum(size(child) for child in node.children())


@dataclass(frozen=True, slots=True)
class Literal(Node):
    value: Any


@dataclass(frozen=True, slots=True)
class Meaningless(Node):
    """What FEEL can read and gives no value: null, and the reason."""

    reason: str


@dataclass(frozen=True, slots=True)
class Name(Node):
    name: str


@dataclass(frozen=True, slots=True)
class ListOf(Node):
    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class ContextOf(Node):
    entries: tuple[tuple[str, Node], ...]


@dataclass(frozen=True, slots=True)
class RangeOf(Node):
    start: Node
    end: Node
    start_included: bool
    end_included: bool


@dataclass(frozen=True, slots=True)
class Arithmetic(Node):
    operator: str  # + - * / **
    left: Node
    right: Node


@dataclass(frozen=True, slots=True)
class Negation(Node):
    operand: Node


@dataclass(frozen=True, slots=True)
class Comparison(Node):
    operator: str  # = != < <= > >=
    left: Node
    right: Node


@dataclass(frozen=True, slots=True)
class Between(Node):
    operand: Node
    low: Node
    high: Node


@dataclass(frozen=True, slots=True)
class In(Node):
    operand: Node
    tests: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class UnaryComparison(Node):
    """`< 5` in a unary test, or standing for a range in parentheses."""

    operator: str
    endpoint: Node


@dataclass(frozen=True, slots=True)
class And(Node):
    left: Node
    right: Node


@dataclass(frozen=True, slots=True)
class Or(Node):
    left: Node
    right: Node


@dataclass(frozen=True, slots=True)
class If(Node):
    condition: Node
    then: Node
    otherwise: Node


@dataclass(frozen=True, slots=True)
class For(Node):
    iterators: tuple[tuple[str, Node, Node | None], ...]  # name, list or start, end of an iteration `1..n`
    result: Node


@dataclass(frozen=True, slots=True)
class Quantified(Node):
    every: bool
    iterators: tuple[tuple[str, Node, Node | None], ...]
    condition: Node


@dataclass(frozen=True, slots=True)
class InstanceOf(Node):
    operand: Node
    type: TypeName


@dataclass(frozen=True, slots=True)
class TypeName(Node):
    """`list<number>` is TypeName("list", (TypeName("number"),)); a context's members carry their names."""

    name: str
    arguments: tuple[TypeName, ...] = ()
    members: tuple[str, ...] = ()
    result: TypeName | None = None


@dataclass(frozen=True, slots=True)
class Path(Node):
    operand: Node
    name: str


@dataclass(frozen=True, slots=True)
class Filter(Node):
    operand: Node
    condition: Node


@dataclass(frozen=True, slots=True)
class Call(Node):
    function: Node
    positional: tuple[Node, ...]
    named: tuple[tuple[str, Node], ...]


@dataclass(frozen=True, slots=True)
class FunctionOf(Node):
    parameters: tuple[tuple[str, TypeName | None], ...]
    body: Node
    external: bool = False
