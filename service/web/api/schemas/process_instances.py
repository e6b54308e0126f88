"""Process instances, and what is answered when one has been started."""

from __future__ import annotations

from service.web.api.schemas import Answer, bag, each, integer, key, moment, one_of, tenant, text, texts, yes_or_no
from service.web.api.schemas.values import PROCESS_INSTANCE_STATES


class ProcessInstance(Answer):
    processDefinitionId = text()
    processDefinitionName = text(null=True)
    processDefinitionVersion = integer()
    processDefinitionVersionTag = text(null=True)
    startDate = moment()
    endDate = moment(null=True)
    state = one_of(PROCESS_INSTANCE_STATES)
    suspendedDate = moment(null=True)
    hasIncident = yes_or_no()
    tenantId = tenant()
    processInstanceKey = key()
    processDefinitionKey = key()
    parentProcessInstanceKey = key(null=True)
    parentElementInstanceKey = key(null=True)
    rootProcessInstanceKey = key()
    tags = texts()
    businessId = text(null=True)


class StartedProcessInstance(Answer):
    processDefinitionId = text()
    processDefinitionVersion = integer()
    tenantId = tenant()
    variables = bag(about="With `awaitCompletion`: the variables at the end, or those of `fetchVariables`.")
    processDefinitionKey = key()
    processInstanceKey = key()
    tags = texts()
    businessId = text(null=True)


class BegunInstance(Answer):
    processDefinitionKey = key()
    processInstanceKey = key()


class BegunByCondition(Answer):
    conditionalEvaluationKey = key()
    tenantId = tenant()
    processInstances = each(BegunInstance)
