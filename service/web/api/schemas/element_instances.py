"""Element instances, and the sequence flows between them."""

from __future__ import annotations

from service.web.api.schemas import Answer, each, integer, key, moment, one_of, tenant, text, yes_or_no
from service.web.api.schemas.values import ELEMENT_INSTANCE_STATES, ELEMENT_TYPES


class ElementInstance(Answer):
    processDefinitionId = text()
    startDate = moment()
    endDate = moment(null=True)
    elementId = text()
    elementName = text()
    type = one_of(ELEMENT_TYPES)
    state = one_of(ELEMENT_INSTANCE_STATES)
    hasIncident = yes_or_no()
    tenantId = tenant()
    elementInstanceKey = key()
    processInstanceKey = key()
    rootProcessInstanceKey = key()
    processDefinitionKey = key()
    incidentKey = key(null=True)


class SequenceFlow(Answer):
    sequenceFlowId = text()
    processInstanceKey = key()
    rootProcessInstanceKey = key()
    processDefinitionKey = key()
    processDefinitionId = text()
    elementId = text()
    tenantId = tenant()


class SequenceFlows(Answer):
    items = each(SequenceFlow)


class ElementCount(Answer):
    elementId = text()
    active = integer()
    completed = integer()
    canceled = integer()
    incidents = integer(about="Those that are open.")


class ElementStatistics(Answer):
    items = each(ElementCount)
