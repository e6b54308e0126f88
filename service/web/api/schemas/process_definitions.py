"""The processes that are deployed, and forms."""

from __future__ import annotations

from service.web.api.schemas import Answer, integer, json_text, key, moment, one_of, tenant, text, yes_or_no
from service.web.api.schemas.values import DEFINITION_STATES


class ProcessDefinition(Answer):
    name = text(null=True)
    resourceName = text()
    version = integer()
    versionTag = text(null=True)
    processDefinitionId = text()
    tenantId = tenant()
    processDefinitionKey = key()
    hasStartForm = yes_or_no()
    state = one_of(DEFINITION_STATES)
    effectiveFrom = moment()


class Form(Answer):
    tenantId = tenant()
    formId = text()
    schema = json_text("The form in the form-js format: JSON, as text.")
    version = integer()
    formKey = key()
