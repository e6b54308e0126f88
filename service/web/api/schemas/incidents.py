"""Incidents."""

from __future__ import annotations

from service.web.api.schemas import Answer, key, moment, one_of, tenant, text
from service.web.api.schemas.values import INCIDENT_ERROR_TYPES, INCIDENT_STATES


class Incident(Answer):
    processDefinitionId = text()
    errorType = one_of(INCIDENT_ERROR_TYPES)
    errorMessage = text()
    elementId = text()
    creationTime = moment()
    state = one_of(INCIDENT_STATES)
    tenantId = tenant()
    incidentKey = key()
    processDefinitionKey = key()
    processInstanceKey = key()
    rootProcessInstanceKey = key()
    elementInstanceKey = key()
    jobKey = key(null=True)
