"""Where the value of a column comes from: which values it can take, and which columns depend on each other."""

from __future__ import annotations

from dataclasses import dataclass, replace

from service import feel
from service.dmn.boxed import Element, child, children
from service.dmn.lint.drawn import DrawnInput, DrawnTable, Reader, drawn, written
from service.dmn.lint.intervals import NotConstant, constant
from service.dmn.lint.kinds import scalar_of
from service.dmn.model import DecisionModel
from service.feel import nodes as n

Path = tuple[str, ...]
# Functions that can give every whole number from 0 on.
_COUNTS = frozenset({"count", "string length"})
_ONE_RESULT = frozenset({"UNIQUE", "ANY", "PRIORITY", "FIRST"})


@dataclass(frozen=True, slots=True)
class Sources:
    """What the names of one part of a model go back to; `required` are the ids of what it needs."""

    reader: Reader
    root: Element
    model: DecisionModel
    required: tuple[str, ...]

    def narrowed(self, table: DrawnTable) -> DrawnTable:
        """A table whose columns know what required decisions and counts can give."""
        return replace(table, inputs=tuple(map(self._narrowed, table.inputs)))

    def _narrowed(self, column: DrawnInput) -> DrawnInput:
        node = column.expression.node
        if _counted(node):
            tests = feel.compile_unary_tests(">= 0")
            return replace(column, whole=True, allowed=(*column.allowed, tests))
        path = _path(node)
        given = self._given(path) if path else None
        return replace(column, allowed=(*column.allowed, given)) if given else column

    def is_free(self, table: DrawnTable, column: DrawnInput) -> bool:
        """Whether every value of a column can come, whatever comes in the others."""
        mine = self._paths(column.expression)
        path = _path(_counted(column.expression.node) or column.expression.node)
        if path is None or (mine != {path} and not self._given(path)):
            return False
        others = (one for other in table.inputs if other is not column for one in self._paths(other.expression))
        return not any(one[: len(two)] == two or two[: len(one)] == one for one in others for two in mine)

    def _paths(self, expression: feel.Expression) -> set[Path]:
        """The inputs, or members of inputs, that an expression goes back to, over decisions."""
        path = _path(_counted(expression.node) or expression.node)
        paths = {path} if path else {(name,) for name in expression.names}
        return {found for one in paths for found in self._origins(one, self.required, frozenset())}

    def _origins(self, path: Path, required: tuple[str, ...], seen: frozenset[str]) -> set[Path]:
        id_ = self._decision(path[0], required)
        if id_ is None or id_ in seen:
            return {path}
        found: set[Path] = {(f"({id_})",)}  # a decision is no input, even if it reads none
        for _, nodes in written(self._element(id_), self.reader):
            for name in {name for node in nodes for name in mentioned(node)}:
                found |= self._origins((name,), self.model.decisions[id_].required, seen | {id_})
        return found

    def _decision(self, name: str, required: tuple[str, ...]) -> str | None:
        for id_ in required:
            decision = self.model.decisions.get(id_)
            if decision and name in (decision.name, decision.result_variable):
                return id_
        return None

    def _element(self, id_: str) -> Element | None:
        return next((one for one in children(self.root, "decision") if one.get("id") == id_), None)

    def _given(self, path: Path) -> feel.UnaryTests | None:
        """All that a required decision can give besides null, if its outputs are constants."""
        id_ = self._decision(path[0], self.required)
        element = self._element(id_) if id_ else None
        logic = child(element, "decisionTable") if element is not None else None
        table = drawn(logic, "", self.reader, {}) if logic is not None else None
        if table is None or table.hit_policy not in _ONE_RESULT:
            return None
        wanted = path[1:] if len(table.outputs) > 1 else path[1:] or (table.outputs[0].name,)
        places = [place for place, output in enumerate(table.outputs) if (output.name,) == wanted]
        if len(places) != 1 or (len(table.outputs) == 1 and len(path) > 1):
            return None
        output = table.outputs[places[0]]
        given = [rule.outputs[places[0]] for rule in table.rules] + ([output.default] if output.default else [])
        texts = [_constant(one, scalar_of(output.type)) for one in given if one]
        if None in texts or not any(texts):
            return None
        return feel.compile_unary_tests(", ".join(dict.fromkeys(text for text in texts if text)))


def _constant(output: feel.Expression, kind: str | None) -> str | None:
    """The words of a constant, empty for null; None if it is none, or not of the kind."""
    try:
        value = constant(output.node)
    except NotConstant:
        return None
    if value is None:
        return ""
    found = feel.kind(value)
    return output.text if found in ("boolean", "number", "string") and kind in (None, found) else None


def _counted(node: n.Node) -> n.Node | None:
    """What `count(…)` and the like count."""
    match node:
        case n.Call(n.Name(name), (counted,), ()) if name in _COUNTS and _path(counted):
            return counted
    return None


def _path(node: n.Node) -> Path | None:
    """`matter.unit.name` as a tuple of names; None for what is no such path."""
    if isinstance(node, n.Name):
        return (node.name,)
    if isinstance(node, n.Path):
        before = _path(node.operand)
        return (*before, node.name) if before else None
    return None


def mentioned(node: n.Node) -> set[str]:
    """Every name in an expression."""
    own = {node.name} if isinstance(node, n.Name) else set()
    return own.union(*map(mentioned, node.children()))
