"""A decision table out of its XML, however it is drawn: the interchange format has rows (DMN 1.5, section 8.3)."""

from __future__ import annotations

from itertools import zip_longest
from typing import Protocol

from service import feel
from service.dmn import boxed
from service.dmn.boxed import Element, child, children, text_of
from service.dmn.tables import DecisionTable, Input, Output, Rule
from service.dmn.types import ANY
from service.feel.comparisons import compile_test
from service.feel.environment import Scope

_HIT_POLICIES = frozenset({"UNIQUE", "ANY", "PRIORITY", "FIRST", "RULE ORDER", "OUTPUT ORDER", "COLLECT"})
_AGGREGATIONS = {"": "", "COLLECT": "", "LIST": "", "SUM": "SUM", "MIN": "MIN", "MAX": "MAX", "COUNT": "COUNT"}
# As they stand in the corner of a table that is printed (DMN 1.5, section 8.2.10).
_LETTERS = {"U": "UNIQUE", "A": "ANY", "P": "PRIORITY", "F": "FIRST", "R": "RULE ORDER", "O": "OUTPUT ORDER"}
_SIGNS = {"C": "", "C+": "SUM", "C<": "MIN", "C>": "MAX", "C#": "COUNT"}
_LEGAL_BASIS = frozenset({"legalBasis", "legal basis", "Legal basis", "法律依据", "依据"})


class Reader(boxed.Reader, Protocol):
    """What a table needs of the reader of the file besides; it leaves itself in `tables`."""

    tables: dict[str, DecisionTable]

    def tests(self, element: Element | None, where: str) -> feel.UnaryTests | None: ...
    def warning(self, element: Element | None, message: str, mend: str) -> None: ...


def decision_table(reader: Reader, element: Element, where: str) -> DecisionTable:
    policy, aggregation = _known_policy(reader, element, where)
    inputs = tuple(_input(reader, one, where) for one in children(element, "input"))
    outputs = tuple(_output(reader, one, element, where) for one in children(element, "output"))
    if not outputs:
        reader.problem(element, f"The table of the {where} has no output column.", "Add one.")
    columns = [one.get("name", "") for one in children(element, "annotation")]
    rules = []
    for row, rule in enumerate(children(element, "rule"), 1):
        rules.append(_rule(reader, rule, row, inputs, outputs, columns, where))
    table = DecisionTable(where, policy, aggregation, inputs, outputs, tuple(rules))
    reader.tables[where] = table
    return table


def hit_policy(element: Element) -> tuple[str, str]:
    """The hit policy and, of COLLECT, the aggregation, however they are spelled; unknown ones as they are."""
    written = element.get("hitPolicy", "UNIQUE").strip().upper().replace("_", " ")
    if written in _SIGNS:
        return "COLLECT", _SIGNS[written]
    policy = _LETTERS.get(written, written)
    if policy != "COLLECT":
        return policy, ""
    aggregation = element.get("aggregation", "").strip().upper()
    return policy, _AGGREGATIONS.get(aggregation, aggregation)


def _known_policy(reader: Reader, element: Element, where: str) -> tuple[str, str]:
    policy, aggregation = hit_policy(element)
    if policy not in _HIT_POLICIES:
        reader.problem(element, f"The {where} has the unknown hit policy {policy}.", "Choose one of the seven.")
    if aggregation not in _AGGREGATIONS:
        mend = "Choose Sum, Min, Max or Count, or none for a list."
        reader.problem(element, f"The {where} collects by the unknown {aggregation}.", mend)
        aggregation = ""
    return policy, aggregation


def _input(reader: Reader, element: Element, where: str) -> Input:
    expression = child(element, "inputExpression")
    text = text_of(expression)
    label = element.get("label") or text
    compiled = reader.feel(text, expression, f"{where}, input “{label}”") if expression is not None else _nothing
    if not text:
        reader.warning(element, f"The {where} has an input column without expression.", "Say which value it tests.")
    allowed = reader.tests(child(element, "inputValues"), f"{where}, allowed values of “{label}”")
    kind = reader.type(expression.get("typeRef")) if expression is not None else ANY
    return Input(element.get("id", ""), label, text, compiled, kind, allowed)


def _output(reader: Reader, element: Element, table: Element, where: str) -> Output:
    name = element.get("name") or ""
    label = name or table.get("outputLabel") or "result"
    values = child(element, "outputValues")
    default = child(element, "defaultOutputEntry")
    compiled = reader.feel(text_of(default), element, f"{where}, default of “{label}”") if default is not None else None
    allowed = reader.tests(values, f"{where}, output values of “{label}”")
    order = [compile_test(node) for node in allowed.nodes] if allowed else []
    kind = reader.type(element.get("typeRef"))
    return Output(element.get("id", ""), name or label, kind, tuple(order), allowed, compiled)


def _rule(
    reader: Reader,
    rule: Element,
    row: int,
    inputs: tuple[Input, ...],
    outputs: tuple[Output, ...],
    columns: list[str],
    where: str,
) -> Rule:
    tested, entered = children(rule, "inputEntry"), children(rule, "outputEntry")
    if len(tested) != len(inputs) or len(entered) != len(outputs):
        message = f"Row {row} of the {where} has not as many cells as the table has columns."
        reader.problem(rule, message, "Open the table in the modeler and save it again.")
    # A cell that is missing in spite of that is an empty one.
    tests = [
        reader.tests(cell, f"{where}, row {row}, “{one.label}”")
        for cell, one in zip_longest(tested[: len(inputs)], inputs)
    ]
    results = [
        reader.feel(text_of(cell), cell, f"{where}, row {row}, “{one.name}”") if cell is not None else _nothing
        for cell, one in zip_longest(entered[: len(outputs)], outputs)
    ]
    description = child(rule, "description")
    annotation = (description.text or "").strip() if description is not None else ""
    notes = dict(zip(columns, (text_of(one) for one in children(rule, "annotationEntry")), strict=False))
    basis = next((text for name, text in notes.items() if name in _LEGAL_BASIS and text), annotation)
    others = [text for name, text in notes.items() if name not in _LEGAL_BASIS and text]
    annotation = annotation or "; ".join(others)
    return Rule(rule.get("id", ""), tuple(tests), tuple(results), annotation, basis)


def _nothing(scope: Scope) -> None:
    return None
