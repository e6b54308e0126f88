"""Who serves here, and who is asking."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint
from sqlalchemy import Boolean, ColumnElement, Text, cast, false, null

from service.store.queries import NOTHING, Field, filtered
from service.web import here
from service.web.access import groups
from service.web.api.filters import Described, search_body, searches
from service.web.api.operations import described
from service.web.api.schemas.topology import AuthorizationPage, ClusterVariable, Me, Topology
from service.web.api.wire import TENANT, TENANT_FIELD, body, read_boolean, read_text, shown
from service.web.auth import caller

blueprint = Blueprint("topology", __name__)

# The version that diagrams are stamped with: modelers warn when the two differ.
VERSION = "8.8.0"

# What clients look for by these finds nothing, as there is nothing.
_NO_TEXT, _NO_FLAG = Field(cast(null(), Text), read_text), Field(cast(null(), Boolean), read_boolean)
_AUTHORIZATION = dict.fromkeys(("ownerId", "ownerType", "resourceId", "resourcePropertyName", "resourceType"), _NO_TEXT)
_VARIABLE = dict.fromkeys(("name", "value", "scope", "kind"), _NO_TEXT) | {"isTruncated": _NO_FLAG}
_TEXTS: Described = {"type": "array", "items": {"type": "string"}}
_AUTHORIZATION_MORE = {"resourceIds": _TEXTS, "resourcePropertyNames": _TEXTS}
_VARIABLE_MORE: dict[str, Described] = {"metadata": {"type": "object"}}


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


Authorizations = search_body("Authorization", _AUTHORIZATION, _AUTHORIZATION_MORE)


@blueprint.post("/authentication/me/authorizations/search")
@described("searchOwnAuthorizations", takes=Authorizations, gives=AuthorizationPage)
def authorizations() -> dict[str, Any]:
    """None: what somebody may do comes from their roles, and is granted to nobody one by one."""
    return {**_nothing(_AUTHORIZATION, _AUTHORIZATION_MORE), "authorizationsEnabled": False}


@blueprint.post("/cluster-variables/search")
@searches("searchClusterVariables", ClusterVariable, _VARIABLE, **_VARIABLE_MORE)
def cluster_variables() -> dict[str, Any]:
    """None: variables belong to process instances here."""
    return _nothing(_VARIABLE, _VARIABLE_MORE)


def _nothing(known: Mapping[str, Field], more: Mapping[str, Described]) -> dict[str, Any]:
    """Raises Invalid for a filter that cannot be."""
    filtered(body()["filter"] or {}, {**known, **TENANT_FIELD}, dict.fromkeys(more, _none))
    return shown(NOTHING, dict)


def _none(asked: Any) -> ColumnElement[bool]:
    return false()
