"""Decisions: found by binding, evaluated, and told so that history can say which rule fired."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, select

from service import bpmn, dmn, feel
from service.engine import Engine, decision_records, imported, versions
from service.errors import Invalid, NotFound, StuckError
from service.store.tables import decision_definition, decision_requirements


@dataclass(frozen=True, slots=True)
class Evaluation:
    """A decision's output (JSON), with the record of every decision and rule on the way; `spelled_out` reads it."""

    definition: RowMapping
    output: Any
    record: dict[str, Any]
    failed: str | None
    failure_message: str


def evaluate(
    connection: Connection,
    engine: Engine,
    variables: Mapping[str, Any],
    *,
    decision_id: str | None = None,
    key: int | None = None,
) -> Evaluation:
    """Evaluate the version of a decision that is in effect, or the one with this key; raises NotFound."""
    if key is None:
        row = versions.in_effect(connection, "decision", decision_id or "", engine.clock())
    else:
        row = versions.newest(connection, "decision", key=key)
    if row is None or row["deleted_at"]:
        raise NotFound(f"There is no decision {decision_id or key}.")
    return _evaluate(connection, engine, [row], variables, engine.clock)[0]


def evaluate_all(
    connection: Connection, engine: Engine, variables: Mapping[str, Any], decision_ids: Sequence[str]
) -> list[Evaluation]:
    """Evaluate the versions in effect of several decisions of one model in one run, at one moment.

    What they share is evaluated once, and told with the first. Raises NotFound, Invalid for those of several models.
    """
    rows, at = list[RowMapping](), engine.clock()
    for id_ in decision_ids:
        row = versions.in_effect(connection, "decision", id_, at)
        if row is None:
            raise NotFound(f"There is no decision {id_}.")
        if rows and row["requirements_key"] != rows[0]["requirements_key"]:
            raise Invalid(
                f"The decisions {rows[0]['decision_id']} and {id_} are not of one model. Ask for each by itself."
            )
        rows.append(row)
    return _evaluate(connection, engine, rows, variables, lambda: at)


def decider(
    connection: Connection, engine: Engine, definition_key: int, now: Callable[[], datetime]
) -> Callable[[bpmn.Reference, Mapping[str, Any]], bpmn.DecisionOutcome]:
    """How the runs of a process ask for decisions; raises StuckError for one that is missing or fails."""

    def decide(reference: bpmn.Reference, variables: Mapping[str, Any]) -> bpmn.DecisionOutcome:
        target, binding, tag = reference.target_id, reference.binding, reference.version_tag
        row = versions.bound(connection, "decision", target, binding, tag, definition_key, now())
        if row is None:
            raise StuckError(
                reference.element_id, f"The decision {reference.target_id} is not deployed.", "CALLED_DECISION_ERROR"
            )
        answer = _evaluate(connection, engine, [row], variables, now)[0]
        if answer.failed:
            raise StuckError(
                reference.element_id,
                f"The decision {answer.failed} failed: {answer.failure_message}",
                "DECISION_EVALUATION_ERROR",
            )
        return bpmn.DecisionOutcome(answer.output, answer.record)

    return decide


def _evaluate(
    connection: Connection,
    engine: Engine,
    rows: Sequence[RowMapping],
    variables: Mapping[str, Any],
    now: Callable[[], datetime],
) -> list[Evaluation]:
    """Evaluate decisions of one model together."""
    model = engine.decision_model(connection, rows[0]["requirements_key"])
    results = dmn.evaluate_all(model, [row["decision_id"] for row in rows], variables, engine.environment(now))
    told = [_told(model, row, result) for row, result in zip(rows, results, strict=True)]
    if engine.reads_protected(rows[0]["requirements_key"]):
        for one in told:
            one.record["is_protected"] = True
    steps = [step for one in told for step in one.record["evaluated"] if "#" in step["decision_id"]]
    if steps:  # of what is imported, the version cannot be found by the graph that was asked
        known = definitions(connection, rows[0]["requirements_key"])
        for step in steps:
            step["decision_key"] = str(known[step["decision_id"]]["key"])
    return told


def _told(model: dmn.DecisionModel, row: RowMapping, result: dmn.DecisionResult) -> Evaluation:
    record = {"decision_id": row["decision_id"], "decision_key": str(row["key"]), "version": row["version"]}
    try:
        output = feel.to_json(result.output)
        record |= {"output": output, "evaluated": [decision_records.brief(model, one) for one in result.evaluated]}
    except feel.FeelLimit as error:
        return Evaluation(row, None, record | {"output": None, "evaluated": []}, row["decision_id"], str(error))
    return Evaluation(row, output, record, result.failed, result.failure_message)


def spelled_out(connection: Connection, engine: Engine, record: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What was evaluated on the way to a recorded decision, in the words of the version that decided.

    Each has decision_id, name, kind, output, warnings and its expression if it is no table; inputs (id, name, value,
    of a table with its expression); rules that fired (rule_id, index, outputs, annotation, legal_basis). Of a table
    also hit_policy, rows, rows_tried, whether its output is by_default, and the unmatched rows (rule_id, index,
    annotation, legal_basis, refused_by: the input with its cell, or None where others had priority); `tables` tells
    the same of those that were called on the way.
    """
    key = int(record["decision_key"])
    query = select(decision_definition.c.requirements_key).where(decision_definition.c.key == key)
    model = engine.decision_model(connection, connection.execute(query).scalar_one())
    return [decision_records.spelled_out(model, one) for one in record["evaluated"]]


def definitions(connection: Connection, requirements_key: int) -> dict[str, RowMapping]:
    """The definitions of a graph and of what it imports, by the ids that records call them by."""
    table, graph = decision_definition, decision_requirements
    query = select(table, graph.c.namespace).join(graph, graph.c.key == table.c.requirements_key)
    found = {}
    for row in connection.execute(query.where(graph.c.key == requirements_key)).mappings():
        found[row["decision_id"].removeprefix(f"{row['namespace']}#")] = row
    for namespace, key in imported(connection, requirements_key).items():
        for id_, row in definitions(connection, key).items():
            found[id_ if "#" in id_ else f"{namespace}#{id_}"] = row
    return found
