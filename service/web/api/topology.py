"""Who serves here, and who is asking."""

from __future__ import annotations

from typing import Any

from flask import Blueprint

from service.store.queries import NOTHING
from service.web import here
from service.web.access import groups
from service.web.api.wire import TENANT, SearchBody, body, shown
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


@blueprint.post("/authentication/me/authorizations/search")
def authorizations() -> dict[str, Any]:
    """None: what somebody may do comes from their roles, and is granted to nobody one by one."""
    return {**_nothing(), "authorizationsEnabled": False}


@blueprint.post("/cluster-variables/search")
def cluster_variables() -> dict[str, Any]:
    """None: variables belong to process instances here."""
    return _nothing()


def _nothing() -> dict[str, Any]:
    body(SearchBody)
    return shown(NOTHING, dict)
