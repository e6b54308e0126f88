"""Conditional start events, looked at with the variables of a request."""

from __future__ import annotations

from typing import Any

from flask import Blueprint

from service.engine import conditionals
from service.store.keys import new_key
from service.web import here
from service.web.api.operations import described
from service.web.api.schemas.process_instances import BegunByCondition
from service.web.api.wire import TENANT, Body, Key, body, tenant, variables
from service.web.auth import caller

blueprint = Blueprint("conditionals", __name__)


class Evaluation(Body):
    processDefinitionKey = Key(load_default=None, allow_none=True)
    variables = variables(required=True)
    tenantId = tenant()


@blueprint.post("/conditionals/evaluation")
@described("evaluateConditionals", takes=Evaluation, gives=BegunByCondition, fails=(404, 409))
def evaluate() -> dict[str, Any]:
    """Start an instance for each conditional start event that is true; none is no fault."""
    asked, parts = body(), here()
    with parts.database.write() as connection:
        started = conditionals.evaluate(
            connection,
            parts.engine,
            asked["variables"],
            definition_key=asked["processDefinitionKey"],
            by=caller().id,
        )
    told = [{"processDefinitionKey": str(one.definition["key"]), "processInstanceKey": str(one.key)} for one in started]
    return {"conditionalEvaluationKey": str(new_key()), "tenantId": TENANT, "processInstances": told}
