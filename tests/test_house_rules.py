"""The rules of the house that a reader would otherwise have to repeat: about diagrams, tables, forms and code."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

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


def broken(paths: Iterable[Path], wrong: Callable[[Path], Any]) -> dict[str, Any]:
    """By the names of those files, what is wrong in them."""
    return {named(path): told for path in paths if (told := wrong(path))}


# Diagrams ------------------------------------------------------------------------------------------------------


def test_a_diagram_is_named_like_its_process() -> None:
    assert broken(DIAGRAMS, lambda path: model_of(path).id != path.stem) == {}


def test_ids_of_a_diagram_are_kebab_case() -> None:
    def wrong(path: Path) -> list[str]:
        model = model_of(path)
        return [id_ for id_ in (model.id, *model.elements, *model.flows) if not KEBAB.fullmatch(id_)]

    assert broken(DIAGRAMS, wrong) == {}


def test_every_element_is_named_in_chinese_and_english() -> None:
    """But a gateway that only joins what has been split."""

    def unnamed(path: Path) -> list[str]:
        return [
            one.id
            for one in model_of(path).elements.values()
            if not (one.type.endswith("Gateway") and len(one.outgoing) < 2)
            if not CHINESE.search(one.name) or not one.properties.get("name:en")
        ]

    assert broken(DIAGRAMS, unnamed) == {}


def test_what_people_and_deadlines_do_has_a_legal_basis() -> None:
    def ungrounded(path: Path) -> list[str]:
        return [
            one.id
            for one in model_of(path).elements.values()
            if one.type in GROUNDED or (one.attached_to and one.timer)
            if not one.properties.get("legalBasis")
        ]

    assert broken(DIAGRAMS, ungrounded) == {}


def test_gateways_that_choose_are_questions_with_a_default_way() -> None:
    def wrong(path: Path) -> list[str]:
        return [
            one.id
            for one in model_of(path).elements.values()
            if one.type in SPLITTING and len(one.outgoing) > 1
            if not (one.name.endswith("？") and one.properties.get("name:en", "").endswith("?") and one.default)
        ]

    assert broken(DIAGRAMS, wrong) == {}


def test_a_status_that_a_diagram_sets_is_one_of_a_matter() -> None:
    def unknown(path: Path) -> set[str]:
        set_ = {one.properties["status"] for one in model_of(path).elements.values() if "status" in one.properties}
        return set_ - set(STATUSES)

    assert broken(DIAGRAMS, unknown) == {}


def test_what_is_told_to_a_running_process_goes_no_further_than_it_says() -> None:
    """Without an output mapping, whatever else is told with an answer or a message would become the process's own."""

    def open_(path: Path) -> list[str]:
        return [
            one.id
            for one in model_of(path).elements.values()
            if one.type in ("userTask", "receiveTask") or (one.message and one.type != "startEvent")
            if not one.outputs
        ]

    assert broken(DIAGRAMS, open_) == {}


def test_variables_that_a_diagram_sets_are_snake_case_and_not_personal() -> None:
    def wrong(path: Path) -> list[str]:
        names = {
            part
            for one in model_of(path).elements.values()
            for name in (one.result_variable, *(target for target, _ in (*one.inputs, *one.outputs)))
            if name
            for part in name.split(".")
        }
        return [name for name in names if not SNAKE.fullmatch(name) or PERSONAL.search(name)]

    assert broken(DIAGRAMS, wrong) == {}


# Tables, forms, scenarios --------------------------------------------------------------------------------------


def graph_of(path: Path) -> Any:
    """The decisions of a file; the test fails if it cannot be read."""
    found = [graph.model for graph in project().found.requirements.values() if graph.name == named(path)]
    assert found, "\n".join(str(one) for one in project().problems if one.file == named(path))
    return found[0]


def test_a_table_is_named_like_its_main_decision() -> None:
    def wrong(path: Path) -> bool:
        decisions = graph_of(path).decisions
        needed = {id_ for one in decisions.values() for id_ in one.required}
        return path.stem not in decisions or path.stem in needed

    assert broken(TABLES, wrong) == {}


def test_decisions_have_kebab_case_ids_and_chinese_names() -> None:
    def wrong(path: Path) -> list[str]:
        decisions = graph_of(path).decisions.values()
        return [one.id for one in decisions if not KEBAB.fullmatch(one.id) or not CHINESE.search(one.name)]

    assert broken(TABLES, wrong) == {}


def test_a_form_is_named_like_its_id() -> None:
    def wrong(path: Path) -> bool:
        return drawn(path)["id"] != path.stem or not KEBAB.fullmatch(path.stem)

    assert broken(FORMS, wrong) == {}


