"""A decision table as it is drawn: the words and the syntax of its columns and cells, for those who judge it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol

from service import feel
from service.dmn.boxed import Element, child, children, local, text_of
from service.dmn.lint.kinds import scalar_of, type_of
from service.dmn.table_xml import hit_policy
from service.dmn.types import Type
from service.feel import nodes as n

# Elements whose text is an expression or a test.
_WRITTEN = frozenset({"literalExpression", "inputExpression", "inputEntry", "outputEntry", "defaultOutputEntry"})
_TESTS = frozenset({"inputEntry"})


class Reader(Protocol):
    """What is asked of the reader of the file."""

    @property
    def names(self) -> Collection[str]: ...
    @property
    def named_types(self) -> Mapping[str, n.TypeName]: ...
    def type(self, reference: str | None) -> Type: ...


@dataclass(frozen=True, slots=True)
class DrawnInput:
    """`whole` says that numbers have no fractions; `allowed` may come from the column and from its type."""

    element: Element
    label: str
    expression: feel.Expression
    type: Type
    whole: bool
    allowed: tuple[feel.UnaryTests, ...]


@dataclass(frozen=True, slots=True)
class DrawnOutput:
    element: Element
    name: str
    label: str
    type: Type
    values: feel.UnaryTests | None
    default: feel.Expression | None


@dataclass(frozen=True, slots=True)
class DrawnRule:
    """`tests` holds None for `-`, `outputs` None for an empty cell."""

    element: Element
    tests: tuple[feel.UnaryTests | None, ...]
    outputs: tuple[feel.Expression | None, ...]

    def text_of(self, column: int) -> str:
        """The words of an input cell."""
        test = self.tests[column]
        return test.text if test else "-"


@dataclass(frozen=True, slots=True)
class DrawnTable:
    element: Element
    where: str
    hit_policy: str
    inputs: tuple[DrawnInput, ...]
    outputs: tuple[DrawnOutput, ...]
    rules: tuple[DrawnRule, ...]


def drawn(element: Element, where: str, reader: Reader, types: Mapping[str, Type]) -> DrawnTable | None:
    """A table by its element; None if a cell cannot be read, which is told elsewhere. `types` are of variables."""
    try:
        inputs = tuple(_input(one, reader, types) for one in children(element, "input"))
        outputs = tuple(_output(one, reader) for one in children(element, "output"))
        rules = tuple(_rule(one, reader) for one in children(element, "rule"))
    except feel.FeelSyntaxError:
        return None
    if any(len(rule.tests) != len(inputs) or len(rule.outputs) != len(outputs) for rule in rules):
        return None
    return DrawnTable(element, where, hit_policy(element)[0], inputs, outputs, rules)


def written(element: Element | None, reader: Reader) -> Iterator[tuple[Element, tuple[n.Node, ...]]]:
    """What is written in FEEL below an element: each place with its syntax, none where it cannot be read."""
    for one in element.iter("{*}*") if element is not None else ():
        text = text_of(one) if local(one) in _WRITTEN else ""
        try:
            if text and local(one) in _TESTS:
                yield one, feel.compile_unary_tests(text, reader.names, reader.named_types).nodes
            elif text:
                yield one, (feel.compile_expression(text, reader.names, reader.named_types).node,)
        except feel.FeelSyntaxError:
            yield one, ()


def _input(element: Element, reader: Reader, types: Mapping[str, Type]) -> DrawnInput:
    expression = child(element, "inputExpression")
    text = text_of(expression)
    compiled = feel.compile_expression(text, reader.names, reader.named_types)
    reference = expression.get("typeRef") if expression is not None else None
    declared, of_variable = reader.type(reference), type_of(compiled.node, types)
    own = _tests(child(element, "inputValues"), reader)
    allowed = tuple(one for one in (own, declared.allowed, of_variable.allowed) if one)
    whole = (reference or "").rpartition(":")[2] in ("integer", "long")
    known = declared if scalar_of(declared) else of_variable
    return DrawnInput(element, element.get("label") or text, compiled, known, whole, allowed)


def _output(element: Element, reader: Reader) -> DrawnOutput:
    name = element.get("name") or "result"
    default = _expression(child(element, "defaultOutputEntry"), reader)
    values = _tests(child(element, "outputValues"), reader)
    return DrawnOutput(
        element, name, element.get("label") or name, reader.type(element.get("typeRef")), values, default
    )


def _rule(element: Element, reader: Reader) -> DrawnRule:
    tests = tuple(_tests(one, reader) for one in children(element, "inputEntry"))
    return DrawnRule(element, tests, tuple(_expression(one, reader) for one in children(element, "outputEntry")))


def _tests(element: Element | None, reader: Reader) -> feel.UnaryTests | None:
    text = text_of(element)
    tests = feel.compile_unary_tests(text, reader.names, reader.named_types) if text not in ("", "-") else None
    return None if tests is None or tests.is_any else tests


def _expression(element: Element | None, reader: Reader) -> feel.Expression | None:
    text = text_of(element)
    return feel.compile_expression(text, reader.names, reader.named_types) if text else None
