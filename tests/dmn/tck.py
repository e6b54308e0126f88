"""Play the DMN Technology Compatibility Kit, or a part of it, in its own layout."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from lxml import etree

from service import dmn, feel
from service.dmn.boxed import child, children, local
from service.errors import ModelRejected

_XSI = "{http://www.w3.org/2001/XMLSchema-instance}"


@dataclass(frozen=True, slots=True)
class Outcome:
    folder: str
    case: str
    passed: bool
    told: str


def play(kit: Path) -> Iterator[Outcome]:
    """The outcome of every result node of every test case."""
    for folder in sorted(path for level in sorted(kit.glob("compliance-level-*")) for path in level.iterdir()):
        for file in sorted(folder.glob("*.xml")):
            root = etree.parse(file).getroot()
            name = child(root, "modelName")
            yield from _play_file(folder, root, folder / (name.text or "" if name is not None else ""))


def table(outcomes: list[Outcome]) -> dict[str, tuple[int, int]]:
    """Folder → (passed, all)."""
    passed = Counter(one.folder for one in outcomes if one.passed)
    return {folder: (passed[folder], count) for folder, count in sorted(Counter(o.folder for o in outcomes).items())}


def _play_file(folder: Path, root: Any, path: Path) -> Iterator[Outcome]:
    try:
        model: dmn.DecisionModel | None = dmn.examine(path.read_bytes(), path.name)[0]
        refused = ""
    except ModelRejected as error:
        model, refused = None, str(error)
    for case in children(root, "testCase"):
        variables = {node.get("name"): _value(node) for node in children(case, "inputNode")}
        for node in children(case, "resultNode"):
            name, expects_error = node.get("name"), node.get("errorResult") == "true"
            expected = _value(child(node, "expected")) if child(node, "expected") is not None else None
            told, actual = refused, None
            if model:
                try:
                    actual, told = _evaluate(model, case, name, variables)
                except Exception as error:
                    told, actual = f"raised {type(error).__name__}: {error}", "!raised"
            ok = (expects_error and actual is None) or (not refused and _same(actual, expected))
            shown = f"{name}: expected {feel.show(expected, inside=True)}, got {feel.show(actual, inside=True)}"
            yield Outcome(folder.name, f"{path.stem}/{case.get('id')}/{name}", ok, "" if ok else f"{shown} {told}")


def _evaluate(model: dmn.DecisionModel, case: Any, name: str, variables: dict[str, Any]) -> tuple[Any, str]:
    env = feel.Environment(now=lambda: datetime(2026, 11, 1, tzinfo=UTC))
    if case.get("type") == "decisionService":
        service = next(one for one in model.services.values() if one.name == case.get("invocableName"))
        ids = {model.decisions[id_].name: id_ for id_ in service.outputs}
        result = dmn.evaluate(model, ids.get(name) or next(iter(ids.values())), variables, env)
    else:
        wanted = next((one for one in model.decisions.values() if one.name == name), None)
        if wanted is None:
            return "!no such decision", ""
        result = dmn.evaluate(model, wanted.id, variables, env)
    told = "; ".join(w for one in result.evaluated for w in one.warnings)
    return result.output, result.failure_message or told


def _value(node: Any) -> Any:
    for one in node:
        match local(one):
            case "list":
                return [_value(item) for item in children(one, "item")]
            case "component":
                return {part.get("name"): _value(part) for part in children(node, "component")}
            case "value":
                if one.get(f"{_XSI}nil") == "true":
                    return None
                return _simple((one.get(f"{_XSI}type") or "").rpartition(":")[2], one.text or "")
    return [] if local(node) == "list" else None


def _simple(kind: str, text: str) -> Any:
    match kind:
        case "string" | "":
            return text
        case "boolean":
            return text.strip() == "true"
        case "decimal" | "double" | "integer" | "int" | "long" | "float":
            return Decimal(text.strip())
    return feel.parse_literal(text.strip())


def _same(actual: Any, expected: Any) -> bool:
    if isinstance(actual, Decimal) and isinstance(expected, Decimal):
        return abs(actual - expected) <= Decimal("0.00000001")
    if isinstance(actual, list) and isinstance(expected, list):
        return len(actual) == len(expected) and all(map(_same, actual, expected))
    if isinstance(actual, dict) and isinstance(expected, dict):
        return actual.keys() == expected.keys() and all(_same(actual[key], expected[key]) for key in actual)
    return feel.equal(actual, expected) is True
