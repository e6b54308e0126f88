"""Who serves here, and who is asking."""

from __future__ import annotations

from typing import Any

from flask import Blueprint

from service.store.queries import NOTHING, filtered
from service.web import here
from service.web.access import groups
from service.web.api.filters import search_body, searches
from service.web.api.operations import described
from service.web.api.schemas.topology import AuthorizationPage, ClusterVariable, Me, Topology
from service.web.api.wire import TENANT, TENANT_FIELD, body, shown
from service.web.auth import caller

blueprint = Blueprint("topology", __name__)

# The version that diagrams are stamped with: modelers warn when the two differ.
VERSION = "8.8.0"


@blueprint.get("/topology")
@described("getTopology", gives=Topology)
def topology() -> dict[str, Any]:
    """Who serves here: this one process."""
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
@described("getAuthentication", gives=Me)
def me() -> dict[str, Any]:
    """Who is asking, and which groups and roles they have."""
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
@described("searchOwnAuthorizations", takes=search_body("Authorization", {}, {}), gives=AuthorizationPage)
def authorizations() -> dict[str, Any]:
    """None: what somebody may do comes from their roles, and is granted to nobody one by one."""
    return {**_nothing(), "authorizationsEnabled": False}


@blueprint.post("/cluster-variables/search")
@searches("searchClusterVariables", ClusterVariable, {})
def cluster_variables() -> dict[str, Any]:
    """None: variables belong to process instances here."""
    return _nothing()


def _nothing() -> dict[str, Any]:
    filtered(body()["filter"] or {}, TENANT_FIELD, {})
    return shown(NOTHING, dict)
