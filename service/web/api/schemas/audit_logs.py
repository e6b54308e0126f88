"""Who did what."""

from __future__ import annotations

from service.web.api.schemas import Answer, key, moment, one_of, text
from service.web.api.schemas.values import (
    ACTOR_TYPES,
    AUDIT_CATEGORIES,
    AUDIT_ENTITY_TYPES,
    AUDIT_OPERATION_TYPES,
    AUDIT_RESULTS,
    BATCH_OPERATION_TYPES,
)


class AuditLog(Answer):
    auditLogKey = key()
    entityKey = key()
    entityType = one_of(AUDIT_ENTITY_TYPES)
    entityDescription = text(null=True)
    operationType = one_of(AUDIT_OPERATION_TYPES)
    timestamp = moment()
    actorId = text(null=True)
    actorType = one_of(ACTOR_TYPES)
    agentElementId = text(null=True)
    tenantId = text(null=True)
    result = one_of(AUDIT_RESULTS)
    category = one_of(AUDIT_CATEGORIES)
    batchOperationKey = key(null=True)
    batchOperationType = one_of(BATCH_OPERATION_TYPES, null=True)
    processDefinitionId = text(null=True)
    processDefinitionKey = key(null=True)
    processInstanceKey = key(null=True)
    rootProcessInstanceKey = key(null=True)
    elementInstanceKey = key(null=True)
    userTaskKey = key(null=True)
    jobKey = key(null=True)
    decisionDefinitionId = text(null=True)
    decisionDefinitionKey = key(null=True)
    decisionEvaluationKey = key(null=True)
    decisionRequirementsId = text(null=True)
    decisionRequirementsKey = key(null=True)
    deploymentKey = key(null=True)
    formKey = key(null=True)
    resourceKey = key(null=True)
    inboundChannelType = text(null=True)
    inboundChannelToolName = text(null=True)
    relatedEntityType = one_of(AUDIT_ENTITY_TYPES, null=True)
    relatedEntityKey = text(null=True)
