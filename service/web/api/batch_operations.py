"""What is done to many process instances at once, and migration to another definition, which may be of one."""

from __future__ import annotations

from typing import Any

from flask import Blueprint
from marshmallow import fields, validate
from sqlalchemy import ColumnElement, RowMapping, Text, cast, select

from service.bpmn import MigrationPlan
from service.engine import batches, migration, process_instances
from service.errors import Invalid, Problem
from service.store.queries import Field, filtered
from service.store.tables import batch_item, batch_operation, process_definition, process_instance
from service.web import here
from service.web.access import require_free, seen_instances
from service.web.api.filters import Filter, searches
from service.web.api.operations import described
from service.web.api.process_instances import CUSTOM, DESCRIBED, FIELDS
from service.web.api.schemas.batch_operations import (
    BatchOperation,
    BatchOperationItem,
    BegunBatchOperation,
    CheckedMigration,
)
from service.web.api.schemas.values import ACTOR_TYPES, BATCH_ITEM_STATES, BATCH_OPERATION_STATES, BATCH_OPERATION_TYPES
from service.web.api.wire import (
    MAX_NAME,
    TENANT_FIELD,
    Act,
    Body,
    Key,
    OneOf,
    body,
    flag,
    found,
    instant,
    key_of,
    read_instant,
    read_key,
    read_text,
)
from service.web.auth import caller

blueprint = Blueprint("batch_operations", __name__)

# So many instances are looked at by one check of a plan.
MAX_CHECKED = 1_000

_operation, _item = batch_operation.c, batch_item.c

OPERATION_FIELDS = {
    "batchOperationKey": Field(_operation.key, read_key),
    "operationType": Field(_operation.kind, OneOf(BATCH_OPERATION_TYPES)),
    "state": Field(_operation.state, OneOf(BATCH_OPERATION_STATES)),
    "startDate": Field(_operation.started_at, read_instant),
    "endDate": Field(_operation.ended_at, read_instant),
    "actorId": Field(_operation.by, read_text),
    "actorType": Field(cast("USER", Text), OneOf(ACTOR_TYPES)),
}
ITEM_FIELDS = {
    "batchOperationKey": Field(_item.operation_key, read_key),
    "itemKey": Field(_item.instance_key, read_key),
    "processInstanceKey": Field(_item.instance_key, read_key),
    "operationType": Field(_operation.kind, OneOf(BATCH_OPERATION_TYPES)),
    "state": Field(_item.state, OneOf(BATCH_ITEM_STATES)),
    "processedDate": Field(_item.processed_at, read_instant),
}


def _element_id() -> fields.String:
    return fields.String(required=True, validate=validate.Length(1, MAX_NAME))


class Mapping(Body):
    sourceElementId = _element_id()
    targetElementId = _element_id()


class Plan(Act):
    """Beyond the original: without any instruction, or with `mapEqualIds`, what is not named keeps its id."""

    targetProcessDefinitionKey = Key(required=True)
    mappingInstructions = fields.List(
        fields.Nested(Mapping), load_default=list, allow_none=True, validate=validate.Length(0, 1_000)
    )
    mapEqualIds = flag()


class Chosen(Act):
    filter = Filter("ProcessInstance", FIELDS, DESCRIBED, required=True)


class Migration(Chosen):
    migrationPlan = fields.Nested(Plan, required=True)


@blueprint.post("/process-instances/<key>/migration")
@described("migrateProcessInstance", takes=Plan, fails=(409,))
def migrate(key: str) -> tuple[str, int]:
    """Let one instance go on by another definition."""
    asked, parts = body(), here()
    with parts.database.write() as connection:
        require_free(connection, key_of(key))
        target = asked["targetProcessDefinitionKey"]
        migration.migrate(connection, parts.engine, key_of(key), target, _plan(asked), by=caller().id)
    return "", 204


