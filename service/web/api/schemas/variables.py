"""Variables."""

from __future__ import annotations

from service.web.api.schemas import Answer, json_text, key, tenant, text, yes_or_no


class Variable(Answer):
    name = text()
    value = json_text("JSON, as text; cut where `isTruncated` says so.")
    isTruncated = yes_or_no()
    tenantId = tenant()
    variableKey = key()
    scopeKey = key()
    processInstanceKey = key()
    rootProcessInstanceKey = key()
