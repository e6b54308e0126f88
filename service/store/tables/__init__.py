"""The tables. Every row that belongs to a process instance carries its key, so that they can be spread by it."""

from service.store.tables.audit import audit_anchor, audit_pending, audit_record
from service.store.tables.batches import batch_item, batch_operation
from service.store.tables.columns import Instant, Json, metadata
from service.store.tables.definitions import (
    decision_definition,
    decision_requirements,
    deployment,
    deployment_resource,
    form,
    process_definition,
)
from service.store.tables.instances import (
    element_instance,
    history,
    incident,
    job,
    message,
    message_delivery,
    message_subscription,
    process_instance,
    signal_subscription,
    timer,
    user_task,
    user_task_candidate,
)
from service.store.tables.matters import accusation, data_key, idempotency, matter, notice, protection
from service.store.tables.people import api_token, calendar_closure, calendar_year, person, signing_key, unit
from service.store.tables.registers import certificate, knowledge_entry, publication, roster_shift

__all__ = [
    "Instant",
    "Json",
    "accusation",
    "api_token",
    "audit_anchor",
    "audit_pending",
    "audit_record",
    "batch_item",
    "batch_operation",
    "calendar_closure",
    "calendar_year",
    "certificate",
    "data_key",
    "decision_definition",
    "decision_requirements",
    "deployment",
    "deployment_resource",
    "element_instance",
    "form",
    "history",
    "idempotency",
    "incident",
    "job",
    "knowledge_entry",
    "matter",
    "message",
    "message_delivery",
    "message_subscription",
    "metadata",
    "notice",
    "person",
    "process_definition",
    "process_instance",
    "protection",
    "publication",
    "roster_shift",
    "signal_subscription",
    "signing_key",
    "timer",
    "unit",
    "user_task",
    "user_task_candidate",
]