@blueprint.post("/process-instances/migration")
@described("migrateProcessInstancesBatchOperation", takes=Migration, gives=BegunBatchOperation, fails=(404,))
def migrate_many() -> dict[str, Any]:
    """Let many instances go on by another definition."""
    asked = body()
    plan = asked["migrationPlan"]
    read = _plan(plan)
    told = {"target": str(plan["targetProcessDefinitionKey"]), "mapping": read.mapping, "equal_ids": read.equal_ids}
    return begin("MIGRATE_PROCESS_INSTANCE", asked["filter"], told)


@blueprint.post("/process-instances/migration-check")
@described("checkMigration", takes=Migration, gives=CheckedMigration, fails=(404,))
def check() -> dict[str, Any]:
    """Beyond the original: what keeps each of the instances from being migrated by this plan; nothing is changed."""
    asked = body()
    plan = asked["migrationPlan"]
    problems, has_more = checked(asked["filter"], plan["targetProcessDefinitionKey"], _plan(plan))
    return {
        "items": [
            {"processInstanceKey": str(key), "problems": [_problem(one) for one in told]}
            for key, told in problems.items()
        ],
        "hasMore": has_more,
    }


def checked(filter_: dict[str, Any], target: int, plan: MigrationPlan) -> tuple[dict[int, tuple[Problem, ...]], bool]:
    """What keeps each of the first instances that the filter means from being migrated, and whether there are more."""
    parts, running = here(), process_instance.c.ended_at.is_(None)
    seen = seen_instances(process_instance.c.key)
    with parts.database.read() as connection:
        chosen = select(process_instance.c.key).join(process_definition, _OF_INSTANCE)
        keys = connection.execute(
            chosen.where(_which(filter_), running, seen).order_by(process_instance.c.key).limit(MAX_CHECKED + 1)
        ).scalars()
        looked_at = list(keys)
        problems = migration.check(connection, parts.engine, looked_at[:MAX_CHECKED], target, plan)
    return problems, len(looked_at) > MAX_CHECKED


@blueprint.post("/process-instances/cancellation")
@described("cancelProcessInstancesBatchOperation", takes=Chosen, gives=BegunBatchOperation)
def cancel_many() -> dict[str, Any]:
    """End instances that nobody has called, with all that they have called."""
    return begin("CANCEL_PROCESS_INSTANCE", body()["filter"])


@blueprint.post("/process-instances/suspension")
@described("suspendProcessInstancesBatchOperation", takes=Chosen, gives=BegunBatchOperation)
def suspend_many() -> dict[str, Any]:
    """Let many instances stand still."""
    return begin("SUSPEND_PROCESS_INSTANCE", body()["filter"])


@blueprint.post("/process-instances/resumption")
@described("resumeProcessInstancesBatchOperation", takes=Chosen, gives=BegunBatchOperation)
def resume_many() -> dict[str, Any]:
    """Let many instances go on."""
    return begin("RESUME_PROCESS_INSTANCE", body()["filter"])


@blueprint.post("/process-instances/incident-resolution")
@described("resolveIncidentsBatchOperation", takes=Chosen, gives=BegunBatchOperation)
def resolve_many() -> dict[str, Any]:
    """Try again all that instances are stuck at; what they have called is stuck by itself."""
    return begin("RESOLVE_INCIDENT", body()["filter"])


@blueprint.post("/process-instances/<key>/incident-resolution")
@described("resolveProcessInstanceIncidents", takes=Act, gives=BegunBatchOperation, fails=(404,))
def resolve_in_one(key: str) -> dict[str, Any]:
    """Try again all that one instance is stuck at."""
    with here().database.read() as connection:
        process_instances.get(connection, key_of(key))
        require_free(connection, key_of(key))
    return begin("RESOLVE_INCIDENT", {"processInstanceKey": key})


@blueprint.post("/batch-operations/search")
@searches("searchBatchOperations", BatchOperation, OPERATION_FIELDS)
def search() -> dict[str, Any]:
    """Batch operations."""
    return found(select(batch_operation), _operation.key, OPERATION_FIELDS, _show)


