"""What was deployed, whatever kind it is of."""

from __future__ import annotations

from service.web.api.schemas import Answer, each, integer, key, moment, nested, one_of, tenant, text
from service.web.api.schemas.deployments import Warning
from service.web.api.schemas.values import BATCH_OPERATION_TYPES, DEFINITION_STATES, RESOURCE_KINDS


class Resource(Answer):
    resourceName = text()
    version = integer()
    versionTag = text(null=True)
    resourceId = text()
    tenantId = tenant()
    resourceKey = key()
    deploymentKey = key()
    kind = one_of(RESOURCE_KINDS, about="Beyond the original.")
    state = one_of(DEFINITION_STATES, about="Beyond the original: what is deleted stays readable.")
    effectiveFrom = moment(about="Beyond the original: from when it counts.")


class DeletionOfHistory(Answer):
    batchOperationKey = key()
    batchOperationType = one_of(BATCH_OPERATION_TYPES)


class DeletedResource(Answer):
    resourceKey = key()
    batchOperation = nested(DeletionOfHistory, null=True)
    warnings = each(Warning, "Beyond the original: what refers to it, and means another one or none from now on.")
