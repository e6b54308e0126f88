"""Messages to whoever waits for them, now or while they live; signals."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import Blueprint
from marshmallow import fields, validate
from sqlalchemy import Connection

from service.engine import messages, signals
from service.web import here
from service.web.access import require_free_message
from service.web.api.operations import described
from service.web.api.schemas.messages import BroadcastSignal, CorrelatedMessage, PublishedMessage
from service.web.api.wire import (
    MAX_MILLISECONDS,
    MAX_NAME,
    TENANT,
    Body,
    body,
    business_id,
    integer,
    name,
    tenant,
    variables,
)
from service.web.auth import caller
from service.web.idempotent import asked_key, once

blueprint = Blueprint("messages", __name__)


class Correlation(Body):
    businessId = business_id()
    name = name(required=True)
    correlationKey = fields.String(load_default="", allow_none=True, validate=validate.Length(0, MAX_NAME))
    variables = variables()
    tenantId = tenant()


class Publication(Correlation):
    timeToLive = integer(0, MAX_MILLISECONDS, default=0)
    messageId = name()


class Broadcast(Body):
    signalName = name(required=True)
    variables = variables()
    tenantId = tenant()


@blueprint.post("/messages/publication")
@described("publishMessage", takes=Publication, gives=PublishedMessage, fails=(409,), is_idempotent=True)
def publish() -> Any:
    """Give a message to whoever waits or will wait; an id that is alive already is a conflict."""
    asked = body()

    def do(connection: Connection) -> tuple[int, dict[str, Any]]:
        _require_free(connection, asked)
        key = messages.publish(
            connection,
            here().engine,
            **_told(asked),
            time_to_live=timedelta(milliseconds=asked["timeToLive"] or 0),
            message_id=asked["messageId"] or None,
        )
        return 200, {"tenantId": TENANT, "messageKey": str(key)}

    return once(asked_key(), do)


@blueprint.post("/messages/correlation")
@described("correlateMessage", takes=Correlation, gives=CorrelatedMessage, fails=(404, 409), is_idempotent=True)
def correlate() -> Any:
    """Give a message to who waits for it now; 404 if nobody does."""
    asked = body()

    def do(connection: Connection) -> tuple[int, dict[str, Any]]:
        _require_free(connection, asked)
        key, instance_key = messages.correlate(connection, here().engine, **_told(asked))
        return 200, {"tenantId": TENANT, "messageKey": str(key), "processInstanceKey": str(instance_key)}

    return once(asked_key(), do)


def _require_free(connection: Connection, asked: dict[str, Any]) -> None:
    about = (asked["businessId"], (asked["variables"] or {}).get("matter_no"))
    require_free_message(connection, asked["name"], asked["correlationKey"] or "", *about)


def _told(asked: dict[str, Any]) -> dict[str, Any]:
    return {
        "name": asked["name"],
        "correlation_key": asked["correlationKey"] or "",
        "variables": asked["variables"],
        "business_id": asked["businessId"],
        "by": caller().id,
    }


@blueprint.post("/signals/broadcast")
@described("broadcastSignal", takes=Broadcast, gives=BroadcastSignal, fails=(404, 409))
def broadcast() -> dict[str, Any]:
    """Tell a signal to all that wait for it and all processes that begin with it."""
    asked, parts = body(), here()
    with parts.database.write() as connection:
        key = signals.broadcast(
            connection, parts.engine, name=asked["signalName"], variables=asked["variables"], by=caller().id
        )
    return {"tenantId": TENANT, "signalKey": str(key)}
