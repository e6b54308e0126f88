"""A folder of diagrams, tables and forms, checked and played without a database, before anything is deployed."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path, PurePath

from service import bpmn, dmn, feel, forms
from service.bpmn.scenario_files import START_FILE, Scenario, ScenarioFailed, Variables, read_defaults, read_scenario
from service.bpmn.scenarios import Played, Stage, play
from service.calendar import Calendar
from service.clock import Clock
from service.engine import deployments
from service.engine.deployments import ReadFiles
from service.errors import Invalid, Problem, StuckError

FOLDERS = (("processes", ".bpmn"), ("dmn", ".dmn"), ("forms", ".form"))
SCENARIOS = "tests/scenarios"
_SUFFIXES = {"process": ".bpmn", "decision": ".dmn", "form": ".form"}


@dataclass(frozen=True, slots=True)
class Project:
    """What could be read of a folder, with the problems of what could not."""

    folder: Path
    found: ReadFiles
    problems: tuple[Problem, ...]
    files: int

    @property
    def models(self) -> dict[str, bpmn.ProcessModel]:
        return {id_: model for id_, (model, _, _) in self.found.processes.items()}

    @property
    def unread(self) -> frozenset[str]:
        """The endings of the files that could not be read."""
        return frozenset(PurePath(one.file).suffix for one in self.problems)


@dataclass(frozen=True, slots=True)
class Report:
    """Every problem of a folder, warnings too, how much was looked at, and what could be read of it."""

    problems: tuple[Problem, ...]
    files: int
    scenarios: int
    project: Project


def check(folder: Path, job_types: Collection[str]) -> Report:
    """Read everything, resolve what refers to what, play all scenarios; `job_types` are those that have a handler."""
    project = read_project(folder)
    problems = [*project.problems, *project.found.warnings, *_missing(project), *unserved(project.found, job_types)]
    problems.extend(done_elsewhere(project.found, project.models))
    files = scenario_files(folder)
    plays: dict[str, list[Played]] = {id_: [] for id_ in project.models}
    not_played = set()
    for process_id, of_process in groupby(files, _process_id):
        together = list(of_process)
        if (problem := _unplayable(project, process_id, len(together))) is not None:
            problems.append(problem)
            not_played.add(process_id)
            continue
        for file in together:
            played = play_file(project, file)
            plays[process_id].append(played)
            if played.failure:
                problems.append(_told(played.failure, file, folder))
    if (folder / SCENARIOS).is_dir():
        for id_, model in project.models.items():
            if id_ not in not_played:
                problems.extend(_unplayed(project, model, plays[id_]))
    return Report(tuple(problems), project.files, len(files), project)


def read_project(folder: Path) -> Project:
    """Read the diagrams, tables and forms of a folder."""
    paths = [path for name, suffix in FOLDERS for path in sorted((folder / name).rglob(f"*{suffix}"))]
    files = [(path.relative_to(folder).as_posix(), path.read_bytes()) for path in paths]
    found, problems = deployments.examine(files)
    return Project(folder, found, tuple(problems), len(files))


def scenario_files(folder: Path) -> list[Path]:
    """The scenarios of a folder: tests/scenarios/<process id>/<what happens>.yaml."""
    return sorted(path for path in (folder / SCENARIOS).rglob("*.yaml") if path.name != START_FILE)


def play_file(project: Project, file: Path) -> Played:
    """Play one scenario on the process that its folder is named after."""
    try:
        scenario = _scenario(project, file)
        model = project.models.get(_process_id(file))
        if model is None:
            raise ScenarioFailed(scenario.file, f"There is no readable process {_process_id(file)}, like its folder.")
    except ScenarioFailed as failure:
        return Played(frozenset(), frozenset(), failure)
    return play(model, scenario, _stage(project.found))


def unplayed(model: bpmn.ProcessModel, plays: Iterable[Played]) -> tuple[str, ...]:
    """The elements and sequence flows of a process that none of these scenarios played, in the order of the file."""
    seen = frozenset[str]().union(*(one.elements | one.flows for one in plays))
    return tuple(id_ for id_ in (*model.elements, *model.flows) if id_ not in seen)


def _scenario(project: Project, file: Path) -> Scenario:
    defaults: Variables = {}
    beside = file.with_name(START_FILE)
    if beside.is_file():
        defaults = read_defaults(_text(beside, project.folder), _name(beside, project.folder))
    return read_scenario(_text(file, project.folder), _name(file, project.folder), defaults)


def _stage(found: ReadFiles) -> Stage:
    """Decisions and forms of the same files, and the public calendar."""
    days, graphs = Calendar(), found.decisions()

    def decide(reference: bpmn.Reference, variables: Variables, now: Clock) -> bpmn.DecisionOutcome:
        target = reference.target_id
        if target not in graphs:
            raise StuckError(reference.element_id, f"The decision {target} is not there.")
        graph = found.requirements[graphs[target]].model
        result = dmn.evaluate(graph, target, variables, feel.Environment(now=now, working_days=days))
        if result.failed:
            raise StuckError(reference.element_id, f"The decision {result.failed} failed: {result.failure_message}")
        return bpmn.DecisionOutcome(feel.to_json(result.output), {})

    def check_answers(reference: bpmn.Reference, answers: Variables, seen: Variables, now: Clock) -> Variables:
        if reference.target_id not in found.forms:
            raise Invalid(f"The form {reference.target_id} is not there.")
        form, _, _ = found.forms[reference.target_id]
        unasked = [Problem(name, "the form does not ask for it.") for name in answers if name not in form.labels]
        if unasked:
            raise Invalid(f"The answers do not fit the form {form.id}.", unasked)
        return forms.check(form, answers, lambda: seen, feel.Environment(now=now, working_days=days))

    return Stage(decide, check_answers, days)


def _missing(project: Project) -> list[Problem]:
    """References that lead nowhere; of a kind of which a file could not be read, that cannot be said."""
    return deployments.missing(project.found, lambda kind, _: _SUFFIXES[kind] in project.unread)


def _unplayable(project: Project, process_id: str, count: int) -> Problem | None:
    """Why the scenarios of a process cannot be played at all: told once for all of them, at the file at fault."""
    name, folder = f"processes/{process_id}.bpmn", f"{SCENARIOS}/{process_id}"
    not_played, again = f"Its {count} scenarios were not played:", "Mend the file; they are played again then."
    model = project.models.get(process_id)
    if model is None:
        if any(one.file == name for one in project.problems):
            return Problem(process_id, f"{not_played} the diagram cannot be read.", again, name)
        message = f"{not_played} there is no readable process {process_id}, like the folder."
        return Problem(process_id, message, "Name the folder like its process, or mend the diagram.", folder)
    for kind, references, known in (
        ("decision", model.decision_refs, project.found.decisions()),
        ("form", model.form_refs, project.found.forms),
    ):
        lost = sorted({one.target_id for one in references} - set(known))
        if lost and _SUFFIXES[kind] in project.unread:
            said = f"{not_played} its {kind} {', '.join(lost)} is in no file that can be read."
            return Problem(process_id, said, again, project.found.processes[process_id][1])
    return None


def unserved(found: ReadFiles, job_types: Collection[str]) -> Iterator[Problem]:
    """The jobs that nobody does."""
    for model, name, _ in found.processes.values():
        for id_, type_ in model.job_types:
            is_external = model.elements[id_].properties.get("external") == "true"
            if type_ not in job_types and not type_.startswith("=") and not is_external:
                mend = "Correct the type, or give the element the property external = true if a worker outside does it."
                yield Problem(id_, f"No handler does jobs of the type “{type_}”.", mend, name)


def done_elsewhere(found: ReadFiles, models: Mapping[str, bpmn.ProcessModel]) -> Iterator[Problem]:
    """What a process waits for that others end; `models` are all that there are."""
    for model, name, _ in found.processes.values():
        for element_id, message, mend in bpmn.done_elsewhere(model, models):
            yield Problem(element_id, message, mend, name)


def _unplayed(project: Project, model: bpmn.ProcessModel, plays: list[Played]) -> Iterator[Problem]:
    _, name, _ = project.found.processes[model.id]
    for id_ in unplayed(model, plays):
        element, flow = model.elements.get(id_), model.flows.get(id_)
        told = f"“{element.name}”" if element else f"The way {flow.source} → {flow.target}" if flow else id_
        yield Problem(id_, f"{told} is played by no scenario.", f"Tell one in {SCENARIOS}/{model.id}/.", name)


def _told(failure: ScenarioFailed, file: Path, folder: Path) -> Problem:
    name = _name(file, folder)
    message = failure.message.removeprefix(name).lstrip(": ")
    return Problem(failure.element_id, message, "Correct the scenario, or what it plays.", name)


def _process_id(file: Path) -> str:
    return file.parent.name


def _name(file: Path, folder: Path) -> str:
    return file.relative_to(folder).as_posix()


def _text(file: Path, folder: Path) -> str:
    try:
        return file.read_text("utf-8")
    except UnicodeDecodeError:
        raise ScenarioFailed(_name(file, folder), "It is no text in UTF-8.") from None
