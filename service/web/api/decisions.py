"""Decisions: which are deployed, and what one says."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint
from sqlalchemy import ColumnElement, RowMapping, select

from service.engine import decisions
from service.errors import Invalid
from service.store.keys import new_key
from service.store.queries import Field
from service.store.tables import decision_definition, decision_requirements
from service.web import here
from service.web.access import require_everything
from service.web.api.wire import (
    TENANT,
    Body,
    Key,
    body,
    found,
    json_text,
    name,
    read_boolean,
    read_integer,
    read_key,
    read_text,
    variables,
)

blueprint = Blueprint("decisions", __name__)

_table, _graph = decision_definition, decision_requirements

FIELDS = {
    "decisionDefinitionKey": Field(_table.c.key, read_key),
    "decisionDefinitionId": Field(_table.c.decision_id, read_text),
    "name": Field(_table.c.name, read_text),
    "version": Field(_table.c.version, read_integer),
    "decisionRequirementsKey": Field(_table.c.requirements_key, read_key),
    "decisionRequirementsId": Field(_graph.c.requirements_id, read_text),
    "decisionRequirementsName": Field(_graph.c.name, read_text),
    "decisionRequirementsVersion": Field(_graph.c.version, read_integer),
}

_rows = select(
    _table,
    _graph.c.requirements_id,
    _graph.c.name.label("requirements_name"),
    _graph.c.version.label("requirements_version"),
).join_from(_table, _graph, _graph.c.key == _table.c.requirements_key)


class Evaluation(Body):
    decisionDefinitionId = name()
    decisionDefinitionKey = Key(load_default=None, allow_none=True)
    variables = variables()


@blueprint.post("/decision-definitions/search")
def search() -> dict[str, Any]:
    return found(_rows, _table.c.key, FIELDS, _show, custom={"isLatestVersion": _is_latest})


@blueprint.post("/decision-definitions/evaluation")
def evaluate() -> dict[str, Any]:
    """What a decision says, with every rule that fired on the way; nothing is kept."""
    require_everything()
    asked, parts = body(Evaluation), here()
    id_, key = asked["decisionDefinitionId"], asked["decisionDefinitionKey"]
    if (id_ is None) == (key is None):
        raise Invalid("Give either decisionDefinitionId or decisionDefinitionKey.")
    with parts.database.read() as connection:
        told = decisions.evaluate(connection, parts.engine, asked["variables"] or {}, decision_id=id_, key=key)
        row = connection.execute(_rows.where(_table.c.key == told.definition["key"])).mappings().one()
        mine = select(_table).where(_table.c.requirements_key == row["requirements_key"])
        others = {one["decision_id"]: one for one in connection.execute(mine).mappings()}
        spelled_out = decisions.spelled_out(connection, parts.engine, told.record)
    instance = new_key()
    evaluated = [_evaluated(one, others, f"{instance}-{number}") for number, one in enumerate(spelled_out, 1)]
    return {
        "decisionDefinitionId": row["decision_id"],
        "decisionDefinitionKey": str(row["key"]),
        "decisionDefinitionName": row["name"],
        "decisionDefinitionVersion": row["version"],
        "decisionEvaluationKey": str(instance),
        "decisionInstanceKey": str(instance),
        "decisionRequirementsId": row["requirements_id"],
        "decisionRequirementsKey": str(row["requirements_key"]),
        "evaluatedDecisions": evaluated,
        "failedDecisionDefinitionId": told.failed,
        "failureMessage": told.failure_message or None,
        "output": json_text(told.output),
        "tenantId": TENANT,
    }


def _evaluated(one: Mapping[str, Any], others: Mapping[str, RowMapping], key: str) -> dict[str, Any]:
    definition = others[one["decision_id"]]
    return {
        "decisionDefinitionId": one["decision_id"],
        "decisionDefinitionName": one["name"],
        "decisionDefinitionVersion": definition["version"],
        "decisionDefinitionType": "DECISION_TABLE" if one["rules"] or one["inputs"] else "LITERAL_EXPRESSION",
        "output": json_text(one["output"]),
        "tenantId": TENANT,
        "matchedRules": [
            {
                "ruleId": rule["rule_id"],
                "ruleIndex": rule["index"],
                "evaluatedOutputs": [
                    {
                        "outputId": output["id"],
                        "outputName": output["name"],
                        "outputValue": json_text(output["value"]),
                        "ruleId": rule["rule_id"],
                        "ruleIndex": rule["index"],
                    }
                    for output in rule["outputs"]
                ],
            }
            for rule in one["rules"]
        ],
        "evaluatedInputs": [
            {"inputId": given["id"], "inputName": given["name"], "inputValue": json_text(given["value"])}
            for given in one["inputs"]
        ],
        "decisionDefinitionKey": str(definition["key"]),
        "decisionEvaluationInstanceKey": key,
    }


def _show(row: RowMapping) -> dict[str, Any]:
    return {
        "decisionDefinitionId": row["decision_id"],
        "decisionDefinitionKey": str(row["key"]),
        "decisionRequirementsId": row["requirements_id"],
        "decisionRequirementsKey": str(row["requirements_key"]),
        "decisionRequirementsName": row["requirements_name"],
        "decisionRequirementsVersion": row["requirements_version"],
        "name": row["name"],
        "tenantId": TENANT,
        "version": row["version"],
    }


def _is_latest(value: Any) -> ColumnElement[bool]:
    other = _table.alias()
    newer = select(other.c.key).where(other.c.decision_id == _table.c.decision_id, other.c.version > _table.c.version)
    return ~newer.exists() if read_boolean(value) else newer.exists()
