"""User tasks."""

from __future__ import annotations

from service.web.api.schemas import Answer, bag, integer, key, moment, one_of, tenant, text, texts
from service.web.api.schemas.values import USER_TASK_STATES


class UserTask(Answer):
    name = text(null=True)
    state = one_of(USER_TASK_STATES)
    assignee = text(null=True)
    elementId = text()
    candidateGroups = texts()
    candidateUsers = texts()
    processDefinitionId = text()
    creationDate = moment()
    completionDate = moment(null=True)
    followUpDate = moment(null=True)
    dueDate = moment(null=True)
    tenantId = tenant()
    externalFormReference = text(null=True)
    processDefinitionVersion = integer()
    customHeaders = bag()
    priority = integer()
    userTaskKey = key()
    elementInstanceKey = key()
    processName = text(null=True)
    processDefinitionKey = key()
    processInstanceKey = key()
    rootProcessInstanceKey = key()
    businessId = text(null=True)
    formKey = key(null=True)
    tags = texts()
