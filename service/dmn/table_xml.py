"""A decision table out of its XML, however it is drawn: the interchange format has rows (DMN 1.5, section 8.3)."""

from __future__ import annotations

from typing import Protocol

from service import feel
from service.dmn import boxed
from service.dmn.boxed import Element, child, children, text_of
from service.dmn.tables import DecisionTable, Input, Output, Rule
from service.dmn.types import ANY
from service.feel.environment import Compiled, Scope

_HIT_POLICIES = frozenset({"UNIQUE", "ANY", "PRIORITY", "FIRST", "RULE ORDER", "OUTPUT ORDER", "COLLECT"})
_LEGAL_BASIS = frozenset({"legalBasis", "legal basis", "Legal basis", "法律依据", "依据"})


class Reader(boxed.Reader, Protocol):
    """What a table needs of the reader of the file besides."""

    def tests(self, element: Element | None, where: str) -> feel.UnaryTests | None: ...
    def problem(self, element: Element | None, message: str, mend: str) -> None: ...


def decision_table(reader: Reader, element: Element, where: str) -> DecisionTable:
    policy = element.get("hitPolicy", "UNIQUE")
    if policy not in _HIT_POLICIES:
        reader.problem(element, f"The {where} has the unknown hit policy {policy}.", "Choose one of the seven.")
    inputs = tuple(_input(reader, one, where) for one in children(element, "input"))
    outputs = tuple(_output(reader, one, element, where) for one in children(element, "output"))
    if not outputs:
        reader.problem(element, f"The table of the {where} has no output column.", "Add one.")
    columns = [one.get("name", "") for one in children(element, "annotation")]
    rules = []
    for row, rule in enumerate(children(element, "rule"), 1):
        rules.append(_rule(reader, rule, row, inputs, outputs, columns, where))
    return DecisionTable(where, policy, element.get("aggregation", ""), inputs, outputs, tuple(rules))


def _input(reader: Reader, element: Element, where: str) -> Input:
    expression = child(element, "inputExpression")
    text = text_of(expression)
    label = element.get("label") or text
    compiled = reader.feel(text, expression, f"{where}, input “{label}”") if expression is not None else _nothing
    if not text:
        reader.problem(element, f"The {where} has an input column without expression.", "Say which value it tests.")
    allowed = reader.tests(child(element, "inputValues"), f"{where}, allowed values of “{label}”")
    kind = reader.type(expression.get("typeRef")) if expression is not None else ANY
    return Input(element.get("id", ""), label, compiled, kind, allowed)


def _output(reader: Reader, element: Element, table: Element, where: str) -> Output:
    name = element.get("name") or ""
    label = name or table.get("outputLabel") or "result"
    values = child(element, "outputValues")
    order: list[Compiled] = []
    if text_of(values):
        order = [reader.feel(part, element, f"{where}, output values") for part in _parts(text_of(values))]
    default = child(element, "defaultOutputEntry")
    compiled = reader.feel(text_of(default), element, f"{where}, default of “{label}”") if default is not None else None
    return Output(element.get("id", ""), name or label, reader.type(element.get("typeRef")), tuple(order), compiled)


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
    tests = [
        reader.tests(cell, f"{where}, row {row}, “{one.label}”") for cell, one in zip(tested, inputs, strict=False)
    ]
    results = [
        reader.feel(text_of(cell), cell, f"{where}, row {row}, “{one.name}”")
        for cell, one in zip(entered, outputs, strict=False)
    ]
    description = child(rule, "description")
    annotation = (description.text or "").strip() if description is not None else ""
    notes = dict(zip(columns, (text_of(one) for one in children(rule, "annotationEntry")), strict=False))
    basis = next((text for name, text in notes.items() if name in _LEGAL_BASIS and text), annotation)
    others = [text for name, text in notes.items() if name not in _LEGAL_BASIS and text]
    annotation = annotation or "; ".join(others)
    return Rule(rule.get("id", ""), tuple(tests), tuple(results), annotation, basis)


def _parts(text: str) -> list[str]:
    """The values of a list of output values: commas between, but not inside quotes or brackets."""
    parts, depth, quoted, current = [], 0, False, ""
    for sign in text:
        quoted ^= sign == '"'
        depth += 0 if quoted else (sign in "([{") - (sign in ")]}")
        if sign == "," and not quoted and not depth:
            parts.append(current.strip())
            current = ""
        else:
            current += sign
    return [*parts, current.strip()]


def _nothing(scope: Scope) -> None:
    return None
