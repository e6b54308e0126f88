"""What a decision says when it is asked from outside."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint
from sqlalchemy import RowMapping

from service.engine import decisions
from service.errors import Invalid
from service.store.keys import new_key
from service.store.tables import decision_definition as _table
from service.web import here
from service.web.access import require_everything
from service.web.api.decision_definitions import ROWS
from service.web.api.wire import (
    TENANT,
    Body,
    Key,
    body,
    json_text,
    name,
    variables,
)

blueprint = Blueprint("decisions", __name__)


class Evaluation(Body):
    decisionDefinitionId = name()
    decisionDefinitionKey = Key(load_default=None, allow_none=True)
    variables = variables()


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
        row = connection.execute(ROWS.where(_table.c.key == told.definition["key"])).mappings().one()
        others = decisions.definitions(connection, row["requirements_key"])
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
        "decisionDefinitionId": definition["decision_id"],
        "decisionDefinitionName": one["name"],
        "decisionDefinitionVersion": definition["version"],
        "decisionDefinitionType": "DECISION_TABLE" if one["kind"] == "decisionTable" else "LITERAL_EXPRESSION",
        "output": json_text(one["output"]),
        "tenantId": TENANT,
        "matchedRules": shown_rules(one),
        "evaluatedInputs": shown_inputs(one),
        "decisionDefinitionKey": str(definition["key"]),
        "decisionEvaluationInstanceKey": key,
        **shown_reasons(one),
    }


def shown_inputs(one: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [
        {
            "inputId": given["id"],
            "inputName": given["name"],
            "inputValue": json_text(given["value"]),
            "inputExpression": given.get("expression", given["name"]),
        }
        for given in one["inputs"]
    ]


def shown_rules(one: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The rules of a decision that fired."""
    return [
        {
            "ruleId": rule["rule_id"],
            "ruleIndex": rule["index"],
            "annotation": rule["annotation"],
            "legalBasis": rule["legal_basis"],
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
    ]


def shown_reasons(one: Mapping[str, Any]) -> dict[str, Any]:
    """Why a decision came out so, beyond what Camunda tells: rows that did not fire, and what became null and why."""
    return {
        "expression": one["expression"] or None,
        "warnings": one["warnings"],
        **_table_reasons(one),
        "calledTables": [
            {
                "table": inner["table"],
                "evaluatedInputs": shown_inputs(inner),
                "matchedRules": shown_rules(inner),
                **_table_reasons(inner),
            }
            for inner in one["tables"]
        ],
    }


def _table_reasons(table: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "hitPolicy": table["hit_policy"],
        "isDefaultOutput": table["by_default"],
        "unmatchedRules": [
            {
                "ruleId": rule["rule_id"],
                "ruleIndex": rule["index"],
                "annotation": rule["annotation"],
                "legalBasis": rule["legal_basis"],
                "refusedBy": _refusal(rule["refused_by"]) if rule["refused_by"] else None,
            }
            for rule in table["unmatched"]
        ],
    }


def _refusal(cell: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "inputId": cell["id"],
        "inputName": cell["name"],
        "inputExpression": cell["expression"],
        "inputValue": json_text(cell["value"]),
        "cell": cell["cell"],
    }