@blueprint.get("/batch-operations/<key>")
@described("getBatchOperation", gives=BatchOperation)
def get(key: str) -> dict[str, Any]:
    """One batch operation, and how far it is."""
    with here().database.read() as connection:
        return _show(batches.get(connection, key_of(key)))


@blueprint.post("/batch-operations/<key>/cancellation")
@described("cancelBatchOperation", takes=Act, fails=(409,))
def cancel(key: str) -> tuple[str, int]:
    """What is done is done; the rest is left alone."""
    parts = here()
    with parts.database.write() as connection:
        batches.cancel(connection, parts.engine, key_of(key))
    return "", 204


@blueprint.post("/batch-operation-items/search")
@searches("searchBatchOperationItems", BatchOperationItem, ITEM_FIELDS)
def search_items() -> dict[str, Any]:
    """What became of each instance of batch operations."""
    query = select(batch_item, _operation.kind).join(batch_operation, _operation.key == _item.operation_key)
    query = query.where(seen_instances(_item.instance_key))
    return found(query, (_item.operation_key, _item.instance_key), ITEM_FIELDS, _show_item)


_OF_INSTANCE = process_definition.c.key == process_instance.c.definition_key


def begin(kind: str, filter_: dict[str, Any], plan: dict[str, Any] | None = None) -> dict[str, Any]:
    """Have it done to all instances that the filter means and that it can be done to."""
    parts = here()
    with parts.database.write() as connection:
        if plan and "target" in plan:
            migration.target_of(connection, int(plan["target"]))
        chosen = select(process_instance.c.key).join(process_definition, _OF_INSTANCE)
        chosen = chosen.where(_which(filter_), seen_instances(process_instance.c.key))
        which = process_instance.c.key.in_(chosen)
        key = batches.start(connection, parts.engine, kind, which, plan=plan, by=caller().id)
    return {"batchOperationKey": str(key), "batchOperationType": kind}


def _which(filter_: dict[str, Any]) -> ColumnElement[bool]:
    """The state is left out: what can be done to an instance says it. Raises Invalid."""
    fields = {**FIELDS, **TENANT_FIELD}
    filtered(filter_, fields, CUSTOM)
    return filtered({name: value for name, value in filter_.items() if name != "state"}, fields, CUSTOM)


def _plan(asked: dict[str, Any]) -> MigrationPlan:
    mapping: dict[str, str] = {}
    for one in asked["mappingInstructions"] or ():
        source = one["sourceElementId"]
        if source in mapping:
            text = f"The element {source} is mapped twice."
            raise Invalid(text, [Problem(source, text, "Name it once.")])
        mapping[source] = one["targetElementId"]
    equal = asked["mapEqualIds"]
    return MigrationPlan(mapping, not mapping if equal is None else equal)


def _problem(one: Problem) -> dict[str, Any]:
    return {"elementId": one.element_id or None, "message": one.message, "mend": one.mend or None}


def _show(row: RowMapping) -> dict[str, Any]:
    return {
        "batchOperationKey": str(row["key"]),
        "state": row["state"],
        "batchOperationType": row["kind"],
        "startDate": instant(row["started_at"]),
        "endDate": instant(row["ended_at"]),
        "actorType": "USER",
        "actorId": row["by"],
        "operationsTotalCount": row["total"],
        "operationsFailedCount": row["failed"],
        "operationsCompletedCount": row["completed"],
        "errors": [],
    }


def _show_item(row: RowMapping) -> dict[str, Any]:
    return {
        "operationType": row["kind"],
        "batchOperationKey": str(row["operation_key"]),
        "itemKey": str(row["instance_key"]),
        "processInstanceKey": str(row["instance_key"]),
        "rootProcessInstanceKey": str(row["root_key"]),
        "state": row["state"],
        "processedDate": instant(row["processed_at"]),
        "errorMessage": row["error"],
    }
