"""The rules of the house that a reader would otherwise have to repeat: about diagrams, tables, forms and code."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from service import bpmn
from service.engine import rehearsal
from service.handlers.registry import HANDLERS
from service.hotline.matters import STATUSES

PROJECT = Path(__file__).parents[1]
DIAGRAMS = sorted((PROJECT / "processes").glob("*.bpmn"))
TABLES = sorted((PROJECT / "dmn").glob("*.dmn"))
FORMS = sorted((PROJECT / "forms").glob("*.form"))
SCENARIOS = sorted((PROJECT / "tests/scenarios").rglob("*.yaml"))
MODULES = sorted(
    path
    for folder in ("service", "tests")
    for path in (PROJECT / folder).rglob("*.py")
    if "node_modules" not in path.parts
)

KEBAB = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
SNAKE = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
CHINESE = re.compile(r"[\u4e00-\u9fff]")
PERSONAL = re.compile(r"^name$|(^|_)(phone|mobile|telephone|id_card|identity|citizen_name|real_name|caller_name)(_|$)")
GROUNDED = frozenset({"userTask", "businessRuleTask", "serviceTask", "sendTask"})
SPLITTING = frozenset({"exclusiveGateway", "inclusiveGateway"})
# Components of a form that show no words of their own.
WORDLESS = frozenset({"spacer", "separator"})
VAGUE = re.compile(r"manager|helper|utils?|workflow", re.IGNORECASE)
MOST_LINES = 400


def named(path: Path) -> str:
    return path.relative_to(PROJECT).as_posix()


@cache
def project() -> rehearsal.Project:
    return rehearsal.read_project(PROJECT)


def model_of(path: Path) -> bpmn.ProcessModel:
    """The model of a diagram; the test fails if it cannot be read."""
    found = [model for model, name, _ in project().found.processes.values() if name == named(path)]
    assert found, "\n".join(str(one) for one in project().problems if one.file == named(path))
    return found[0]


# Diagrams ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", DIAGRAMS, ids=named)
def test_a_diagram_is_named_like_its_process(path: Path) -> None:
    assert model_of(path).id == path.stem


@pytest.mark.parametrize("path", DIAGRAMS, ids=named)
def test_ids_of_a_diagram_are_kebab_case(path: Path) -> None:
    model = model_of(path)
    assert [id_ for id_ in (model.id, *model.elements, *model.flows) if not KEBAB.fullmatch(id_)] == []


@pytest.mark.parametrize("path", DIAGRAMS, ids=named)
def test_every_element_is_named_in_chinese_and_english(path: Path) -> None:
    """But a gateway that only joins what has been split."""
    unnamed = [
        one.id
        for one in model_of(path).elements.values()
        if not (one.type.endswith("Gateway") and len(one.outgoing) < 2)
        if not CHINESE.search(one.name) or not one.properties.get("name:en")
    ]
    assert unnamed == []


@pytest.mark.parametrize("path", DIAGRAMS, ids=named)
def test_what_people_and_deadlines_do_has_a_legal_basis(path: Path) -> None:
    ungrounded = [
        one.id
        for one in model_of(path).elements.values()
        if one.type in GROUNDED or (one.attached_to and one.timer)
        if not one.properties.get("legalBasis")
    ]
    assert ungrounded == []


@pytest.mark.parametrize("path", DIAGRAMS, ids=named)
def test_gateways_that_choose_are_questions_with_a_default_way(path: Path) -> None:
    wrong = [
        one.id
        for one in model_of(path).elements.values()
        if one.type in SPLITTING and len(one.outgoing) > 1
        if not (one.name.endswith("？") and one.properties.get("name:en", "").endswith("?") and one.default)
    ]
    assert wrong == []


@pytest.mark.parametrize("path", DIAGRAMS, ids=named)
def test_a_status_that_a_diagram_sets_is_one_of_a_matter(path: Path) -> None:
    set_ = {one.properties["status"] for one in model_of(path).elements.values() if "status" in one.properties}
    assert set_ <= set(STATUSES)


@pytest.mark.parametrize("path", DIAGRAMS, ids=named)
def test_variables_that_a_diagram_sets_are_snake_case_and_not_personal(path: Path) -> None:
    names = {
        part
        for one in model_of(path).elements.values()
        for name in (one.result_variable, *(target for target, _ in (*one.inputs, *one.outputs)))
        if name
        for part in name.split(".")
    }
    assert [name for name in names if not SNAKE.fullmatch(name) or PERSONAL.search(name)] == []


# Tables, forms, scenarios --------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", TABLES, ids=named)
def test_a_table_is_named_like_its_main_decision(path: Path) -> None:
    found = [graph.model for graph in project().found.requirements.values() if graph.name == named(path)]
    assert found, "\n".join(str(one) for one in project().problems if one.file == named(path))
    needed = {id_ for one in found[0].decisions.values() for id_ in one.required}
    assert path.stem in found[0].decisions
    assert path.stem not in needed


@pytest.mark.parametrize("path", TABLES, ids=named)
def test_decisions_have_kebab_case_ids_and_chinese_names(path: Path) -> None:
    graph = next(graph.model for graph in project().found.requirements.values() if graph.name == named(path))
    wrong = [one.id for one in graph.decisions.values() if not KEBAB.fullmatch(one.id) or not CHINESE.search(one.name)]
    assert wrong == []


@pytest.mark.parametrize("path", FORMS, ids=named)
def test_a_form_is_named_like_its_id(path: Path) -> None:
    id_ = json.loads(path.read_text("utf-8"))["id"]
    assert id_ == path.stem
    assert KEBAB.fullmatch(id_)


@pytest.mark.parametrize("path", FORMS, ids=named)
def test_what_a_form_shows_is_in_chinese_and_english(path: Path) -> None:
    wrong = []
    for one in components(json.loads(path.read_text("utf-8"))):
        shown = "text" if one["type"] == "text" else "label"
        english = (one.get("properties") or {}).get("label:en")
        if one["type"] not in WORDLESS and not (CHINESE.search(one.get(shown, "")) and english):
            wrong.append(one.get("key") or one.get("id"))
    assert wrong == []


@pytest.mark.parametrize("path", FORMS, ids=named)
def test_a_form_asks_for_snake_case_variables_and_for_nobody_s_name_or_phone(path: Path) -> None:
    keys = [one["key"] for one in components(json.loads(path.read_text("utf-8"))) if one.get("key")]
    wrong = [key for key in keys if any(not SNAKE.fullmatch(part) for part in key.split(".")) or PERSONAL.search(key)]
    assert wrong == []


@pytest.mark.parametrize("path", SCENARIOS, ids=named)
def test_scenarios_are_named_in_kebab_case_and_lie_with_their_process(path: Path) -> None:
    assert KEBAB.fullmatch(path.stem)
    assert (PROJECT / "processes" / f"{path.parent.name}.bpmn").is_file()


def components(drawn: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The components of a form, those inside of groups too."""
    for one in drawn.get("components") or ():
        yield one
        yield from components(one)


