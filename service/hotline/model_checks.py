"""Whether a changed diagram, table or form is fit to be deployed, and whether its scenarios still come true."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection

from service import bpmn
from service.engine import Engine, decision_graphs, deployments, rehearsal, versions
from service.engine.deployments import ReadFiles
from service.errors import NotFound, Problem
from service.hotline import deployed
from service.hotline.clauses import PROJECT


@dataclass(frozen=True, slots=True)
class Play:
    """A scenario that was played; `problem` is what did not come true."""

    process_id: str
    title: str
    file: str
    problem: Problem | None


def problems(
    connection: Connection, engine: Engine, kind: str, id_: str, name: str, content: bytes, at: datetime
) -> list[Problem]:
    """All that deployment would refuse at an instant, or warn of, and what `hotline check` says of one file besides."""
    found, told = deployments.examine([(name, content)], decision_graphs.Deployed(connection, engine, at))
    if told:
        return told
    held = {"process": set(found.processes), "decision": set(found.requirements), "form": set(found.forms)}[kind]
    if id_ not in held:
        message = f"The file has nothing with the id “{id_}”, but {', '.join(sorted(held)) or 'nothing of this kind'}."
        return [Problem(id_, message, "Keep the id: what runs and what refers to it know it by its id.", name)]
    models = _models(connection, engine, at) | {one: model for one, (model, _, _) in found.processes.items()}
    return [
        *deployments.missing(found, lambda kind, one: _is_there(connection, kind, one.target_id, at)),
        *rehearsal.unserved(found, engine.handlers),
        *rehearsal.done_elsewhere(found, models),
        *deployments.lacking_approval(connection, engine, found, at),
        *found.warnings,
    ]


def play(
    connection: Connection, engine: Engine, name: str, content: bytes, at: datetime, folder: Path = PROJECT
) -> list[Play]:
    """Play the scenarios of the diagram, or of all diagrams that go by the table or form, with the rest as it counts.

    Raises ModelRejected if the file cannot be read.
    """
    finder = decision_graphs.Deployed(connection, engine, at)
    changed = deployments.read([(name, content)], finder)
    played = set(changed.processes) or set(_going_by(connection, engine, changed, at))
    files = {name: content}
    for id_ in played - set(changed.processes):
        files.setdefault(*_file(connection, "process", id_, at))
    referring, _ = deployments.examine(list(files.items()), finder)
    for kind, target in _referred(referring):
        if (
            target not in changed.forms
            and target not in changed.decisions()
            and _is_there(connection, kind, target, at)
        ):
            files.setdefault(*_file(connection, kind, target, at))
    found, told = deployments.examine(list(files.items()), finder)
    project = rehearsal.Project(folder, found, tuple(told), len(files))
    return [
        _told(project, file, folder)
        for id_ in sorted(played)
        for file in rehearsal.scenario_files(folder)
        if file.parent.name == id_
    ]


def _told(project: rehearsal.Project, file: Path, folder: Path) -> Play:
    failure = rehearsal.play_file(project, file).failure
    name = file.relative_to(folder).as_posix()
    problem = None
    if failure is not None:
        message = failure.message.removeprefix(name).lstrip(": ")
        problem = Problem(failure.element_id, message, "", name)
    return Play(file.parent.name, file.stem.replace("-", " "), name, problem)


def _models(connection: Connection, engine: Engine, at: datetime) -> dict[str, bpmn.ProcessModel]:
    rows = versions.processes_in_effect(connection, at)
    return {row["process_id"]: engine.process_model(connection, row["key"]) for row in rows}


def _going_by(connection: Connection, engine: Engine, changed: ReadFiles, at: datetime) -> Iterator[str]:
    decided = changed.decisions()
    for id_, model in _models(connection, engine, at).items():
        forms = {one.target_id for one in model.form_refs} & set(changed.forms)
        if forms or {one.target_id for one in model.decision_refs} & set(decided):
            yield id_


def _referred(found: ReadFiles) -> Sequence[tuple[str, str]]:
    models = [model for model, _, _ in found.processes.values()]
    decisions = [("decision", one.target_id) for model in models for one in model.decision_refs]
    return [*decisions, *(("form", one.target_id) for model in models for one in model.form_refs)]


def _is_there(connection: Connection, kind: str, id_: str, at: datetime) -> bool:
    return versions.in_effect(connection, kind, id_, at) is not None


def _file(connection: Connection, kind: str, id_: str, at: datetime) -> tuple[str, bytes]:
    """The file of what counts at an instant, by its own name."""
    row = versions.in_effect(connection, kind, id_, at)
    if row is None:
        raise NotFound(f"There is no {kind} “{id_}” then.")
    return deployed.named_content(connection, kind, row["requirements_key" if kind == "decision" else "key"])
