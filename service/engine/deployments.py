"""Deploying diagrams, decision tables and forms: all of a deployment or nothing, with every problem at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import PurePath
from typing import Any

from sqlalchemy import Connection, RowMapping, insert, select

from service import bpmn, dmn, forms
from service.engine import Engine, approvals, audit, decision_graphs, start_events, versions
from service.engine.decision_graphs import DecisionGraph
from service.errors import Invalid, ModelRejected, Problem
from service.store.keys import new_key
from service.store.tables import (
    deployment,
    deployment_resource,
    form,
    process_definition,
)

Files = Sequence[tuple[str, bytes]]


@dataclass(frozen=True, slots=True)
class Deployment:
    """What a deployment means: rows of versions, whether new or there already with the same content.

    `warnings` are of what can run, though probably not as it was meant.
    """

    key: int
    process_definitions: tuple[RowMapping, ...]
    decision_definitions: tuple[RowMapping, ...]
    decision_requirements: tuple[RowMapping, ...]
    forms: tuple[RowMapping, ...]
    warnings: tuple[Problem, ...] = ()


@dataclass
class ReadFiles:
    """The models of a deployment by id, each with its file; `warnings` do not keep them from being deployed."""

    processes: dict[str, tuple[bpmn.ProcessModel, str, bytes]] = field(default_factory=dict)
    requirements: dict[str, DecisionGraph] = field(default_factory=dict)
    forms: dict[str, tuple[forms.Form, str, bytes]] = field(default_factory=dict)
    warnings: list[Problem] = field(default_factory=list)

    def decisions(self) -> dict[str, str]:
        """Decision id → id of the graph that holds it."""
        return {decision: key for key, graph in self.requirements.items() for decision in graph.decisions}


def read(files: Files, deployed: dmn.Find) -> ReadFiles:
    """Read the files; raises ModelRejected with the problems of all of them."""
    found, problems = examine(files, deployed)
    if problems:
        raise ModelRejected(problems)
    return found


def examine(files: Files, deployed: dmn.Find = lambda _: None) -> tuple[ReadFiles, list[Problem]]:
    """What can be read of the files, with the errors of all of them; `deployed` knows other models by namespace."""
    found, problems = ReadFiles(), list[Problem]()
    seen: dict[tuple[str, str], str] = {}
    read_graph = decision_graphs.reader([one for one in files if _kind(one[0]) == ".dmn"], deployed)
    for name, content in files:
        try:
            named = _read_one(found, name, content, read_graph)
        except ModelRejected as refused:
            problems.extend(refused.problems)
            continue
        for kind, id_ in named:
            if len(id_) > bpmn.MAX_NAME:
                text = f"The {kind} id has {len(id_)} characters: {id_[:40]}…"
                problems.append(Problem(id_, text, f"Use {bpmn.MAX_NAME} at the most.", name))
            if (kind, id_) in seen:
                mend = "Give one of them another id, or leave one out."
                problems.append(Problem(id_, f"The same {kind} id is in {seen[kind, id_]} too.", mend, name))
            seen[kind, id_] = name
    return found, problems


def missing(found: ReadFiles, is_elsewhere: Callable[[str, bpmn.Reference], bool]) -> list[Problem]:
    """What the diagrams refer to that is neither in the files nor elsewhere, asked with its kind (form, …)."""
    problems = []
    for model, name, _ in found.processes.values():
        for kind, references, here in (
            ("form", model.form_refs, found.forms),
            ("decision", model.decision_refs, found.decisions()),
            ("process", model.call_refs, found.processes),
        ):
            for reference in references:
                target = reference.target_id
                if target not in here and not is_elsewhere(kind, reference):
                    message = f"It refers to the {kind} “{target}”, which is not deployed."
                    mend = f"Deploy the {kind} together with the diagram, or correct its id."
                    problems.append(Problem(reference.element_id, message, mend, name))
    return problems


def unapproved(connection: Connection, engine: Engine, files: Files) -> frozenset[str]:
    """The names of the files that may not be deployed as others must approve them first; first versions may."""
    at = engine.clock()
    found = read(files, decision_graphs.Deployed(connection, engine, at))
    return frozenset(one.file for one in lacking_approval(connection, engine, found, at, is_founding=True))


def deploy(
    connection: Connection,
    engine: Engine,
    files: Files,
    *,
    by: str,
    effective_at: datetime | None = None,
    is_founding: bool = False,
) -> Deployment:
    """Deploy files together; identical content keeps its version, unless it binds by deployment what has changed.

    What is new in them counts from an instant to come, if one is given; an instant that is past means now. Where
    `is_founding`, what others must approve may be deployed for the first time. Raises ModelRejected, Invalid for no
    file at all.
    """
    if not files:
        raise Invalid("There is no file to deploy. Send at least one .bpmn, .dmn or .form file.")
    key, at = new_key(), engine.clock()
    moment = versions.Moment(key, at, max(at, effective_at or at))
    deployed = decision_graphs.Deployed(connection, engine, moment.effective_at)
    found = read(files, deployed)
    problems = missing(found, lambda kind, reference: _is_stored(connection, kind, reference, moment))
    problems += lacking_approval(connection, engine, found, moment.effective_at, is_founding=is_founding)
    if problems:
        raise ModelRejected(problems)
    connection.execute(insert(deployment).values(key=key, deployed_at=at, deployed_by=by))
    values: dict[str, Any]
    graphs, decided = decision_graphs.write(connection, found.requirements, deployed, moment)
    formed = []
    for id_, (one, name, content) in found.forms.items():
        values = {"schema_json": content.decode(), "version_tag": one.version_tag}
        formed.append(versions.keep(connection, form, "form_id", id_, moment, name, content, values)[0])
    present = {("decision", row["decision_id"]): row["key"] for row in decided}
    present |= {("form", row["form_id"]): row["key"] for row in formed}
    renewed = _renewed(connection, found, present, moment)
    processes, changed = [], []
    for id_, (model, name, content) in found.processes.items():
        values = {"name": model.name, "xml": content, "version_tag": model.version_tag}
        values["start_form_id"] = next((ref.target_id for ref in model.form_refs if ref.is_start), None)
        anew = id_ in renewed
        row, is_changed = versions.keep(
            connection, process_definition, "process_id", id_, moment, name, content, values, anew=anew
        )
        processes.append(row)
        if is_changed:
            changed.append(row)
    for kind, column, rows in (
        ("process", "process_id", processes),
        ("decision", "decision_id", decided),
        ("form", "form_id", formed),
    ):
        for row in rows:
            named = {"kind": kind, "resource_id": row[column], "resource_key": row["key"], "deployment_key": key}
            connection.execute(insert(deployment_resource).values(**named))
    resources = {row["resource_name"]: row["checksum"] for row in (*processes, *graphs, *formed)}
    audit.record(connection, at, "deployment", who=by, subject=f"deployment {key}", resources=resources)
    for row in changed:
        start_events.changed(connection, engine, row)
    engine.wake(connection)
    files_of_forms = tuple(row for row in formed if _kind(row["resource_name"]) == ".form")  # not those in diagrams
    return Deployment(key, tuple(processes), tuple(decided), tuple(graphs), files_of_forms, tuple(found.warnings))


def lacking_approval(
    connection: Connection, engine: Engine, found: ReadFiles, at: datetime, *, is_founding: bool = False
) -> list[Problem]:
    """What of the files others must have approved to count from an instant on, and have not."""
    wanted = (*approvals.of_processes(found.processes), *approvals.of_decisions(found.requirements.values()))
    return approvals.lacking(connection, engine, wanted, at, is_founding=is_founding)


def _read_one(
    found: ReadFiles, name: str, content: bytes, read_graph: Callable[[str], DecisionGraph]
) -> list[tuple[str, str]]:
    """Read a file into what has been found; answers the kinds and ids of what it holds."""
    match _kind(name):
        case ".bpmn":
            processes = bpmn.read_models(content, name)
            found.processes.update({one.id: (one, name, content) for one in processes})
            found.warnings.extend(warning for one in processes for warning in one.warnings)
            embedded = _embedded(processes, name)
            found.forms.update(embedded)
            return [*(("process", one.id) for one in processes), *(("form", id_) for id_ in embedded)]
        case ".dmn":
            graph = read_graph(name)
            found.warnings.extend(one for one in graph.problems if one.is_warning)
            if errors := [one for one in graph.problems if not one.is_warning]:
                raise ModelRejected(errors)
            found.requirements[graph.id] = graph
            return [("decision requirements", graph.id), *(("decision", id_) for id_ in graph.decisions)]
        case ".form":
            one = forms.read_form(content, name)
            found.forms[one.id] = (one, name, content)
            return [("form", one.id)]
    mend = "Save it as .bpmn (diagram), .dmn (decision table) or .form (form)."
    raise ModelRejected([Problem(name, "This kind of file cannot be deployed.", mend, name)])


def _embedded(processes: Sequence[bpmn.ProcessModel], name: str) -> dict[str, tuple[forms.Form, str, bytes]]:
    """The forms that stand in a diagram; raises ModelRejected with the problems of all of them."""
    found, problems = dict[str, tuple[forms.Form, str, bytes]](), list[Problem]()
    for process in processes:
        for id_, content in process.forms.items():
            try:
                found[id_] = (forms.read_form(content, name, id_), name, content)
            except ModelRejected as refused:
                for one in refused.problems:
                    at = f", at “{one.element_id}”" if one.element_id != name else ""
                    told = f"In its form “{id_.removeprefix(f'{process.id}.')}”{at}: {one.message}"
                    problems.append(replace(one, element_id=process.id, message=told))
    if problems:
        raise ModelRejected(problems)
    return found


def _kind(name: str) -> str:
    return PurePath(name).suffix.lower()


def _is_stored(connection: Connection, kind: str, reference: bpmn.Reference, moment: versions.Moment) -> bool:
    """Whether an earlier deployment has it, which counts unless this one must."""
    found = versions.in_effect(connection, kind, reference.target_id, moment.effective_at)
    return reference.binding != "deployment" and found is not None


def _renewed(
    connection: Connection, found: ReadFiles, present: Mapping[tuple[str, str], int], moment: versions.Moment
) -> set[str]:
    """The processes that need a new version: they have changed, or what they bind by deployment has.

    `present` are the keys of this deployment's decisions and forms. A caller changes with what it calls.
    """
    newest = {
        id_: versions.same(connection, process_definition, "process_id", id_, moment, versions.checksum(content))
        for id_, (_, _, content) in found.processes.items()
    }
    renewed = {id_ for id_, row in newest.items() if row is None}
    bound = {}
    for id_ in found.processes.keys() - renewed:
        model, row = found.processes[id_][0], newest[id_]
        assert row
        together = select(deployment_resource).where(deployment_resource.c.deployment_key == row["deployment_key"])
        before = {(one.kind, one.resource_id): one.resource_key for one in connection.execute(together)}
        keys = {**present, **{("process", other): one["key"] for other, one in newest.items() if one}}
        references = bound_by_deployment(model)
        bound[id_] = {target for kind, target in references if kind == "process"}
        if any(before.get(reference) != keys.get(reference) for reference in references):
            renewed.add(id_)
    while callers := {id_ for id_, called in bound.items() if called & renewed} - renewed:
        renewed |= callers
    return renewed


def bound_by_deployment(model: bpmn.ProcessModel) -> set[tuple[str, str]]:
    """Kinds and ids of what a process means in the version that it was deployed with."""
    kinds = (("form", model.form_refs), ("decision", model.decision_refs), ("process", model.call_refs))
    return {(kind, one.target_id) for kind, references in kinds for one in references if one.binding == "deployment"}
