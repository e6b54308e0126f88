"""What a decision says when it is asked from outside."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import count
from typing import Any

from flask import Blueprint
from marshmallow import fields, validate
from sqlalchemy import Connection, RowMapping

from service.engine import Engine, decisions
from service.errors import Invalid, Problem
from service.store.keys import new_key
from service.store.tables import decision_definition as _table
from service.web import here
from service.web.api.decision_definitions import ROWS
from service.web.api.operations import Media, described
from service.web.api.schemas.decisions import EvaluatedDecisions, EvaluatedTogether
from service.web.api.wire import (
    TENANT,
    Body,
    Key,
    body,
    json_text,
    name,
    tenant,
    variables,
)

blueprint = Blueprint("decisions", __name__)

MAX_DECISIONS = 100
_EVALUATED = Media("application/json", {"anyOf": [EvaluatedDecisions, EvaluatedTogether]})
_WHICH = ("decisionDefinitionId", "decisionDefinitionKey", "decisionDefinitionIds")


class Evaluation(Body):
    decisionDefinitionId = name()
    decisionDefinitionKey = Key(load_default=None, allow_none=True)
    # Beyond the original: several decisions of one model.
    decisionDefinitionIds = fields.List(
        name(required=True), load_default=None, allow_none=True, validate=validate.Length(1, MAX_DECISIONS)
    )
    variables = variables()
    tenantId = tenant()


@blueprint.post("/decision-definitions/evaluation")
@described("evaluateDecision", takes=Evaluation, gives=_EVALUATED, fails=(404,))
def evaluate() -> dict[str, Any]:
    """What a decision or a decision service says, with every rule that fired on the way; nothing is kept.

    Beyond the original: for `decisionDefinitionIds` the answer is `{"decisionEvaluationKey", "evaluations": […]}`,
    an evaluation in the original's shape for each, in the order asked; what they share is told with the first.
    """
    asked, parts, evaluation = body(), here(), new_key()
    given = [field for field in _WHICH if asked[field] is not None]
    if len(given) != 1:
        problems = [Problem(field, "give exactly one of these", "") for field in given or _WHICH]
        raise Invalid(f"Give exactly one of {', '.join(_WHICH)}.", problems)
    id_, key, ids = (asked[field] for field in _WHICH)
    values = asked["variables"] or {}
    with parts.database.read() as connection:
        if ids is None:
            told = [decisions.evaluate(connection, parts.engine, values, decision_id=id_, key=key)]
        else:
            told = decisions.evaluate_all(connection, parts.engine, values, ids)
        numbers = count(1)
        answers = [_answer(connection, parts.engine, one, evaluation, numbers) for one in told]
    if ids is None:
        return answers[0]
    return {"decisionEvaluationKey": str(evaluation), "evaluations": answers, "tenantId": TENANT}


def _answer(
    connection: Connection, engine: Engine, told: decisions.Evaluation, evaluation: int, numbers: Iterator[int]
) -> dict[str, Any]:
    row = connection.execute(ROWS.where(_table.c.key == told.definition["key"])).mappings().one()
    others = decisions.definitions(connection, row["requirements_key"])
    return {
        "decisionDefinitionId": row["decision_id"],
        "decisionDefinitionKey": str(row["key"]),
        "decisionDefinitionName": row["name"],
        "decisionDefinitionVersion": row["version"],
        "decisionEvaluationKey": str(evaluation),
        "decisionInstanceKey": str(evaluation),
        "decisionRequirementsId": row["requirements_id"],
        "decisionRequirementsKey": str(row["requirements_key"]),
        "evaluatedDecisions": [
            _evaluated(one, others, f"{evaluation}-{next(numbers)}")
            for one in decisions.spelled_out(connection, engine, told.record)
        ],
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
            "inputName": given["name"] or "",
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
                    "outputName": output["name"] or "",
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