def test_what_a_form_shows_is_in_chinese_and_english() -> None:
    def wrong(path: Path) -> list[str]:
        return [
            str(one.get("key") or one.get("id"))
            for one in components(drawn(path))
            if one["type"] not in WORDLESS
            if not CHINESE.search(one.get("text" if one["type"] == "text" else "label", ""))
            or not (one.get("properties") or {}).get("label:en")
        ]

    assert broken(FORMS, wrong) == {}


def test_a_form_asks_for_snake_case_variables_and_for_nobody_s_name_or_phone() -> None:
    def wrong(path: Path) -> list[str]:
        keys = [one["key"] for one in components(drawn(path)) if one.get("key")]
        return [key for key in keys if any(not SNAKE.fullmatch(one) for one in key.split(".")) or PERSONAL.search(key)]

    assert broken(FORMS, wrong) == {}


def test_scenarios_are_named_in_kebab_case_and_lie_with_their_process() -> None:
    def wrong(path: Path) -> bool:
        process = PROJECT / "processes" / f"{path.parent.name}.bpmn"
        return not KEBAB.fullmatch(path.stem) or not process.is_file()

    assert broken(SCENARIOS, wrong) == {}


def drawn(path: Path) -> Any:
    return json.loads(path.read_text("utf-8"))


def components(form: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The components of a form, those inside of groups too."""
    for one in form.get("components") or ():
        yield one
        yield from components(one)


# Code ----------------------------------------------------------------------------------------------------------


@cache
def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"))


def test_a_module_opens_with_a_plain_sentence() -> None:
    def wrong(path: Path) -> bool:
        opening = (ast.get_docstring(parsed(path)) or "").split("\n\n")[0]
        return not opening.endswith((".", "?", "!", "…"))

    assert broken(MODULES, wrong) == {}


def test_a_module_is_a_few_screens() -> None:
    assert broken(MODULES, lambda path: len(path.read_text("utf-8").splitlines()) > MOST_LINES) == {}


def test_names_say_what_a_thing_is() -> None:
    made = (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)

    def vague(path: Path) -> list[str]:
        names = [path.stem, *(node.name for node in ast.walk(parsed(path)) if isinstance(node, made))]
        return [name for name in names if VAGUE.search(name)]

    assert broken(MODULES, vague) == {}


def uses(path: Path) -> set[str]:
    """The dotted names that a module reads, like `os.environ`."""
    return {ast.unparse(node) for node in ast.walk(parsed(path)) if isinstance(node, ast.Attribute | ast.Name)}


def test_time_and_settings_are_given_in() -> None:
    """One module reads the clock; the environment is read where the program begins."""

    def taken(path: Path) -> set[str]:
        where = named(path).removeprefix("service/")
        forbidden: set[str] = set()
        if where != "clock.py":
            forbidden |= {"datetime.now", "datetime.utcnow", "datetime.today", "date.today", "time.time"}
        if not where.startswith(("cli/", "config.py")):
            forbidden |= {"os.environ", "os.getenv", "environ", "getenv"}
        if not where.startswith(("web/", "app.py")):
            forbidden.add("current_app")
        return uses(path) & forbidden

    assert broken([one for one in MODULES if one.is_relative_to(PROJECT / "service")], taken) == {}


def test_tests_neither_mock_nor_skip() -> None:
    ways_out = {"skip", "mark.skip", "mark.skipif", "mark.xfail", "xfail"}

    def wrong(path: Path) -> set[str]:
        nodes = list(ast.walk(parsed(path)))
        imported = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
        imported |= {node.module or "" for node in nodes if isinstance(node, ast.ImportFrom)}
        return (imported & {"unittest.mock", "mock"}) | (uses(path) & {f"pytest.{way}" for way in ways_out})

    assert broken([one for one in MODULES if one.name.startswith("test_")], wrong) == {}


def test_every_package_of_the_service_has_its_tests() -> None:
    packages = {path.parent.relative_to(PROJECT / "service") for path in (PROJECT / "service").rglob("__init__.py")}
    first = {package.parts[0] for package in packages if package.parts}
    tested = {path.name for path in (PROJECT / "tests").iterdir() if path.is_dir() and any(path.rglob("test_*.py"))}
    assert first <= tested


def test_a_handler_s_module_is_named_like_its_job_type() -> None:
    modules = {path.stem for path in (PROJECT / "service/handlers").glob("*.py")} - {"__init__", "registry"}
    assert {type_.replace("-", "_") for type_ in HANDLERS} == modules
