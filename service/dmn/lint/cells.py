"""What is wrong with single cells of a decision table: values of a kind that never fits, or that are not allowed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from difflib import get_close_matches

from service import feel
from service.dmn.boxed import Element
from service.dmn.lint.drawn import DrawnInput, DrawnOutput, DrawnRule, DrawnTable
from service.dmn.lint.intervals import SCALARS, Axis, Constant, NotConstant, Unordered, constant, environment
from service.dmn.lint.kinds import kinds_of, misfits, scalar_of
from service.dmn.lint.wording import interval, written
from service.dmn.types import Type, fit
from service.feel import nodes as n

Warn = Callable[[Element, str, str], None]  # where, what, how to mend it
_ONE_KIND = "Compare values of one kind, or correct the type of one of them."


def axes_of(table: DrawnTable) -> tuple[Axis, ...]:
    """The values of each input column."""
    return tuple(_axis(column, [rule.tests[i] for rule in table.rules]) for i, column in enumerate(table.inputs))


def _axis(column: DrawnInput, cells: Sequence[feel.UnaryTests | None]) -> Axis:
    tests = [cell for cell in (*cells, *column.allowed) if cell]
    try:
        return Axis(tests, scalar_of(column.type), whole=column.whole)
    except Unordered:
        return Axis((), "unordered")


def cells_of(table: DrawnTable, axes: Sequence[Axis], types: Mapping[str, Type], warn: Warn) -> None:
    """Warn of every cell that can never be true, or gives what it may not."""
    for index, (column, axis) in enumerate(zip(table.inputs, axes, strict=True)):
        cells = [rule.tests[index] for rule in table.rules]
        if table.rules and all(cell is None for cell in cells):
            message = f"The input “{column.label}” of the {table.where} is “-” in every row."
            warn(column.element, message, "Remove the column, or say in some row what it must be.")
        if not axis.is_opaque:
            _Inputs(table, index, column, axis, types, warn).check()
    for row, rule in enumerate(table.rules, 1):
        for given, output in zip(rule.outputs, table.outputs, strict=True):
            where = f"Row {row} of the {table.where}"
            if given is None:
                message = f"{where} says nothing for the output “{output.label}”."
                warn(rule.element, message, "Give the value; write null if there is none.")
            else:
                _output(where, rule.element, given, output, types, warn)
    for output in table.outputs:
        if output.default is not None:
            _output(f"The default of the {table.where}", output.element, output.default, output, types, warn)


class _Inputs:
    """The cells of one input column."""

    def __init__(
        self, table: DrawnTable, index: int, column: DrawnInput, axis: Axis, types: Mapping[str, Type], warn: Warn
    ) -> None:
        self.table, self.index, self.column, self.axis, self.warn = table, index, column, axis, warn
        self.kind = scalar_of(column.type) or ""
        self.types = {**types, "?": column.type}
        self.tested = frozenset({self.kind} if self.kind in SCALARS else ())

    def check(self) -> None:
        allowed = self.axis.all & ~self.axis.empty
        for one in self.column.allowed:
            allowed &= self.axis.passing(one).may | self.axis.null
        for row, rule in enumerate(self.table.rules, 1):
            where = f"Row {row} of the {self.table.where}, “{self.column.label}”"
            cell = rule.tests[self.index]
            for node, test in zip(cell.nodes, self.axis.tests[cell.text], strict=True) if cell else ():
                if test and not test.null:
                    self._test(where, rule, test, allowed)
                for told in () if test else misfits(node, self.types, self.tested):
                    self.warn(rule.element, f"{where}: {told}; it is never true.", _ONE_KIND)

    def _test(self, where: str, rule: DrawnRule, test: Constant, allowed: int) -> None:
        axis, mask = self.axis, self.axis.mask(test)
        shown = ", ".join(map(interval, test.ranges))
        if test.is_empty or (not mask and not test.inverse and test.kinds <= axis.kinds):
            self.warn(rule.element, f"{where}: the interval is empty.", "Write the smaller end first.")
        elif self.kind and not test.kinds & axis.kinds:
            theirs = " or ".join(sorted(test.kinds))
            message = f"{where}: {shown} is a {theirs}, but the column holds a {self.kind}; it is never true."
            self.warn(rule.element, message, f"Write a {self.kind}, or correct the type of the column.")
        elif excluding := [one for one in self.column.allowed if not axis.passing(one).may & ~axis.empty & mask]:
            near, values = _near(test, excluding), excluding[0].text
            mend = "Correct the cell, or what the column may hold."
            message = f"{where}: {shown} is none of the allowed values ({values}); it is never true."
            self.warn(rule.element, message, f"Is {near} meant? {mend}" if near else mend)
        elif not mask & allowed:
            message = f"{where}: {shown} is nothing that the column can hold; it is never true."
            self.warn(rule.element, message, "Correct the cell, or the type of the column.")


def _near(test: Constant, allowed: Sequence[feel.UnaryTests]) -> str:
    return _nearest([one.start for one in test.ranges], [one for tests in allowed for one in tests.nodes])


def _nearest(values: Sequence[object], nodes: Sequence[n.Node]) -> str:
    """The text among the nodes that is nearest to one of the values, as it is written; empty if none is near."""
    known = [node.value for node in nodes if isinstance(node, n.Literal) and isinstance(node.value, str)]
    for value in values:
        if isinstance(value, str):
            for near in get_close_matches(value, known, 1, 0.6):
                return written(near)
    return ""


def _output(
    where: str, element: Element, output: feel.Expression, column: DrawnOutput, types: Mapping[str, Type], warn: Warn
) -> None:
    wanted, given = scalar_of(column.type), kinds_of(output.node, types)
    try:
        value = constant(output.node)
    except NotConstant:
        for told in misfits(output.node, types):
            warn(element, f"{where}, output “{column.label}”: {told}; it gives null.", _ONE_KIND)
        if wanted in SCALARS and given and wanted not in given:
            _no_fit(where, element, output.text, column, wanted, warn)
        return
    if value is None:
        return
    env = environment()
    fitted = fit(value, column.type, env)
    if fitted is None and wanted:
        _no_fit(where, element, output.text, column, wanted, warn)
    elif column.values and not isinstance(value, list) and column.values.test(fitted, {}, env) is False:
        near = _nearest([value], column.values.nodes)
        message = f"{where}: the output “{column.label}” is {output.text}, which is none of its allowed values"
        message += f" ({column.values.text})."
        mend = "Correct the cell, or allow the value in the column."
        warn(element, message, f"Is {near} meant? {mend}" if near else mend)


def _no_fit(where: str, element: Element, text: str, column: DrawnOutput, wanted: str, warn: Warn) -> None:
    message = f"{where}: the output “{column.label}” is {text}, but the column gives a {wanted}; it becomes null."
    warn(element, message, f"Write a {wanted} that the type allows, or correct the type of the column.")
