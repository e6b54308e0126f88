"""Batch operations, and what a check of a migration says."""

from __future__ import annotations

from service.web.api.schemas import Answer, each, integer, key, moment, one_of, text, yes_or_no
from service.web.api.schemas.values import (
    ACTOR_TYPES,
    BATCH_ERROR_TYPES,
    BATCH_ITEM_STATES,
    BATCH_OPERATION_STATES,
    BATCH_OPERATION_TYPES,
)


class BegunBatchOperation(Answer):
    batchOperationKey = key()
    batchOperationType = one_of(BATCH_OPERATION_TYPES)


class BatchError(Answer):
    partitionId = integer()
    type = one_of(BATCH_ERROR_TYPES)
    message = text()


class BatchOperation(Answer):
    batchOperationKey = key()
    state = one_of(BATCH_OPERATION_STATES)
    batchOperationType = one_of(BATCH_OPERATION_TYPES)
    startDate = moment(null=True)
    endDate = moment(null=True)
    actorType = one_of(ACTOR_TYPES)
    actorId = text(null=True)
    operationsTotalCount = integer()
    operationsFailedCount = integer()
    operationsCompletedCount = integer()
    errors = each(BatchError)


class BatchOperationItem(Answer):
    operationType = one_of(BATCH_OPERATION_TYPES)
    batchOperationKey = key()
    itemKey = key()
    processInstanceKey = key()
    rootProcessInstanceKey = key(null=True)
    state = one_of(BATCH_ITEM_STATES)
    processedDate = moment(null=True)
    errorMessage = text(null=True)


class MigrationProblem(Answer):
    elementId = text(null=True)
    message = text()
    mend = text(null=True)


class CheckedInstance(Answer):
    processInstanceKey = key()
    problems = each(MigrationProblem)


class CheckedMigration(Answer):
    """What keeps each instance that was looked at from being migrated."""

    items = each(CheckedInstance)
    hasMore = yes_or_no(about="Not all instances were looked at.")
