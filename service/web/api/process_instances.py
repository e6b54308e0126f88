"""Process instances: start, look, cancel."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response
from marshmallow import ValidationError, fields, validate
from sqlalchemy import ColumnElement, Connection, Integer, RowMapping, Select, case, cast, false, null, select, true
from sqlalchemy.types import Text

from service.bpmn import Activation
from service.engine import process_instances, suspension
from service.errors import Conflict, Invalid, NotFound
from service.store.queries import Field, condition
from service.store.tables import element_instance, process_definition, process_instance
from service.web import here
from service.web.access import require_instance, seen_instances
from service.web.api import instance_filters
from service.web.api.acts import done
from service.web.api.filters import TAGS, searches
from service.web.api.incident_scopes import INSTANCE_IS_STUCK
from service.web.api.operations import Media, described
from service.web.api.schemas.process_instances import ProcessInstance, StartedProcessInstance
from service.web.api.schemas.values import PROCESS_INSTANCE_STATES
from service.web.api.variables import VARIABLES, instance_match
from service.web.api.waiting import WaitingRoom, wait_asked
from service.web.api.wire import (
    MAX_INT32,
    MAX_MILLISECONDS,
    TENANT,
    Act,
    Body,
    Key,
    OneOf,
    body,
    business_id,
    flag,
    found,
    instant,
    integer,
    json_text,
    key_of,
    name,
    read_boolean,
    read_instant,
    read_integer,
    read_key,
    read_text,
    tenant,
    text,
    variables,
)
from service.web.auth import caller
from service.web.eyes import eyes, marks
from service.web.idempotent import asked_key, once
from service.web.problems import problem

blueprint = Blueprint("process_instances", __name__)

_table, _definition = process_instance, process_definition

# The call activity that waits for it.
CALLER = (
    select(element_instance.c.key)
    .where(element_instance.c.instance_key == _table.c.parent_key)
    .where(cast(element_instance.c.number, Text) == _table.c.parent_wait_id)
    .correlate(_table)
    .scalar_subquery()
)

FIELDS = {
    "processInstanceKey": Field(_table.c.key, read_key),
    "processDefinitionId": Field(_table.c.process_id, read_text),
    "processDefinitionName": Field(_definition.c.name, read_text),
    "processDefinitionVersion": Field(_definition.c.version, read_integer),
    "processDefinitionVersionTag": Field(_definition.c.version_tag, read_text),
    "processDefinitionKey": Field(_table.c.definition_key, read_key),
    "parentProcessInstanceKey": Field(_table.c.parent_key, read_key),
    "parentElementInstanceKey": Field(CALLER, read_key),
    "rootProcessInstanceKey": Field(_table.c.root_key, read_key),
    "businessId": Field(_table.c.business_id, read_text),
    "startDate": Field(_table.c.started_at, read_instant),
    "endDate": Field(_table.c.ended_at, read_instant),
    "suspendedDate": Field(_table.c.suspended_at, read_instant),
    "state": Field(_table.c.state, OneOf(PROCESS_INSTANCE_STATES)),
    # A number that only the original makes of what an incident says: nothing is found by it.
    "incidentErrorHashCode": Field(cast(null(), Integer), read_integer),
    "hasIncident": Field(case((INSTANCE_IS_STUCK, true()), else_=false()), read_boolean),
}


def _stuck_match(asked: Any) -> ColumnElement[bool]:
    """Those that are stuck are few, and found by themselves."""
    if asked is True or asked == {"$eq": True}:
        return INSTANCE_IS_STUCK
    return condition("hasIncident", FIELDS["hasIncident"], asked)


_MANY = validate.Length(0, 100)
_TAG = r"^[A-Za-z][A-Za-z0-9_\-:.]*\Z"
_NO_TAG = "must begin with a letter and go on with letters, digits, _, -, : or ."


def _differ(tags: list[str]) -> None:
    if len(set(tags)) < len(tags):
        raise ValidationError("must differ from each other")


# The one kind of runtime instruction that there is.
_TERMINATE = "TERMINATE_PROCESS_INSTANCE"

DESCRIBED = {"variables": VARIABLES, "tags": TAGS, **instance_filters.DESCRIBED}

_CALLING = ("processInstanceKey", "processDefinitionKey", "processDefinitionName")
_LINK = {"type": "object", "required": list(_CALLING), "properties": {name: {"type": "string"} for name in _CALLING}}
_HIERARCHY = Media("application/json", {"type": "array", "items": _LINK})


class StartInstruction(Body):
    elementId = name(required=True)


class RuntimeInstruction(Body):
    type = fields.String(load_default=_TERMINATE, validate=validate.OneOf([_TERMINATE]))
    afterElementId = name(required=True)


class Start(Act):
    processDefinitionKey = Key(load_default=None, allow_none=True)
    processDefinitionId = name()
    processDefinitionVersion = integer(-1, MAX_INT32)
    processDefinitionVersionTag = name()
    variables = variables()
    businessId = business_id()
    tags = fields.List(
        fields.String(validate=[validate.Length(1, 100), validate.Regexp(_TAG, error=_NO_TAG)]),
        load_default=list,
        allow_none=True,
        validate=[validate.Length(0, 10), _differ],
    )
    startInstructions = fields.List(fields.Nested(StartInstruction), load_default=list, allow_none=True, validate=_MANY)
    runtimeInstructions = fields.List(
        fields.Nested(RuntimeInstruction), load_default=list, allow_none=True, validate=_MANY
    )
    awaitCompletion = flag(default=False)
    fetchVariables = fields.List(fields.String(), load_default=list, allow_none=True)
    requestTimeout = integer(-MAX_INT32, MAX_MILLISECONDS, default=0)
    tenantId = tenant()


@blueprint.post("/process-instances")
@described(
    "createProcessInstance", takes=Start, gives=StartedProcessInstance, fails=(404, 409, 504), is_idempotent=True
)
def create() -> dict[str, Any] | Response:
    """Start a process; with `awaitCompletion` the answer has to wait for its end, and tells its variables.

    It begins before the elements of `startInstructions`, if any are given, and is ended after the one of a runtime
    instruction.

    504 when it takes longer than `requestTimeout` ms, 503 before anything is done when too many wait already, 409 when
    it is cancelled meanwhile.
    """
    asked = body()
    if (asked["processDefinitionKey"] is None) == (asked["processDefinitionId"] is None):
        raise Invalid("Give either processDefinitionKey or processDefinitionId.")
    if not asked["awaitCompletion"]:
        return _begun(asked)
    with WaitingRoom.here().seat() as seat:
        if seat is None:
            return problem(503, "Too many requests wait already. Nothing was started.", "RESOURCE_EXHAUSTED")
        begun, longest = seat.once(lambda: _begun(asked)), wait_asked(asked["requestTimeout"])
        key = int(begun["processInstanceKey"])
        end = seat.wait(("end", key), lambda: _end(key), longest.total_seconds())
    if end is None:
        return problem(504, f"The process instance {key} runs, and has not ended in time.")
    if end["state"] != "COMPLETED":
        raise Conflict(f"The process instance {key} was cancelled before it was completed.")
    seen = eyes().told(end["variables"], marks(end["root_key"]))
    wanted = asked["fetchVariables"] or list(seen)
    return {**begun, "variables": {name: seen[name] for name in wanted if name in seen}}


def _begun(asked: Mapping[str, Any]) -> dict[str, Any]:
    """Start it, once for an Idempotency-Key; answers what the client is told."""
    version = asked["processDefinitionVersion"]

    def do(connection: Connection) -> tuple[int, dict[str, Any]]:
        started = process_instances.start(
            connection,
            here().engine,
            process_id=asked["processDefinitionId"],
            definition_key=asked["processDefinitionKey"],
            version=None if version == -1 else version,
            version_tag=asked["processDefinitionVersionTag"],
            variables=asked["variables"] or {},
            by=caller().id,
            business_id=asked["businessId"],
            tags=asked["tags"] or (),
            at=[Activation(one["elementId"]) for one in asked["startInstructions"] or ()],
            ends_after=[one["afterElementId"] for one in asked["runtimeInstructions"] or ()],
        )
        return 200, _started(asked, started)

    return dict(once(asked_key(), do)[0])


def _end(key: int) -> Mapping[str, Any] | None:
    """State and variables of an instance that has ended."""
    query = select(_table).where(_table.c.key == key, _table.c.ended_at.is_not(None))
    with here().database.read() as connection:
        row = connection.execute(query).mappings().first()
    return {**row, "variables": here().engine.protection.variables(row)} if row else None


def _started(asked: Mapping[str, Any], started: process_instances.Started) -> dict[str, Any]:
    return {
        "processDefinitionId": started.definition["process_id"],
        "processDefinitionVersion": started.definition["version"],
        "tenantId": TENANT,
        "variables": {},
        "processDefinitionKey": str(started.definition["key"]),
        "processInstanceKey": str(started.key),
        "tags": asked["tags"] or [],
        "businessId": asked["businessId"],
    }


@blueprint.post("/process-instances/search")
@searches("searchProcessInstances", ProcessInstance, FIELDS, **DESCRIBED)
def search() -> dict[str, Any]:
    """Process instances."""
    return found(rows(), _table.c.key, FIELDS, show, custom=CUSTOM, meant=seen_instances(_table.c.key))


@blueprint.get("/process-instances/<key>")
@described("getProcessInstance", gives=ProcessInstance)
def get(key: str) -> dict[str, Any]:
    """One process instance."""
    with here().database.read() as connection:
        row = connection.execute(rows().where(_table.c.key == key_of(key))).mappings().first()
        if row is None:
            raise NotFound(f"There is no process instance {key}.")
        require_instance(connection, row["key"])
    return show(row)


@blueprint.get("/process-instances/<key>/call-hierarchy")
@described("getProcessInstanceCallHierarchy", gives=_HIERARCHY)
def call_hierarchy(key: str) -> list[dict[str, Any]]:
    """The instances that led to this one by calls, from the first on, and itself at the end."""
    calling: list[dict[str, Any]] = []
    with here().database.read() as connection:
        asked: int | None = process_instances.get(connection, key_of(key))["key"]
        require_instance(connection, key_of(key))
        while asked is not None:
            row = connection.execute(rows().where(_table.c.key == asked)).mappings().one()
            named = {"processDefinitionName": row["process_name"] or row["process_id"]}
            calling.insert(0, {name: show(row)[name] for name in _CALLING} | named)
            asked = row["parent_key"]
    return calling


@blueprint.post("/process-instances/<key>/cancellation")
@described("cancelProcessInstance", takes=Act, fails=(409,))
def cancel(key: str) -> tuple[str, int]:
    """End an instance that nobody has called, with all that it has called."""
    return done(process_instances.cancel, key)


@blueprint.post("/process-instances/<key>/suspension")
@described("suspendProcessInstance", takes=Act, fails=(409,))
def suspend(key: str) -> tuple[str, int]:
    """Let it stand still; instances that it has called go on by themselves."""
    return done(suspension.suspend, key)


@blueprint.post("/process-instances/<key>/resumption")
@described("resumeProcessInstance", takes=Act, fails=(409,))
def resume(key: str) -> tuple[str, int]:
    """Let it go on."""
    return done(suspension.resume, key)


def rows() -> Select[Any]:
    """Instances with the definition that they run, without their state and variables.

    Each has one: it is joined as if not, so that nobody begins with the definitions and sorts all instances.
    """
    untold = ("state_blob", "variables", "sealed", "data_key", "waits")
    told = [column for column in _table.c if column.name not in untold]
    definition = _definition.c
    return select(
        *told,
        definition.name.label("process_name"),
        definition.version.label("process_version"),
        definition.version_tag,
        CALLER.label("caller_key"),
        INSTANCE_IS_STUCK.label("is_stuck"),
    ).join_from(_table, _definition, definition.key == _table.c.definition_key, isouter=True)


def show(row: RowMapping) -> dict[str, Any]:
    return {
        "processDefinitionId": row["process_id"],
        "processDefinitionName": row["process_name"] or None,
        "processDefinitionVersion": row["process_version"],
        "processDefinitionVersionTag": row["version_tag"],
        "startDate": instant(row["started_at"]),
        "endDate": instant(row["ended_at"]),
        "state": row["state"],
        "suspendedDate": instant(row["suspended_at"]),
        "hasIncident": bool(row["is_stuck"]),
        "tenantId": TENANT,
        "processInstanceKey": str(row["key"]),
        "processDefinitionKey": str(row["definition_key"]),
        "parentProcessInstanceKey": text(row["parent_key"]),
        "parentElementInstanceKey": text(row["caller_key"]),
        "rootProcessInstanceKey": str(row["root_key"]),
        "tags": row["tags"],
        "businessId": row["business_id"],
    }


def tags_match(asked: Any) -> ColumnElement[bool]:
    condition: ColumnElement[bool] = _table.c.key.is_not(None)
    for tag in asked if isinstance(asked, list) else [asked]:
        condition &= cast(_table.c.tags, Text).contains(json_text(read_text(tag)), autoescape=True)
    return condition


CUSTOM = {"hasIncident": _stuck_match, "variables": instance_match, "tags": tags_match, **instance_filters.CUSTOM}
