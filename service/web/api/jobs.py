"""Jobs for workers elsewhere: leased by long polling, completed, failed, thrown as BPMN errors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from functools import partial
from typing import Any

from flask import Blueprint
from marshmallow import ValidationError, fields, validate, validates_schema
from sqlalchemy import ColumnElement

from service.engine import free_jobs, jobs
from service.hotline import protections
from service.hotline.people import not_against
from service.hotline.protections import NOTHING, Marks
from service.store.tables import job
from service.web import Hotline, here
from service.web.access import is_accused, require_free_job
from service.web.api.ad_hoc import ActivatedElement
from service.web.api.operations import described
from service.web.api.schemas.jobs import ActivatedJobs
from service.web.api.waiting import JOB, JOB_WITH_TOKEN, WaitingRoom, wait_asked
from service.web.api.wire import (
    MAX_INT32,
    MAX_MILLISECONDS,
    MAX_NAME,
    TENANT,
    Act,
    Body,
    body,
    business_id,
    flag,
    integer,
    key_of,
    name,
    names,
    tenant,
    variables,
)
from service.web.auth import caller
from service.web.eyes import eyes
from service.web.seats import if_gone

blueprint = Blueprint("jobs", __name__)

MAX_JOBS = 1_000


class Activation(Body):
    type = name(required=True)
    timeout = integer(1, MAX_MILLISECONDS, required=True)
    maxJobsToActivate = integer(1, MAX_INT32, required=True)
    worker = name()
    fetchVariable = fields.List(
        fields.String(validate=validate.Length(1, MAX_NAME)), load_default=list, allow_none=True
    )
    requestTimeout = integer(-MAX_INT32, MAX_MILLISECONDS, default=0)
    tenantIds = fields.List(tenant(), allow_none=True)
    tenantFilter = name()
    withLease = flag(default=False)


class Corrections(Body):
    """Null preserves what is there; an empty text or list clears it."""

    assignee = fields.String(allow_none=True, validate=validate.Length(0, MAX_NAME))
    dueDate = fields.String(allow_none=True)
    followUpDate = fields.String(allow_none=True)
    candidateGroups = names()
    candidateUsers = names()
    priority = fields.Integer(strict=True, allow_none=True, validate=validate.Range(0, 100))


class Result(Body):
    """What a listener of a user task says, or what is chosen to be done in an ad-hoc sub-process."""

    type = name()
    denied = flag(default=False)
    deniedReason = fields.String(load_default="", allow_none=True, validate=validate.Length(0, 10_000))
    corrections = fields.Nested(Corrections, load_default=dict, allow_none=True)
    activateElements = fields.List(
        fields.Nested(ActivatedElement), load_default=list, allow_none=True, validate=validate.Length(0, 100)
    )
    isCompletionConditionFulfilled = flag(default=False)
    isCancelRemainingInstances = flag(default=False)


class Leased(Body):
    """What only the worker may do that has the lease, if that was given with a token."""

    jobLeaseToken = name()


class Completion(Leased):
    variables = variables()
    result = fields.Nested(Result, load_default=dict, allow_none=True)
    businessId = business_id()


class Failure(Leased):
    retries = integer(0, MAX_INT32, default=0)
    errorMessage = fields.String(load_default="", allow_none=True, validate=validate.Length(0, 10_000))
    retryBackOff = integer(0, MAX_MILLISECONDS, default=0)
    variables = variables()


class Error(Leased):
    errorCode = name(required=True)
    errorMessage = fields.String(load_default="", allow_none=True, validate=validate.Length(0, 10_000))
    variables = variables()


class Changeset(Body):
    retries = integer(1, MAX_INT32)
    timeout = integer(1, MAX_MILLISECONDS)
    priority = integer(-MAX_INT32 - 1, MAX_INT32)

    @validates_schema
    def _changes(self, data: Mapping[str, Any], **_: Any) -> None:
        if all(value is None for value in data.values()):
            raise ValidationError("Change at least one of retries, timeout and priority.")


class Change(Act, Leased):
    changeset = fields.Nested(Changeset, required=True)


@blueprint.post("/jobs/activation")
@described("activateJobs", takes=Activation, gives=ActivatedJobs)
def activate() -> dict[str, Any]:
    """Lease jobs; without any, wait for one: `requestTimeout` ms, below 0 not at all, 0 for the time usual here."""
    asked = body()
    longest = wait_asked(asked["requestTimeout"])
    with here().database.glance() as connection:
        # Who may not have the first job must not keep others from it by waiting.
        mine = not_against(caller(), job.c.root_key) if is_accused(connection) else None
    topic = (JOB_WITH_TOKEN if asked["withLease"] else JOB, asked["type"])
    room = WaitingRoom.here()
    rows = room.wait_for_jobs(lambda: _lease(asked), topic, longest) if mine is None else _lease(asked, mine)
    if not rows:
        return {"jobs": []}
    if_gone(partial(_give_back, here(), rows))
    wanted = asked["fetchVariable"] or None
    with here().database.read() as connection:
        secret = protections.of(connection, [row["root_key"] for row in rows])
    return {"jobs": [_show(row, wanted, secret.get(row["root_key"], NOTHING)) for row in rows]}


@blueprint.post("/jobs/<key>/completion")
@described("completeJob", takes=Completion, fails=(409,))
def complete(key: str) -> tuple[str, int]:
    """Complete a job, with variables, or for a listener of a user task or an ad-hoc sub-process with its `result`."""
    asked, parts = body(), here()
    result, brought = asked["result"] or {}, asked["variables"] or {}
    with parts.database.write() as connection:
        require_free_job(connection, key_of(key))
        jobs.complete(
            connection,
            parts.engine,
            key_of(key),
            brought,
            by=caller().id,
            result=result,
            token=asked["jobLeaseToken"],
            business_id=asked["businessId"],
        )
    return "", 204


@blueprint.post("/jobs/<key>/failure")
@described("failJob", takes=Failure, fails=(409,))
def fail(key: str) -> tuple[str, int]:
    """Give the job back with the tries that are left; none left is an incident."""
    asked, parts = body(), here()
    with parts.database.write() as connection:
        require_free_job(connection, key_of(key))
        jobs.fail(
            connection,
            parts.engine,
            key_of(key),
            retries=asked["retries"] or 0,
            message=asked["errorMessage"] or "",
            backoff=timedelta(milliseconds=asked["retryBackOff"] or 0),
            variables=asked["variables"],
            by=caller().id,
            token=asked["jobLeaseToken"],
        )
    return "", 204


@blueprint.post("/jobs/<key>/error")
@described("throwJobError", takes=Error, fails=(409,))
def throw_error(key: str) -> tuple[str, int]:
    """Go on at the boundary event that catches the code; without one it is an incident."""
    asked, parts = body(), here()
    with parts.database.write() as connection:
        require_free_job(connection, key_of(key))
        jobs.throw_error(
            connection,
            parts.engine,
            key_of(key),
            code=asked["errorCode"],
            message=asked["errorMessage"] or "",
            variables=asked["variables"],
            by=caller().id,
            token=asked["jobLeaseToken"],
        )
    return "", 204


@blueprint.patch("/jobs/<key>")
@described("updateJob", takes=Change, fails=(409,))
def change(key: str) -> tuple[str, int]:
    """Change the tries that are left, the priority, or the lease, counted from now."""
    token, asked, parts = body()["jobLeaseToken"], body()["changeset"], here()
    timeout = asked["timeout"]
    with parts.database.write() as connection:
        require_free_job(connection, key_of(key))
        jobs.change(
            connection,
            parts.engine,
            key_of(key),
            retries=asked["retries"],
            timeout=None if timeout is None else timedelta(milliseconds=timeout),
            priority=asked["priority"],
            by=caller().id,
            token=token,
        )
    return "", 204


def _lease(asked: Mapping[str, Any], which: ColumnElement[bool] | None = None) -> Sequence[Mapping[str, Any]]:
    parts, with_token = here(), bool(asked["withLease"])
    with parts.database.read() as connection:
        if not free_jobs.waiting(connection, parts.engine, [asked["type"]], with_token=with_token):
            return ()
    with parts.database.write() as connection:
        return jobs.activate(
            connection,
            parts.engine,
            types=[asked["type"]],
            worker=asked["worker"] or caller().id,
            timeout=timedelta(milliseconds=asked["timeout"]),
            limit=min(asked["maxJobsToActivate"], MAX_JOBS),
            with_token=with_token,
            which=which,
        )


def _give_back(parts: Hotline, rows: Sequence[Mapping[str, Any]]) -> None:
    with parts.database.write() as connection:
        jobs.give_back(connection, parts.engine, rows)


def _show(row: Mapping[str, Any], wanted: Sequence[str] | None, secret: Marks) -> dict[str, Any]:
    seen = eyes().told(row["variables"], secret)
    return {
        "type": row["type"],
        "processDefinitionId": row["process_id"],
        "processDefinitionVersion": row["process_version"],
        "elementId": row["element_id"],
        "customHeaders": row["headers"],
        "worker": row["worker"],
        "retries": row["retries"],
        "deadline": int(row["locked_until"].timestamp() * 1000),
        "variables": seen if wanted is None else {name: seen[name] for name in wanted if name in seen},
        "tenantId": TENANT,
        "physicalTenantId": TENANT,
        "jobKey": str(row["key"]),
        "processInstanceKey": str(row["instance_key"]),
        "processDefinitionKey": str(row["definition_key"]),
        "elementInstanceKey": str(row["element_instance_key"] or row["key"]),
        "kind": row["kind"],
        "listenerEventType": row["listener_event"],
        "userTask": row.get("user_task"),
        "tags": row["tags"],
        "rootProcessInstanceKey": str(row["root_key"]),
        "businessId": row["business_id"],
        "priority": row["priority"],
        "jobLeaseToken": row["lease_token"] or None,
    }