# Code ----------------------------------------------------------------------------------------------------------


@cache
def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"))


@pytest.mark.parametrize("path", MODULES, ids=named)
def test_a_module_opens_with_a_plain_sentence(path: Path) -> None:
    opening = (ast.get_docstring(parsed(path)) or "").split("\n\n")[0]
    assert opening.endswith((".", "?", "!", "…")), opening


@pytest.mark.parametrize("path", MODULES, ids=named)
def test_a_module_is_a_few_screens(path: Path) -> None:
    assert len(path.read_text("utf-8").splitlines()) <= MOST_LINES


@pytest.mark.parametrize("path", MODULES, ids=named)
def test_names_say_what_a_thing_is(path: Path) -> None:
    made = (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    names = [path.stem, *(node.name for node in ast.walk(parsed(path)) if isinstance(node, made))]
    assert [name for name in names if VAGUE.search(name)] == []


def uses(path: Path) -> set[str]:
    """The dotted names that a module reads, like `os.environ`."""
    return {ast.unparse(node) for node in ast.walk(parsed(path)) if isinstance(node, ast.Attribute | ast.Name)}


@pytest.mark.parametrize("path", [one for one in MODULES if one.is_relative_to(PROJECT / "service")], ids=named)
def test_time_and_settings_are_given_in(path: Path) -> None:
    """One module reads the clock; the environment is read where the program begins."""
    where = named(path).removeprefix("service/")
    used = uses(path)
    if where != "clock.py":
        assert not used & {"datetime.now", "datetime.utcnow", "datetime.today", "date.today", "time.time"}
    if not where.startswith(("cli/", "config.py")):
        assert not used & {"os.environ", "os.getenv", "environ", "getenv"}
    if not where.startswith(("web/", "app.py")):
        assert "current_app" not in used


@pytest.mark.parametrize("path", [one for one in MODULES if one.name.startswith("test_")], ids=named)
def test_tests_neither_mock_nor_skip(path: Path) -> None:
    imported = {alias.name for node in ast.walk(parsed(path)) if isinstance(node, ast.Import) for alias in node.names}
    imported |= {node.module or "" for node in ast.walk(parsed(path)) if isinstance(node, ast.ImportFrom)}
    assert not imported & {"unittest.mock", "mock"}
    assert not uses(path) & {
        "pytest.skip",
        "pytest.mark.skip",
        "pytest.mark.skipif",
        "pytest.mark.xfail",
        "pytest.xfail",
    }


def test_every_package_of_the_service_has_its_tests() -> None:
    packages = {path.parent.relative_to(PROJECT / "service") for path in (PROJECT / "service").rglob("__init__.py")}
    first = {package.parts[0] for package in packages if package.parts}
    tested = {path.name for path in (PROJECT / "tests").iterdir() if path.is_dir() and any(path.rglob("test_*.py"))}
    assert first <= tested


def test_a_handler_s_module_is_named_like_its_job_type() -> None:
    modules = {path.stem for path in (PROJECT / "service/handlers").glob("*.py")} - {"__init__", "registry"}
    assert {type_.replace("-", "_") for type_ in HANDLERS} == modules
