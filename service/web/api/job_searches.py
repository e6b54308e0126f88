"""Jobs as they are listed: those that are open; what became of the others is told by the audit log."""

from __future__ import annotations

from typing import Any

from flask import Blueprint
from sqlalchemy import Boolean, RowMapping, Select, Text, case, cast, false, null, select, true

from service.store.queries import Field
from service.store.tables import Instant, job, process_definition, process_instance
from service.web.access import seen_instances
from service.web.api.filters import searches
from service.web.api.schemas.jobs import Job
from service.web.api.schemas.values import JOB_KINDS, JOB_STATES, LISTENER_EVENT_TYPES
from service.web.api.wire import (
    TENANT,
    OneOf,
    found,
    instant,
    read_boolean,
    read_instant,
    read_integer,
    read_key,
    read_text,
)

blueprint = Blueprint("job_searches", __name__)

_table, _instance, _definition = job, process_instance, process_definition

_FAILED = _table.c.error_message != ""
# A job that has failed and is given again stays FAILED in a list until it is leased once more.
_STATE = case(
    (_table.c.state == "INCIDENT", "FAILED"), ((_table.c.state == "READY") & _FAILED, "FAILED"), else_="CREATED"
)
_MESSAGE = case((_FAILED, _table.c.error_message), else_=null())
_CAN_GO_ON = case(((_STATE == "FAILED") & (_table.c.retries > 0), true()), else_=false())
_NEVER, _NOBODY = cast(null(), Instant), cast(null(), Text)

FIELDS = {
    "jobKey": Field(_table.c.key, read_key),
    "type": Field(_table.c.type, read_text),
    "state": Field(_STATE, OneOf(JOB_STATES)),
    "kind": Field(_table.c.kind, OneOf(JOB_KINDS)),
    "listenerEventType": Field(_table.c.listener_event, OneOf(LISTENER_EVENT_TYPES)),
    "worker": Field(_table.c.worker, read_text),
    "retries": Field(_table.c.retries, read_integer),
    "priority": Field(_table.c.priority, read_integer),
    "deadline": Field(_table.c.locked_until, read_instant),
    "creationTime": Field(_table.c.created_at, read_instant),
    "lastUpdateTime": Field(_NEVER, read_instant),
    "endTime": Field(_NEVER, read_instant),
    "hasFailedWithRetriesLeft": Field(_CAN_GO_ON, read_boolean),
    # A listener that denies has done its job, which is not listed any more then; so are the others that are ended.
    "isDenied": Field(cast(null(), Boolean), read_boolean),
    "errorMessage": Field(_MESSAGE, read_text),
    "errorCode": Field(_NOBODY, read_text),
    "deniedReason": Field(_NOBODY, read_text),
    "elementId": Field(_table.c.element_id, read_text),
    "elementInstanceKey": Field(_table.c.element_instance_key, read_key),
    "processInstanceKey": Field(_table.c.instance_key, read_key),
    "rootProcessInstanceKey": Field(_table.c.root_key, read_key),
    "processDefinitionKey": Field(_table.c.definition_key, read_key),
    "processDefinitionId": Field(_definition.c.process_id, read_text),
    "businessId": Field(_instance.c.business_id, read_text),
}


@blueprint.post("/jobs/search")
@searches("searchJobs", Job, FIELDS)
def search() -> dict[str, Any]:
    """Jobs that are open."""
    return found(_rows().where(seen_instances(_table.c.instance_key)), _table.c.key, FIELDS, _show)


def _rows() -> Select[Any]:
    owner = _instance.c
    return (
        select(
            _table,
            _STATE.label("shown_state"),
            _MESSAGE.label("shown_message"),
            _definition.c.process_id,
            owner.business_id,
            owner.tags,
        )
        .join_from(_table, _definition, _definition.c.key == _table.c.definition_key)
        .join(_instance, owner.key == _table.c.instance_key)
    )


def _show(row: RowMapping) -> dict[str, Any]:
    return {
        "customHeaders": row["headers"],
        "deadline": instant(row["locked_until"]),
        "deniedReason": None,
        "elementId": row["element_id"],
        "elementInstanceKey": str(row["element_instance_key"] or row["key"]),
        "endTime": None,
        "errorCode": None,
        "errorMessage": row["shown_message"],
        "hasFailedWithRetriesLeft": row["shown_state"] == "FAILED" and row["retries"] > 0,
        "isDenied": None,
        "jobKey": str(row["key"]),
        "kind": row["kind"],
        "listenerEventType": row["listener_event"],
        "processDefinitionId": row["process_id"],
        "processDefinitionKey": str(row["definition_key"]),
        "processInstanceKey": str(row["instance_key"]),
        "rootProcessInstanceKey": str(row["root_key"]),
        "businessId": row["business_id"],
        "retries": row["retries"],
        "state": row["shown_state"],
        "tenantId": TENANT,
        "type": row["type"],
        "worker": row["worker"],
        "creationTime": instant(row["created_at"]),
        "lastUpdateTime": None,
        "priority": row["priority"],
        "tags": row["tags"],
    }
