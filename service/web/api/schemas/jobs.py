"""Jobs as they are leased, and as they are listed."""

from __future__ import annotations

from service.web.api.schemas import (
    Answer,
    bag,
    each,
    integer,
    key,
    moment,
    nested,
    one_of,
    tenant,
    text,
    texts,
    yes_or_no,
)
from service.web.api.schemas.values import JOB_KINDS, JOB_STATES, LISTENER_EVENT_TYPES


class ListenedTask(Answer):
    """The user task that a listener is asked about, as it shall be."""

    action = text()
    assignee = text(null=True)
    candidateGroups = texts()
    candidateUsers = texts()
    changedAttributes = texts()
    dueDate = moment(null=True)
    followUpDate = moment(null=True)
    formKey = key(null=True)
    priority = integer()
    userTaskKey = key()


class ActivatedJob(Answer):
    type = text()
    processDefinitionId = text()
    processDefinitionVersion = integer()
    elementId = text()
    customHeaders = bag()
    worker = text()
    retries = integer()
    deadline = integer(about="When the lease lapses, in milliseconds since 1970.")
    variables = bag()
    tenantId = tenant()
    physicalTenantId = tenant()
    jobKey = key()
    processInstanceKey = key()
    processDefinitionKey = key()
    elementInstanceKey = key()
    kind = one_of(JOB_KINDS)
    listenerEventType = one_of(LISTENER_EVENT_TYPES)
    userTask = nested(ListenedTask, null=True)
    tags = texts()
    rootProcessInstanceKey = key()
    businessId = text(null=True)
    priority = integer()
    jobLeaseToken = text(null=True)


class ActivatedJobs(Answer):
    jobs = each(ActivatedJob)


class Job(Answer):
    customHeaders = bag()
    deadline = moment(null=True)
    deniedReason = text(null=True)
    elementId = text(null=True)
    elementInstanceKey = key()
    endTime = moment(null=True)
    errorCode = text(null=True)
    errorMessage = text(null=True)
    hasFailedWithRetriesLeft = yes_or_no()
    isDenied = yes_or_no(null=True)
    jobKey = key()
    kind = one_of(JOB_KINDS)
    listenerEventType = one_of(LISTENER_EVENT_TYPES)
    processDefinitionId = text()
    processDefinitionKey = key()
    processInstanceKey = key()
    rootProcessInstanceKey = key()
    businessId = text(null=True)
    retries = integer()
    state = one_of(JOB_STATES)
    tenantId = tenant()
    type = text()
    worker = text()
    creationTime = moment(null=True)
    lastUpdateTime = moment(null=True)
    priority = integer()
    tags = texts()
