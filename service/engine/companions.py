"""What is to be deployed together with a changed file, so that all that is bound by deployment means the change.

A diagram that binds a form by deployment goes on with the form that it was deployed with. Whoever changes the form
alone would change nothing: the diagrams that bind it go along as they are, with those that call them by deployment,
and with what these bind.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Connection, select

from service import bpmn
from service.engine import Engine, decision_graphs, deployments, versions
from service.store.tables import decision_requirements, form, process_definition

_Named = tuple[str, str]


def files(connection: Connection, engine: Engine, name: str, content: bytes, at: datetime) -> deployments.Files:
    """The file, and those in force at an instant that go with it; raises ModelRejected if it cannot be read."""
    changed = deployments.read([(name, content)], decision_graphs.Deployed(connection, engine, at))
    rows = {row["process_id"]: row for row in versions.processes_in_effect(connection, at)}
    models = {id_: engine.process_model(connection, row["key"]) for id_, row in rows.items()}
    models |= {id_: model for id_, (model, _, _) in changed.processes.items()}
    mine = {("process", id_) for id_ in changed.processes} | {("form", id_) for id_ in changed.forms}
    mine |= {("decision", id_) for id_ in changed.decisions()}
    found = _with_bound(models, _with_binding(models, mine)) - mine
    together = {name: content}
    for kind, id_ in sorted(found):
        row = versions.in_effect(connection, kind, id_, at)
        # A form that stands in a diagram goes with it.
        if row is not None and (kind != "form" or row["resource_name"].endswith(".form")):
            file, read = _file(connection, kind, row["requirements_key"] if kind == "decision" else row["key"])
            together.setdefault(file, read)
    return list(together.items())


def _with_binding(models: Mapping[str, bpmn.ProcessModel], named: set[_Named]) -> set[_Named]:
    """These, and the processes that bind any of them by deployment, and those that bind those."""
    found = set(named)
    while more := {
        ("process", id_)
        for id_, model in models.items()
        if ("process", id_) not in found and deployments.bound_by_deployment(model) & found
    }:
        found |= more
    return found


def _with_bound(models: Mapping[str, bpmn.ProcessModel], named: set[_Named]) -> set[_Named]:
    """These, and what the processes among them bind by deployment, and so on."""
    found, fresh = set(named), set(named)
    while fresh:
        asked = [models[id_] for kind, id_ in fresh if kind == "process" and id_ in models]
        fresh = {one for model in asked for one in deployments.bound_by_deployment(model)} - found
        found |= fresh
    return found


def _file(connection: Connection, kind: str, key: int) -> tuple[str, bytes]:
    table = {"process": process_definition, "decision": decision_requirements, "form": form}[kind]
    column = table.c.schema_json if kind == "form" else table.c.xml
    row = connection.execute(select(table.c.resource_name, column.label("content")).where(table.c.key == key)).one()
    return row.resource_name, row.content.encode() if isinstance(row.content, str) else bytes(row.content)
