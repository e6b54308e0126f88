"""What was decided in process instances: each decision of each evaluation, out of their history.

An evaluation that no process asked for is not kept: its inputs may be personal, and nobody would own them.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from flask import Blueprint
from sqlalchemy import BigInteger, ColumnElement, RowMapping, Select, Text, and_, case, cast, literal, null, or_, select

from service.engine import decisions
from service.errors import NotFound
from service.hotline.protections import NOTHING, Marks
from service.store.queries import Field, members
from service.store.tables import (
    decision_definition,
    decision_requirements,
    element_instance,
    history,
    process_instance,
    protection,
)
from service.web import here
from service.web.access import require_instance, seen_instances
from service.web.api.decisions import shown_inputs, shown_reasons, shown_rules
from service.web.api.filters import searches
from service.web.api.operations import described
from service.web.api.schemas.decisions import INSTANCE_KEY, DecisionInstance, ReasonedDecisionInstance
from service.web.api.schemas.values import DECISION_INSTANCE_STATES, DECISION_TYPES
from service.web.api.wire import (
    TENANT,
    OneOf,
    found,
    instant,
    json_text,
    key_of,
    read_instant,
    read_integer,
    read_key,
    read_text,
    text,
)
from service.web.eyes import eyes

blueprint = Blueprint("decision_instances", __name__)

# Each of them has to be read out of its line.
_COUNTED = 1_000
_KEY = re.compile(r"([0-9]{1,19})-([0-9]{1,6})", re.ASCII)


@cache
def _rows(is_sqlite: bool) -> tuple[ColumnElement[int], Select[Any], dict[str, Field]]:
    """The position of a decision in its evaluation, all decisions of all evaluations, and what they are found by."""
    each, one, number = members(history.c.data, "evaluated", is_sqlite=is_sqlite)
    asked, definition = decision_definition.alias(), decision_definition
    graph = decision_requirements
    decision_id, name = one["decision_id"].as_string(), one["name"].as_string()
    imported = cast(one["decision_key"].as_string(), BigInteger)
    columns = {
        "evaluation": history.c.key,
        "number": number,
        "instance_key": history.c.instance_key,
        "at": history.c.at,
        "state": literal("EVALUATED", Text),
        "failure": cast(null(), Text),
        "decision_id": definition.c.decision_id,
        "decision_key": definition.c.key,
        "name": definition.c.name,
        "version": definition.c.version,
        # Of a table history keeps no words.
        "type": case((name.is_(None), "DECISION_TABLE"), else_="LITERAL_EXPRESSION"),
        "asked_key": asked.c.key,
        "definition_key": process_instance.c.definition_key,
        "root_key": process_instance.c.root_key,
        "business_id": process_instance.c.business_id,
        "secrecy": protection.c.secrecy,
        "confidential": protection.c.confidential,
        "element_key": element_instance.c.key,
        "key": history.c.key,
        "data": history.c.data,
        "sealed": history.c.sealed,
        "data_key": process_instance.c.data_key,
    }
    query = (
        select(*(column.label(label) for label, column in columns.items()))
        .select_from(history)
        .join(process_instance, process_instance.c.key == history.c.instance_key)
        .outerjoin(protection, protection.c.root_key == process_instance.c.root_key)
        .join(asked, asked.c.key == cast(history.c.data["decision_key"].as_string(), BigInteger))
        .join(graph, graph.c.key == asked.c.requirements_key)
        .join(each, literal(True))
        .join(
            definition,
            or_(
                definition.c.key == imported,
                and_(
                    imported.is_(None),
                    definition.c.requirements_key == graph.c.key,
                    # An id that another file has too is known with its namespace.
                    definition.c.decision_id.in_((decision_id, graph.c.namespace + "#" + decision_id)),
                ),
            ),
        )
        .outerjoin(
            element_instance,
            and_(
                element_instance.c.instance_key == history.c.instance_key,
                element_instance.c.number == history.c.data["number"].as_integer(),
            ),
        )
        .where(history.c.kind == "decision")
    )
    fields = {
        "decisionEvaluationInstanceKey": Field(cast(history.c.key, Text) + "-" + cast(number, Text), read_text),
        "decisionEvaluationKey": Field(history.c.key, read_key),
        "decisionDefinitionId": Field(definition.c.decision_id, read_text),
        "decisionDefinitionKey": Field(definition.c.key, read_key),
        "decisionDefinitionName": Field(definition.c.name, read_text),
        "decisionDefinitionVersion": Field(definition.c.version, read_integer),
        "decisionDefinitionType": Field(columns["type"], OneOf(DECISION_TYPES)),
        "decisionRequirementsKey": Field(definition.c.requirements_key, read_key),
        "rootDecisionDefinitionKey": Field(asked.c.key, read_key),
        "processDefinitionKey": Field(process_instance.c.definition_key, read_key),
        "processInstanceKey": Field(history.c.instance_key, read_key),
        "elementInstanceKey": Field(element_instance.c.key, read_key),
        "businessId": Field(process_instance.c.business_id, read_text),
        "evaluationDate": Field(history.c.at, read_instant),
        "evaluationFailure": Field(columns["failure"], read_text),
        "state": Field(columns["state"], OneOf(DECISION_INSTANCE_STATES)),
    }
    return number, query, fields


@blueprint.post("/decision-instances/search")
@searches("searchDecisionInstances", DecisionInstance, _rows(True)[2])
def search() -> dict[str, Any]:
    """Decisions that process instances have made."""
    number, query, fields = _rows(here().database.is_sqlite)
    key = history.c.key, number
    seen = seen_instances(history.c.instance_key)
    return found(query, key, fields, _show, meant=seen, is_made=True, most=_COUNTED)


@blueprint.get("/decision-instances/<key>")
@described("getDecisionInstance", gives=ReasonedDecisionInstance, key_pattern=INSTANCE_KEY)
def get(key: str) -> dict[str, Any]:
    """One decision of an evaluation, with the inputs that it saw and the rules that fired."""
    parts, asked = here(), _KEY.fullmatch(key)
    if asked is None:
        raise _unknown(key)
    evaluation, position = key_of(asked[1]), int(asked[2])
    number, query, _ = _rows(parts.database.is_sqlite)
    query = query.where(history.c.key == evaluation, number == position)
    with parts.database.read() as connection:
        row = connection.execute(query).mappings().first()
        if row is None:
            raise _unknown(key)
        require_instance(connection, row["instance_key"])
        one = decisions.spelled_out(connection, parts.engine, _record(row))[position - 1]
    one = eyes().decided(one, _marks(row))
    told = {"evaluatedInputs": shown_inputs(one), "matchedRules": shown_rules(one), **shown_reasons(one)}
    return _show(row) | told


def _show(row: RowMapping) -> dict[str, Any]:
    return {
        "businessId": row["business_id"],
        "decisionDefinitionId": row["decision_id"],
        "decisionDefinitionKey": str(row["decision_key"]),
        "decisionDefinitionName": row["name"],
        "decisionDefinitionType": row["type"],
        "decisionDefinitionVersion": row["version"],
        "decisionEvaluationInstanceKey": f"{row['evaluation']}-{row['number']}",
        "decisionEvaluationKey": str(row["evaluation"]),
        "elementInstanceKey": text(row["element_key"]),
        "evaluationDate": instant(row["at"]),
        "evaluationFailure": row["failure"],
        "processDefinitionKey": str(row["definition_key"]),
        "processInstanceKey": str(row["instance_key"]),
        "result": json_text(eyes().decided(_evaluated(row), _marks(row))["output"]),
        "rootDecisionDefinitionKey": str(row["asked_key"]),
        "rootProcessInstanceKey": str(row["root_key"]),
        "state": row["state"],
        "tenantId": TENANT,
    }


def _marks(row: RowMapping) -> Marks:
    return Marks(row["secrecy"], row["confidential"]) if row["secrecy"] else NOTHING


def _record(row: RowMapping) -> dict[str, Any]:
    return here().engine.protection.line(row, row["data_key"])


def _evaluated(row: RowMapping) -> dict[str, Any]:
    """One evaluation; where it has read something protected in the words of its version, which name what it read."""
    record = _record(row)
    evaluated: list[dict[str, Any]] = record["evaluated"]
    if row["sealed"] is not None:
        with here().database.read() as connection:
            evaluated = decisions.spelled_out(connection, here().engine, record)
    one: dict[str, Any] = evaluated[row["number"] - 1]
    return one


def _unknown(key: str) -> NotFound:
    return NotFound(f"There is no decision instance {key[:40]}.")
