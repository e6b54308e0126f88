"""Decision models of a deployment: read together, and kept with the versions of what they import."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection, RowMapping, func, insert, select, update

from service import dmn
from service.engine import Engine, versions
from service.engine.versions import Moment
from service.errors import ModelRejected, Problem
from service.store.keys import new_key
from service.store.tables import decision_definition, decision_requirements


@dataclass(frozen=True, slots=True)
class DecisionGraph:
    """A model with its file. `decisions` are those and the services of the model by the ids that callers use."""

    id: str
    model: dmn.DecisionModel
    decisions: Mapping[str, dmn.Decision | dmn.DecisionService]
    problems: tuple[Problem, ...]
    name: str
    content: bytes


@dataclass
class Deployed:
    """What is deployed already, by namespace: what is in effect then; `keys` are of those that were asked for."""

    connection: Connection
    engine: Engine
    at: datetime
    keys: dict[str, int] = field(default_factory=dict)

    def __call__(self, namespace: str) -> dmn.DecisionModel | None:
        table = decision_requirements
        counts = table.c.deleted_at.is_(None) & (table.c.effective_at <= self.at)
        query = select(table.c.key).where(table.c.namespace == namespace, counts)
        key = self.connection.execute(query.order_by(table.c.effective_at.desc(), table.c.key.desc())).scalar()
        if key is None:
            return None
        self.keys[namespace] = key
        return self.engine.decision_model(self.connection, key)


def reader(files: Sequence[tuple[str, bytes]], deployed: dmn.Find) -> Callable[[str], DecisionGraph]:
    """How each of the files is read, by its name; raises ModelRejected for one that is no DMN at all.

    Ids that models of several namespaces have in common are known with their namespace, as `namespace#id`.
    """
    found = dmn.examine_together(files, deployed, deeply=True)
    contents = dict(files)
    shared = dmn.ids_in_common(one.model for one in found.values() if one.model)
    return lambda name: _graph(found[name], shared, name, contents[name])


def _graph(read: dmn.ReadFile, shared: frozenset[str], name: str, content: bytes) -> DecisionGraph:
    model = read.model
    if model is None:
        raise ModelRejected(read.problems)

    def known_as(id_: str) -> str:
        return f"{model.namespace}#{id_}" if id_ in shared else id_

    parts: dict[str, dmn.Decision | dmn.DecisionService] = {**model.decisions, **model.services}
    decisions = {known_as(id_): part for id_, part in parts.items()}
    problems = list(read.problems)
    for id_ in sorted(shared & {model.id, *parts}):
        message = f"The id “{id_}” is also that of something in another file."
        mend = f"Give one of them another id; as it is, this one is known as “{known_as(id_)}”."
        problems.append(Problem(id_, message, mend, name, is_warning=True))
    return DecisionGraph(known_as(model.id), model, decisions, tuple(problems), name, content)


def write(
    connection: Connection, graphs: Mapping[str, DecisionGraph], deployed: Deployed, moment: Moment
) -> tuple[list[RowMapping], list[RowMapping]]:
    """Keep the graphs, each after what it imports; answers the rows of graphs and of decisions.

    A graph has a new version if it has changed, or what it imports has.
    """
    by_model = {id(graph.model): graph for graph in graphs.values()}
    rows: dict[str, RowMapping] = {}
    decided: dict[str, list[RowMapping]] = {}

    def keep(graph: DecisionGraph) -> int:
        if graph.id not in rows:
            imports = {}
            for one in graph.model.imports:
                here = by_model.get(id(one.model))
                imports[one.namespace] = str(keep(here) if here else deployed.keys[one.namespace])
            rows[graph.id], is_changed = _keep(connection, graph, imports, moment)
            decided[graph.id] = _decisions(connection, graph, rows[graph.id], moment, is_changed=is_changed)
        return int(rows[graph.id]["key"])

    for graph in graphs.values():
        keep(graph)
    return [rows[id_] for id_ in graphs], [row for id_ in graphs for row in decided[id_]]


def _keep(
    connection: Connection, graph: DecisionGraph, imports: Mapping[str, str], moment: Moment
) -> tuple[RowMapping, bool]:
    table, column = decision_requirements, "requirements_id"
    known = versions.same(connection, table, column, graph.id, moment, versions.checksum(graph.content))
    anew = known is not None and known["imports"] != imports
    values = {
        "name": graph.model.name,
        "namespace": graph.model.namespace,
        "xml": graph.content,
        "imports": dict(imports),
    }
    file = (graph.name, graph.content)
    return versions.keep(connection, table, column, graph.id, moment, *file, values, anew=anew)


def _decisions(
    connection: Connection, graph: DecisionGraph, row: RowMapping, moment: Moment, *, is_changed: bool
) -> list[RowMapping]:
    table = decision_definition
    if is_changed and row["deployment_key"] != moment.key:
        moved = update(table).where(table.c.requirements_key == row["key"])
        connection.execute(moved.values(effective_at=row["effective_at"]))
    elif is_changed:
        known = select(table.c.decision_id, func.max(table.c.version)).where(table.c.decision_id.in_(graph.decisions))
        newest = dict(connection.execute(known.group_by(table.c.decision_id)).all())
        written = [
            {
                "key": new_key(),
                "requirements_key": row["key"],
                "deployment_key": moment.key,
                "effective_at": moment.effective_at,
                "decision_id": id_,
                "version": newest.get(id_, 0) + 1,
                "version_tag": decision.version_tag,
                "name": decision.name,
            }
            for id_, decision in graph.decisions.items()
        ]
        if written:
            connection.execute(insert(table), written)
    mine = select(table).where(table.c.requirements_key == row["key"]).order_by(table.c.key)
    return list(connection.execute(mine).mappings())
