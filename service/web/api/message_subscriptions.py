"""Message subscriptions: which processes and process instances wait for which messages now."""

from __future__ import annotations

from typing import Any

from flask import Blueprint
from sqlalchemy import RowMapping, Select, Text, case, cast, func, null, select

from service.store.queries import Field
from service.store.tables import element_instance, message_subscription, process_definition, process_instance
from service.web.access import seen_instances
from service.web.api.filters import searches
from service.web.api.schemas.messages import MessageSubscription
from service.web.api.schemas.values import MESSAGE_SUBSCRIPTION_STATES, MESSAGE_SUBSCRIPTION_TYPES
from service.web.api.wire import (
    TENANT,
    OneOf,
    found,
    instant,
    read_instant,
    read_integer,
    read_key,
    read_text,
    text,
)

blueprint = Blueprint("message_subscriptions", __name__)

_table, _instance, _definition = message_subscription, process_instance, process_definition

_TYPE = case((_table.c.instance_key.is_(None), "START_EVENT"), else_="PROCESS_EVENT")
_NOTHING = cast(null(), Text)
_element = (
    select(func.max(element_instance.c.key))
    .where(element_instance.c.instance_key == _table.c.instance_key, element_instance.c.state == "ACTIVE")
    .where(element_instance.c.element_id == _table.c.element_id)
    .scalar_subquery()
)

FIELDS = {
    "messageSubscriptionKey": Field(_table.c.key, read_key),
    "messageSubscriptionState": Field(cast("CREATED", Text), OneOf(MESSAGE_SUBSCRIPTION_STATES)),
    "messageSubscriptionType": Field(_TYPE, OneOf(MESSAGE_SUBSCRIPTION_TYPES)),
    "messageName": Field(_table.c.name, read_text),
    "correlationKey": Field(_table.c.correlation_key, read_text),
    "lastUpdatedDate": Field(_table.c.created_at, read_instant),
    "elementId": Field(_table.c.element_id, read_text),
    "elementInstanceKey": Field(_element, read_key),
    "processInstanceKey": Field(_table.c.instance_key, read_key),
    "rootProcessInstanceKey": Field(_instance.c.root_key, read_key),
    "processDefinitionKey": Field(_table.c.definition_key, read_key),
    "processDefinitionId": Field(_definition.c.process_id, read_text),
    "processDefinitionName": Field(_definition.c.name, read_text),
    "processDefinitionVersion": Field(_definition.c.version, read_integer),
    "businessId": Field(_instance.c.business_id, read_text),
    "toolName": Field(_NOTHING, read_text),
    "inboundConnectorType": Field(_NOTHING, read_text),
}


@blueprint.post("/message-subscriptions/search")
@searches("searchMessageSubscriptions", MessageSubscription, FIELDS)
def search() -> dict[str, Any]:
    """Those that still wait; a subscription is gone when its message has come."""
    return found(_rows().where(seen_instances(_table.c.instance_key)), _table.c.key, FIELDS, _show)


def _rows() -> Select[Any]:
    definition, owner = _definition.c, _instance.c
    return (
        select(
            _table,
            _TYPE.label("type"),
            _element.label("element_instance_key"),
            definition.process_id,
            definition.name.label("process_name"),
            definition.version.label("process_version"),
            owner.root_key,
            owner.business_id,
        )
        .join_from(_table, _definition, definition.key == _table.c.definition_key)
        .outerjoin(_instance, owner.key == _table.c.instance_key)
    )


def _show(row: RowMapping) -> dict[str, Any]:
    return {
        "businessId": row["business_id"],
        "messageSubscriptionKey": str(row["key"]),
        "processDefinitionId": row["process_id"],
        "processDefinitionKey": str(row["definition_key"]),
        "processDefinitionName": row["process_name"] or None,
        "processDefinitionVersion": row["process_version"],
        "processInstanceKey": text(row["instance_key"]),
        "rootProcessInstanceKey": text(row["root_key"]),
        "elementId": row["element_id"],
        "elementInstanceKey": text(row["element_instance_key"]),
        "messageSubscriptionState": "CREATED",
        "messageSubscriptionType": row["type"],
        "lastUpdatedDate": instant(row["created_at"]),
        "messageName": row["name"],
        "correlationKey": row["correlation_key"] or None,
        "toolProperties": {},
        "extensionProperties": {},
        "toolName": None,
        "inboundConnectorType": None,
        "tenantId": TENANT,
    }
