"""The DMN Technology Compatibility Kit, or any test cases in its layout, played against our reading of DMN."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from service import feel
from service.dmn.boxed import Element, child, children, local
from service.dmn.evaluate import evaluate
from service.dmn.imports import examine_together
from service.dmn.model import DecisionModel, DecisionService, Part
from service.dmn.record import DecisionResult
from service.errors import ModelRejected, NotFound, Problem
from service.xml_gate import parse_upload

# What cannot be played on purpose, and is not counted.
LEFT_OUT = {"0076-feel-external-java": "bound to Java"}
_XSI = "{http://www.w3.org/2001/XMLSchema-instance}"
_NEAR = Decimal("0.00000001")
_NOW = datetime(2026, 11, 1, tzinfo=UTC)

Decide = Callable[[DecisionModel, Part, Mapping[str, Any]], DecisionResult]


@dataclass(frozen=True, slots=True)
class Outcome:
    """One result of a case; `told` holds warnings, or why there is nothing to compare."""

    level: str
    folder: str
    file: str
    case: str
    result: str
    passed: bool
    expected: str
    got: str
    told: str

    @property
    def left_out(self) -> bool:
        return self.folder in LEFT_OUT


def folders(kit: Path) -> list[Path]:
    """The folders with test cases at or below this one: of a whole kit, of one level, or itself. Raises NotFound."""
    found = sorted({file.parent for file in kit.resolve().rglob("*.xml")})
    if not found:
        raise NotFound(
            f"There are no test cases in {kit}. Name the kit's folder, one of its levels, or a folder with a .dmn file "
            "and its *-test-*.xml."
        )
    return found


def decide_directly(model: DecisionModel, part: Part, variables: Mapping[str, Any]) -> DecisionResult:
    return evaluate(model, part.id, variables, feel.Environment(now=lambda: _NOW))


def play(folder: Path, decide: Decide = decide_directly) -> Iterator[Outcome]:
    """The outcome of every result of every test case in a folder; what cannot be read is an outcome that fails."""
    for file in sorted(folder.glob("*.xml")):
        try:
            root = parse_upload(file.read_bytes(), file.name)
            if not children(root, "testCase"):
                raise ModelRejected([Problem(file.name, "the file holds no test cases")])
        except ModelRejected as error:
            yield Outcome(folder.parent.name, folder.name, file.name, "", "", False, "", "", error.message)
        else:
            yield from _play_file(file, root, decide)


def _play_file(file: Path, root: Element, decide: Decide) -> Iterator[Outcome]:
    name = child(root, "modelName")
    path = file.parent / ((name.text or "").strip() if name is not None else "")
    refused = ""
    try:
        model = _model(path)
    except ModelRejected as error:
        model, refused = None, error.message
    for case in children(root, "testCase"):
        variables = {node.get("name"): _value(node) for node in children(case, "inputNode")}
        for node in children(case, "resultNode"):
            name = node.get("name")
            expected = _value(child(node, "expected")) if child(node, "expected") is not None else None
            got, told, is_decided = None, refused, False
            if model:
                try:
                    got, told = _evaluate(model, case, name, variables, decide)
                    is_decided = True
                except Exception as error:  # a fault of ours fails this case, and the others are played
                    told = f"raised {type(error).__name__}: {error}"
            is_foreseen = node.get("errorResult") == "true" and got is None
            yield Outcome(
                level=file.parents[1].name,
                folder=file.parent.name,
                file=file.name,
                case=case.get("id"),
                result=name,
                passed=is_decided and (is_foreseen or _same(got, expected)),
                expected=feel.show(expected, inside=True),
                got=feel.show(got, inside=True),
                told=told,
            )


def _model(path: Path) -> DecisionModel:
    """The model that a test file names, with its warnings. Raises ModelRejected."""
    if not path.is_file():
        raise ModelRejected([Problem(path.name, "the test file names a model that is not there")])
    files = [(one.name, one.read_bytes()) for one in sorted(path.parent.glob("*.dmn"))]
    read = examine_together(files)[path.name]
    if read.model is None:
        raise ModelRejected(read.problems)
    return read.model


def _evaluate(
    model: DecisionModel, case: Element, name: str, variables: dict[str, Any], decide: Decide
) -> tuple[Any, str]:
    kind = case.get("type")
    invocable: dict[str, Mapping[str, Part]] = {"decisionService": model.services, "bkm": model.knowledge}
    parts = invocable.get(kind, model.decisions)
    asked = name if parts is model.decisions else case.get("invocableName")
    wanted = next((one for one in parts.values() if one.name == asked), None)
    if wanted is None:
        raise NotFound(f"there is no {kind or 'decision'} “{asked}”")
    result = decide(model, wanted, variables)
    told = result.failure_message or "; ".join(w for one in result.evaluated for w in one.warnings)
    if isinstance(wanted, DecisionService) and len(wanted.outputs) > 1 and isinstance(result.output, Mapping):
        return result.output.get(name), told
    return result.output, told


def _value(node: Element) -> Any:
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


def _same(got: Any, expected: Any) -> bool:
    if isinstance(got, Decimal) and isinstance(expected, Decimal):
        return abs(got - expected) <= _NEAR
    if isinstance(got, list) and isinstance(expected, list):
        return len(got) == len(expected) and all(map(_same, got, expected))
    if isinstance(got, dict) and isinstance(expected, dict):
        return got.keys() == expected.keys() and all(_same(got[key], expected[key]) for key in got)
    return feel.equal(got, expected) is True
