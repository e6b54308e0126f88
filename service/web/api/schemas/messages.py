"""Messages and signals, and who waits for messages."""

from __future__ import annotations

from service.web.api.schemas import Answer, bag, integer, key, moment, one_of, tenant, text
from service.web.api.schemas.values import MESSAGE_SUBSCRIPTION_STATES, MESSAGE_SUBSCRIPTION_TYPES


class PublishedMessage(Answer):
    tenantId = tenant()
    messageKey = key()


class CorrelatedMessage(PublishedMessage):
    processInstanceKey = key()


class BroadcastSignal(Answer):
    tenantId = tenant()
    signalKey = key()


class MessageSubscription(Answer):
    businessId = text(null=True)
    messageSubscriptionKey = key()
    processDefinitionId = text()
    processDefinitionKey = key(null=True)
    processDefinitionName = text(null=True)
    processDefinitionVersion = integer(null=True)
    processInstanceKey = key(null=True)
    rootProcessInstanceKey = key(null=True)
    elementId = text()
    elementInstanceKey = key(null=True)
    messageSubscriptionState = one_of(MESSAGE_SUBSCRIPTION_STATES)
    messageSubscriptionType = one_of(MESSAGE_SUBSCRIPTION_TYPES)
    lastUpdatedDate = moment()
    messageName = text()
    correlationKey = text(null=True)
    toolProperties = bag()
    extensionProperties = bag()
    toolName = text(null=True)
    inboundConnectorType = text(null=True)
    tenantId = tenant()
