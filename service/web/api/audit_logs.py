"""The audit log: who did what, out of the history of process instances and what was deployed and deleted."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from flask import Blueprint
from sqlalchemy import (
    BigInteger,
    ColumnElement,
    FromClause,
    RowMapping,
    Select,
    Table,
    Text,
    case,
    cast,
    func,
    literal,
    null,
    or_,
    select,
    union_all,
)
from sqlalchemy.types import TypeEngine

from service.engine import user_tasks
from service.errors import NotFound
from service.store.queries import Field
from service.store.tables import (
    decision_requirements,
    deployment,
    form,
    history,
    process_definition,
    process_instance,
)
from service.web import here
from service.web.access import may_oversee, require_seen, seen_instances
from service.web.api.filters import search_body
from service.web.api.operations import described
from service.web.api.schemas import page_of
from service.web.api.schemas.audit_logs import AuditLog
from service.web.api.schemas.values import (
    ACTOR_TYPES,
    AUDIT_CATEGORIES,
    AUDIT_ENTITY_TYPES,
    AUDIT_OPERATION_TYPES,
    AUDIT_RESULTS,
    BATCH_OPERATION_TYPES,
)
from service.web.api.wire import TENANT, OneOf, found, instant, key_of, read_instant, read_key, read_text, text
from service.web.auth import caller

blueprint = Blueprint("audit_logs", __name__)

# What history tells of what somebody did: the kind of its line, what it was done to, and the operation.
_OPERATIONS = {
    "started": ("PROCESS_INSTANCE", "CREATE"),
    "cancelled": ("PROCESS_INSTANCE", "CANCEL"),
    "suspended": ("PROCESS_INSTANCE", "SUSPEND"),
    "resumed": ("PROCESS_INSTANCE", "RESUME"),
    "modified": ("PROCESS_INSTANCE", "MODIFY"),
    "activated": ("PROCESS_INSTANCE", "MODIFY"),
    "migrated": ("PROCESS_INSTANCE", "MIGRATE"),
    "variables-set": ("VARIABLE", "UPDATE"),
    "task-assigned": ("USER_TASK", "ASSIGN"),
    "task-unassigned": ("USER_TASK", "UNASSIGN"),
    "task-updated": ("USER_TASK", "UPDATE"),
    "task-completed": ("USER_TASK", "COMPLETE"),
    "job-completed": ("JOB", "COMPLETE"),
    "job-failed": ("JOB", "UPDATE"),
    "job-updated": ("JOB", "UPDATE"),
    "error-thrown": ("JOB", "UPDATE"),
    "incident-resolved": ("INCIDENT", "RESOLVE"),
}
_DEPLOYED = "deployed"
_CATEGORIES = {"USER_TASK": "USER_TASKS"}
# Parts of this service that act by themselves.
_NOBODY = ("calendar", "in-process", "message", "timer")


# What clients ask for in every line, and no line here has: whoever looks for it finds nothing.
_NO_TEXT, _NO_KEY = cast(null(), Text), cast(null(), BigInteger)
_ABSENT = {
    "agentElementId": Field(_NO_TEXT, read_text),
    "batchOperationKey": Field(_NO_KEY, read_key),
    "batchOperationType": Field(_NO_TEXT, OneOf(BATCH_OPERATION_TYPES)),
    "decisionDefinitionId": Field(_NO_TEXT, read_text),
    "decisionDefinitionKey": Field(_NO_KEY, read_key),
    "decisionEvaluationKey": Field(_NO_KEY, read_key),
    "decisionRequirementsId": Field(_NO_TEXT, read_text),
    "decisionRequirementsKey": Field(_NO_KEY, read_key),
    "elementInstanceKey": Field(_NO_KEY, read_key),
    "formKey": Field(_NO_KEY, read_key),
    "inboundChannelToolName": Field(_NO_TEXT, read_text),
    "inboundChannelType": Field(_NO_TEXT, read_text),
    "resourceKey": Field(_NO_KEY, read_key),
}


# Of a line its columns, and what those are made that are computed.
_COLUMNS: Mapping[str, type[TypeEngine[Any]] | None] = {
    **dict.fromkeys(("key", "at", "by")),
    **dict.fromkeys(("entity", "operation"), Text),
    "entity_key": BigInteger,
    **dict.fromkeys(("instance_key", "root_key", "definition_key", "process_id", "element_id")),
    **dict.fromkeys(("task_key", "job_key"), BigInteger),
    "deployment_key": None,
    "assignee": Text,
}


@cache
def _log(is_whole: bool) -> tuple[FromClause, dict[str, Field]]:
    """All lines as one table; only with those of deployments, which belong to no instance, it is whole."""
    owner = process_instance.c
    task, job, incident = (_told(name) for name in ("task", "job", "incident"))
    done = _typed(
        history.c.key,
        history.c.at,
        history.c.by,
        _word(history.c.kind, 0),
        _word(history.c.kind, 1),
        func.coalesce(task, job, incident, history.c.instance_key),
        history.c.instance_key,
        _of_owner(owner.root_key),
        _of_owner(owner.definition_key),
        _of_owner(owner.process_id),
        history.c.element_id,
        task,
        job,
        _NO_KEY,
        history.c.data["assignee"].as_string(),
    )
    log = union_all(done, *_of_resources()).subquery("log") if is_whole else done.subquery("log")
    category = case(*((log.c.entity == one, name) for one, name in _CATEGORIES.items()), else_="DEPLOYED_RESOURCES")
    return log, _ABSENT | {
        "auditLogKey": Field(log.c.key, read_key),
        "timestamp": Field(log.c.at, read_instant),
        "entityType": Field(log.c.entity, OneOf(AUDIT_ENTITY_TYPES)),
        "operationType": Field(log.c.operation, OneOf(AUDIT_OPERATION_TYPES)),
        "category": Field(category, OneOf(AUDIT_CATEGORIES)),
        "result": Field(cast("SUCCESS", Text), OneOf(AUDIT_RESULTS)),
        "entityKey": Field(log.c.entity_key, read_key),
        "entityDescription": Field(log.c.element_id, read_text),
        "processInstanceKey": Field(log.c.instance_key, read_key),
        "rootProcessInstanceKey": Field(log.c.root_key, read_key),
        "processDefinitionKey": Field(log.c.definition_key, read_key),
        "processDefinitionId": Field(log.c.process_id, read_text),
        "userTaskKey": Field(log.c.task_key, read_key),
        "jobKey": Field(log.c.job_key, read_key),
        "deploymentKey": Field(log.c.deployment_key, read_key),
    }


def _of_resources() -> list[Select[Any]]:
    """What was done to no instance: deployments, and what was deleted."""

    def line(table: Table, at: str, by: str, operation: str, definition: Any = _NO_KEY, id_: Any = _NO_TEXT) -> Any:
        key = table.c.key
        of_deployment = key if table is deployment else table.c.deployment_key
        told = (table.c[at], table.c[by], literal("RESOURCE"), literal(operation), key, _NO_KEY, _NO_KEY)
        return _typed(key, *told, definition, id_, _NO_TEXT, _NO_KEY, _NO_KEY, of_deployment, _NO_TEXT)

    deleted = ("deleted_at", "deleted_by", "DELETE")
    process = process_definition.c
    of_tables = [
        line(process_definition, *deleted, process.key, process.process_id),
        *(line(table, *deleted) for table in (decision_requirements, form)),
    ]
    return [line(deployment, "deployed_at", "deployed_by", "CREATE"), *of_tables]


def _of_owner(column: ColumnElement[Any]) -> ColumnElement[Any]:
    """Not by a join: of lines out of several tables, PostgreSQL would not know the order any more."""
    of_it = process_instance.c.key == history.c.instance_key
    return select(column).where(of_it).correlate(history).scalar_subquery()


def _typed(*told: ColumnElement[Any]) -> Select[Any]:
    """Lines with these columns: of the same types in each, without which no database looks for them by its indexes."""
    columns = (one if kind is None else cast(one, kind) for one, kind in zip(told, _COLUMNS.values(), strict=True))
    return select(*(column.label(name) for column, name in zip(columns, _COLUMNS, strict=True)))


def _told(name: str) -> ColumnElement[int]:
    """A key that a line of history names."""
    return cast(history.c.data[name].as_string(), BigInteger)


def _word(kind: ColumnElement[str], index: int) -> ColumnElement[str]:
    return case(*((kind == one, words[index]) for one, words in _OPERATIONS.items()))


def _people(by: ColumnElement[Any], kind: ColumnElement[Any], to: ColumnElement[Any]) -> dict[str, Field]:
    """Who is told to have done it, and to whom, depends on who asks."""
    return {
        "actorId": Field(by, read_text),
        "actorType": Field(kind, OneOf(ACTOR_TYPES)),
        "relatedEntityKey": Field(to, read_text),
        "relatedEntityType": Field(case((to.is_not(None), "USER"), else_=null()), OneOf(AUDIT_ENTITY_TYPES)),
    }


Search = search_body("AuditLog", _log(True)[1] | _people(*[literal("", Text)] * 3), {})
Page = page_of(AuditLog)


@blueprint.post("/audit-logs/search")
@described("searchAuditLogs", takes=Search, gives=Page)
def search() -> dict[str, Any]:
    """What was done in the instances that the caller sees.

    Who did it is told to those who oversee; to others only what they did themselves, and what no person did.
    """
    query, key, fields = _lines()
    return found(query, key, fields, _show, is_made=True)


@blueprint.get("/audit-logs/<key>")
@described("getAuditLog", gives=AuditLog)
def get(key: str) -> dict[str, Any]:
    """One line."""
    query, its_key, _ = _lines()
    with here().database.read() as connection:
        row = connection.execute(query.where(its_key == key_of(key))).mappings().first()
    if row is None:
        raise NotFound(f"There is no line {key} of the audit log.")
    return _show(row)


@blueprint.post("/user-tasks/<key>/audit-logs/search")
@described("searchUserTaskAuditLogs", takes=Search, gives=Page)
def search_of_task(key: str) -> dict[str, Any]:
    """What was done to one user task."""
    with here().database.read() as connection:
        require_seen(connection, key_of(key))
        owner = user_tasks.get(connection, key_of(key))["instance_key"]
    query, its_key, fields = _lines()
    # The instance is named for the index that its lines have.
    of_it = fields["processInstanceKey"].column == owner, fields["userTaskKey"].column == key_of(key)
    return found(query.where(*of_it), its_key, fields, _show, is_made=True)


def _lines() -> tuple[Select[Any], ColumnElement[int], dict[str, Field]]:
    """What the caller may see, its key, and what it is found by."""
    is_whole = may_oversee(caller())
    log, fields = _log(is_whole)
    query: Select[Any] = select(*log.c)
    actor: ColumnElement[Any] = log.c.by
    assignee: ColumnElement[Any] = log.c.assignee
    # Nothing of this stands in the arms of the union: PostgreSQL goes through those in order that have no condition.
    query = query.where(log.c.at.is_not(None), log.c.entity.is_not(None), seen_instances(log.c.instance_key))
    if not is_whole:
        actor = case((or_(log.c.by == caller().id, log.c.by.in_(_NOBODY)), log.c.by), else_=null())
        assignee = _NO_TEXT
    kind = case((or_(actor.is_(None), actor.in_(_NOBODY)), "UNKNOWN"), else_="USER")
    told = query.add_columns(actor.label("actor"), kind.label("actor_type"))
    return told, log.c.key, fields | _people(actor, kind, assignee)


def _show(row: RowMapping) -> dict[str, Any]:
    assignee = row["assignee"] if may_oversee(caller()) else None
    return dict.fromkeys(_ABSENT) | {
        "auditLogKey": str(row["key"]),
        "entityKey": str(row["entity_key"]),
        "entityType": row["entity"],
        "entityDescription": row["element_id"],
        "operationType": row["operation"],
        "timestamp": instant(row["at"]),
        "actorId": row["actor"],
        "actorType": row["actor_type"],
        "tenantId": TENANT,
        "result": "SUCCESS",
        "category": _CATEGORIES.get(row["entity"], "DEPLOYED_RESOURCES"),
        "processDefinitionId": row["process_id"],
        "processDefinitionKey": text(row["definition_key"]),
        "processInstanceKey": text(row["instance_key"]),
        "rootProcessInstanceKey": text(row["root_key"]),
        "userTaskKey": text(row["task_key"]),
        "jobKey": text(row["job_key"]),
        "deploymentKey": text(row["deployment_key"]),
        "relatedEntityType": "USER" if assignee else None,
        "relatedEntityKey": assignee,
    }
