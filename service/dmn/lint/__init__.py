"""What can be known to be wrong with a decision model before it decides anything; all of it are warnings."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Protocol

from service.dmn.boxed import Element, children, local
from service.dmn.lint import drawn
from service.dmn.lint.analysis import analyse
from service.dmn.lint.cells import axes_of, cells_of
from service.dmn.lint.drawn import written
from service.dmn.lint.kinds import misfits
from service.dmn.lint.sources import Sources, mentioned
from service.dmn.model import Decision, DecisionModel, Knowledge
from service.dmn.types import Type
from service.feel import nodes as n
from service.feel.expressions import names_outside_of_filters

_ALONE = frozenset({"literalExpression", "inputExpression"})  # cells are told of with their row
_MOST_ROWS = 3_000
_ALWAYS = frozenset({"?", "item", "partial"})


class Reader(drawn.Reader, Protocol):
    """What is asked of the reader of the file."""

    root: Element

    def warning(self, element: Element | None, message: str, mend: str) -> None: ...


def lint(reader: Reader, model: DecisionModel) -> None:
    """Warn of every decision and business knowledge model of a file."""
    for element in (*children(reader.root, "decision"), *children(reader.root, "businessKnowledgeModel")):
        parts: dict[str, Decision | Knowledge] = {**model.decisions, **model.knowledge}
        part = parts.get(element.get("id") or element.get("name", ""))
        if part is not None:
            _Part(reader, model, element, part).check()


@dataclass
class _Part:
    reader: Reader
    model: DecisionModel
    element: Element
    part: Decision | Knowledge

    def check(self) -> None:
        kind = "decision" if isinstance(self.part, Decision) else "business knowledge model"
        where = f"{kind} “{self.part.name}”"
        types = self._types()
        imports = (one.name for one in self.model.imports)
        self._names(where, {*types, *self._inner_names(), *imports})
        for element in self.element.iter("{*}decisionTable"):
            table = drawn.drawn(element, where, self.reader, types)
            if table is not None and len(table.rules) > _MOST_ROWS:
                message = f"The table of the {where} has more than {_MOST_ROWS} rows, too many to be analysed."
                self.reader.warning(element, message, "Divide it into several decisions.")
            elif table is not None:
                sources = Sources(self.reader, self.reader.root, self.model, self.part.required)
                table = sources.narrowed(table)
                axes = axes_of(table)
                cells_of(table, axes, types, self.reader.warning)
                analyse(table, axes, [sources.is_free(table, one) for one in table.inputs], self.reader.warning)

    # Names -----------------------------------------------------------------------------------------------------

    def _types(self) -> dict[str, Type]:
        """What the requirements give, by the names that expressions use."""
        types: dict[str, Type] = {}
        for id_ in self.part.required:
            if id_ in self.model.inputs:
                types[self.model.inputs[id_].name] = self.model.inputs[id_].type
            elif id_ in self.model.decisions:
                decision = self.model.decisions[id_]
                types |= {decision.name: decision.type, decision.result_variable: decision.type}
            elif id_ in self.model.knowledge:
                types[self.model.knowledge[id_].name] = Type("function", function=True)
            elif id_ in self.model.services:
                types[self.model.services[id_].name] = Type("function", function=True)
        return types

    def _inner_names(self) -> Iterator[str]:
        """Names that boxed expressions give to each other."""
        for one in self.element.iter("{*}variable", "{*}formalParameter", "{*}parameter", "{*}column"):
            yield one.get("name", "")
        for one in self.element.iter("{*}for", "{*}some", "{*}every"):
            yield one.get("iteratorVariable", "")

    def _names(self, where: str, known: set[str]) -> None:
        """Names that nothing gives. Where no input is drawn at all they come as they are; then only slips are told."""
        found: dict[str, Element] = {}
        columns, read = set[str](), set[str]()
        for element, nodes in written(self.element, self.reader):
            if local(element) in _ALONE:
                self._kinds(where, element, nodes)
            read |= {name for node in nodes for name in mentioned(node)}
            names = frozenset[str]().union(*map(names_outside_of_filters, nodes))
            columns |= names if local(element) == "inputExpression" else frozenset()
            for name in sorted(names - known - _ALWAYS):
                found.setdefault(name, element)
        draws_inputs = any(id_ in self.model.inputs for id_ in self.part.required)
        for name, element in found.items():
            near = get_close_matches(name, (known | columns | self._all_names()) - {name}, 1, 0.75)
            if draws_inputs or (near and name not in columns):
                meant = f"Is “{near[0]}” meant? " if near else ""
                mend = f"{meant}Draw an arrow from what it is, or correct the name."
                self.reader.warning(element, f"In the {where}, nothing is called “{name}”.", mend)
        self._unread(where, read)

    def _kinds(self, where: str, element: Element, nodes: tuple[n.Node, ...]) -> None:
        inner = {*self._inner_names()}
        types = {name: type_ for name, type_ in self._types().items() if name not in inner}
        for told in (told for node in nodes for told in misfits(node, types)):
            mend = "Compare values of one kind, or correct the type of one of them."
            self.reader.warning(element, f"In the {where}, {told}; it gives null.", mend)

    def _unread(self, where: str, read: set[str]) -> None:
        """Inputs that a decision is drawn to need, but does not; those that it calls may read what it is given."""
        if any(id_ in self.model.knowledge or id_ in self.model.services for id_ in self.part.required) or not read:
            return
        for id_ in self.part.required:
            source = self.model.inputs.get(id_)
            if source and source.name.partition(".")[0] not in read:
                message = f"The {where} requires the input “{source.name}”, but never reads it."
                self.reader.warning(self.element, message, "Take the arrow away, or use the input.")

    def _all_names(self) -> set[str]:
        inputs, decisions = self.model.inputs.values(), self.model.decisions.values()
        return {*(one.name for one in inputs), *(one.name for one in decisions)} - {""}
