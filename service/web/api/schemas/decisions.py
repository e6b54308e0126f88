"""What decisions say, by which rules, and why not by others."""

from __future__ import annotations

from marshmallow import fields

from service.web.api.schemas import (
    Answer,
    each,
    integer,
    json_text,
    key,
    moment,
    nested,
    one_of,
    tenant,
    text,
    texts,
    yes_or_no,
)
from service.web.api.schemas.values import DECISION_INSTANCE_STATES, DECISION_TYPES

INSTANCE_KEY = r"^[0-9]+-[0-9]+$"


def _instance_key() -> fields.String:
    return fields.String(required=True, metadata={"pattern": INSTANCE_KEY})


class EvaluatedInput(Answer):
    inputId = text()
    inputName = text()
    inputValue = json_text()
    inputExpression = text(null=True)


class EvaluatedOutput(Answer):
    outputId = text()
    outputName = text()
    outputValue = json_text()
    ruleId = text(null=True)
    ruleIndex = integer(null=True)


class _Rule(Answer):
    ruleId = text()
    ruleIndex = integer()
    annotation = text(null=True)
    legalBasis = text(null=True)


class MatchedRule(_Rule):
    evaluatedOutputs = each(EvaluatedOutput)


class RefusedCell(Answer):
    inputId = text()
    inputName = text(null=True)
    inputExpression = text(null=True)
    inputValue = json_text()
    cell = text()


class UnmatchedRule(_Rule):
    """Beyond the original: a rule that did not fire, and the cell that refused it."""

    refusedBy = nested(RefusedCell, null=True)


class _Table(Answer):
    matchedRules = each(MatchedRule)
    evaluatedInputs = each(EvaluatedInput)
    hitPolicy = text(null=True)
    isDefaultOutput = yes_or_no()
    unmatchedRules = each(UnmatchedRule)


class CalledTable(_Table):
    """Beyond the original: a table inside of a boxed expression."""

    table = text(null=True)


class _Reasoned(_Table):
    expression = text(null=True)
    warnings = texts(about="What became null, and why.")
    calledTables = each(CalledTable)


class EvaluatedDecision(_Reasoned):
    decisionDefinitionId = text()
    decisionDefinitionName = text()
    decisionDefinitionVersion = integer()
    decisionDefinitionType = one_of(DECISION_TYPES)
    output = json_text()
    tenantId = tenant()
    decisionDefinitionKey = key()
    decisionEvaluationInstanceKey = _instance_key()


class EvaluatedDecisions(Answer):
    """What was asked, and each decision on the way to it."""

    decisionDefinitionId = text()
    decisionDefinitionKey = key()
    decisionDefinitionName = text()
    decisionDefinitionVersion = integer()
    decisionEvaluationKey = key()
    decisionInstanceKey = key()
    decisionRequirementsId = text()
    decisionRequirementsKey = key()
    evaluatedDecisions = each(EvaluatedDecision)
    failedDecisionDefinitionId = text(null=True)
    failureMessage = text(null=True)
    output = json_text()
    tenantId = tenant()


class EvaluatedTogether(Answer):
    """Beyond the original: several decisions of one model; what they share is told with the first."""

    decisionEvaluationKey = key()
    evaluations = each(EvaluatedDecisions)
    tenantId = tenant()


class DecisionInstance(Answer):
    businessId = text(null=True)
    decisionDefinitionId = text()
    decisionDefinitionKey = key()
    decisionDefinitionName = text()
    decisionDefinitionType = one_of(DECISION_TYPES)
    decisionDefinitionVersion = integer()
    decisionEvaluationInstanceKey = _instance_key()
    decisionEvaluationKey = key()
    elementInstanceKey = key(null=True)
    evaluationDate = moment()
    evaluationFailure = text(null=True)
    processDefinitionKey = key()
    processInstanceKey = key()
    result = json_text()
    rootDecisionDefinitionKey = key()
    rootProcessInstanceKey = key()
    state = one_of(DECISION_INSTANCE_STATES)
    tenantId = tenant()


class ReasonedDecisionInstance(DecisionInstance, _Reasoned):
    """With the inputs that it saw and the rules that fired."""
