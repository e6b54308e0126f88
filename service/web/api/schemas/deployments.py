"""What has been deployed together."""

from __future__ import annotations

from service.web.api.schemas import Answer, each, integer, key, moment, nested, tenant, text


class DeployedProcess(Answer):
    processDefinitionId = text()
    processDefinitionKey = key()
    processDefinitionVersion = integer()
    resourceName = text()
    effectiveFrom = moment()
    tenantId = tenant()


class DeployedRequirements(Answer):
    decisionRequirementsId = text()
    decisionRequirementsKey = key()
    decisionRequirementsName = text()
    version = integer()
    resourceName = text()
    effectiveFrom = moment()
    tenantId = tenant()


class DeployedDecision(Answer):
    decisionDefinitionId = text()
    decisionDefinitionKey = key()
    decisionRequirementsId = text()
    decisionRequirementsKey = key()
    name = text()
    version = integer()
    effectiveFrom = moment()
    tenantId = tenant()


class DeployedForm(Answer):
    formId = text()
    formKey = key()
    version = integer()
    resourceName = text()
    effectiveFrom = moment()
    tenantId = tenant()


class DeployedResource(Answer):
    resourceId = text()
    resourceKey = key()
    resourceName = text()
    version = integer()
    tenantId = tenant()


class Deployed(Answer):
    """One of these; the others are null."""

    processDefinition = nested(DeployedProcess, null=True)
    decisionDefinition = nested(DeployedDecision, null=True)
    decisionRequirements = nested(DeployedRequirements, null=True)
    form = nested(DeployedForm, null=True)
    resource = nested(DeployedResource, null=True)


class Warning(Answer):
    """Beyond the original: what can run, though probably not as it was meant."""

    resourceName = text()
    elementId = text()
    message = text()
    mend = text()


class Deployment(Answer):
    deploymentKey = key()
    tenantId = tenant()
    deployments = each(Deployed)
    warnings = each(Warning)
