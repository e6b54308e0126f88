"""The decisions that are deployed, and the files that they came in."""

from __future__ import annotations

from service.web.api.schemas import Answer, integer, key, moment, tenant, text


class DecisionDefinition(Answer):
    decisionDefinitionId = text()
    decisionDefinitionKey = key()
    decisionRequirementsId = text()
    decisionRequirementsKey = key()
    decisionRequirementsName = text()
    decisionRequirementsVersion = integer()
    name = text()
    tenantId = tenant()
    version = integer()
    effectiveFrom = moment()


class DecisionRequirements(Answer):
    decisionRequirementsId = text()
    decisionRequirementsKey = key()
    decisionRequirementsName = text()
    resourceName = text()
    tenantId = tenant()
    version = integer()
