"""What process instances are found by beyond what their own row tells: elements, incidents, jobs, batch operations."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement, Text, and_, case, cast, false, select, true

from service.store.queries import Custom, Field, Together, condition
from service.store.tables import batch_item, element_instance, incident, job, process_instance
from service.web.api.filters import BOOLEAN, TEXT, operators
from service.web.api.schemas import KEY_PATTERN
from service.web.api.schemas.values import ELEMENT_INSTANCE_STATES
from service.web.api.wire import OneOf, read_boolean, read_key, read_text

_owner, _element = process_instance.c.key, element_instance.c
_is_stuck = (
    select(incident.c.key)
    .where(incident.c.element_instance_key == _element.key, incident.c.state == "ACTIVE")
    .correlate(element_instance)
    .exists()
)
_ELEMENT = {
    "elementId": Field(_element.element_id, read_text),
    "elementInstanceState": Field(_element.state, OneOf(ELEMENT_INSTANCE_STATES)),
    "hasElementInstanceIncident": Field(case((_is_stuck, true()), else_=false()), read_boolean),
}
# As text, as clients ask for parts of it.
_OPERATION = Field(cast(batch_item.c.operation_key, Text), lambda value: str(read_key(value)))
_OPERATION_KEY = operators({"type": ["string", "integer"], "pattern": KEY_PATTERN}, is_text=True, compares=False)


def _element_like(asked: Mapping[str, Any]) -> ColumnElement[bool]:
    """One and the same element instance is like all of it."""
    like = and_(true(), *(condition(name, _ELEMENT[name], value) for name, value in asked.items()))
    return select(_element.key).where(_element.instance_key == _owner, like).correlate(process_instance).exists()


def _has_message(asked: Any) -> ColumnElement[bool]:
    like = condition("errorMessage", Field(incident.c.message, read_text), asked)
    mine = incident.c.instance_key == _owner, incident.c.state == "ACTIVE"
    return select(incident.c.key).where(*mine, like).correlate(process_instance).exists()


def _has_retries_left(asked: Any) -> ColumnElement[bool]:
    mine = job.c.instance_key == _owner, job.c.error_message != "", job.c.retries > 0
    found = select(job.c.key).where(*mine).correlate(process_instance).exists()
    return found if read_boolean(asked) else ~found


def _of_operation(asked: Mapping[str, Any]) -> ColumnElement[bool]:
    """The key goes by two names, of which only one may be given."""
    ((name, value),) = asked.items()
    mine = batch_item.c.instance_key == _owner, condition(name, _OPERATION, value)
    return select(_owner).where(*mine).correlate(process_instance).exists()


_BY_ELEMENT, _BY_OPERATION = Together(_element_like), Together(_of_operation)

CUSTOM: Mapping[str, Custom | Together] = {
    **dict.fromkeys(_ELEMENT, _BY_ELEMENT),
    "errorMessage": _has_message,
    "hasRetriesLeft": _has_retries_left,
    "batchOperationKey": _BY_OPERATION,
    "batchOperationId": _BY_OPERATION,
}
DESCRIBED: Mapping[str, Mapping[str, Any]] = {
    "elementId": TEXT,
    "elementInstanceState": operators({"type": "string", "enum": list(ELEMENT_INSTANCE_STATES)}, is_text=True),
    "hasElementInstanceIncident": BOOLEAN,
    "errorMessage": TEXT,
    "hasRetriesLeft": BOOLEAN,
    "batchOperationKey": _OPERATION_KEY,
    "batchOperationId": _OPERATION_KEY,
}
