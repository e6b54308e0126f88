"""Who serves here, whether it is well, and who is asking."""

from __future__ import annotations

from typing import Any

from flask import Blueprint
from sqlalchemy import select

from service.web import here
from service.web.access import groups
from service.web.api.wire import TENANT
from service.web.auth import caller

blueprint = Blueprint("topology", __name__)

# The version that diagrams are stamped with: modelers warn when the two differ.
VERSION = "8.8.0"


@blueprint.get("/topology")
def topology() -> dict[str, Any]:
    settings = here().settings
    partition = {"partitionId": 1, "role": "leader", "health": "healthy", "state": "active"}
    broker = {
        "nodeId": 0,
        "brokerId": "0",
        "host": settings.host,
        "port": settings.port,
        "partitions": [partition],
        "version": VERSION,
    }
    return {
        "brokers": [broker],
        "clusterId": None,
        "clusterSize": 1,
        "partitionsCount": 1,
        "replicationFactor": 1,
        "gatewayVersion": VERSION,
        "lastCompletedChangeId": "-1",
    }


@blueprint.get("/status")
def status() -> tuple[str, int]:
    """204 if the database answers."""
    with here().database.read() as connection:
        connection.execute(select(1))
    return "", 204


@blueprint.get("/authentication/me")
def me() -> dict[str, Any]:
    person = caller()
    return {
        "username": person.id,
        "displayName": person.name,
        "email": None,
        "authorizedComponents": ["*"],
        "tenants": [{"tenantId": TENANT, "name": "Default", "description": None}],
        "groups": list(groups(person)),
        "roles": list(person.roles),
        "salesPlanType": None,
        "c8Links": {},
        "canLogout": False,
    }
