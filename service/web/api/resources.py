"""What was deployed, by its key, whatever kind it is of; deleting it."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response
from sqlalchemy import Text, case, cast, literal, null, select, union_all
from werkzeug.exceptions import NotAcceptable

from service.engine import resources
from service.store.queries import Field
from service.store.tables import decision_requirements, form, process_definition
from service.web import here
from service.web.api.deployments import shown_warning
from service.web.api.filters import searches
from service.web.api.operations import Media, described
from service.web.api.schemas.resources import DeletedResource, Resource
from service.web.api.schemas.values import DEFINITION_STATES, RESOURCE_KINDS
from service.web.api.wire import (
    TENANT,
    Act,
    OneOf,
    body,
    flag,
    found,
    instant,
    key_of,
    read_instant,
    read_integer,
    read_key,
    read_text,
)
from service.web.auth import caller

blueprint = Blueprint("resources", __name__)

_KINDS = {"process": "PROCESS", "decision requirements": "DECISION_REQUIREMENTS", "form": "FORM"}
_ALL = union_all(
    *(
        select(
            literal(kind).label("kind"),
            table.c.key,
            table.c[id_column].label("id"),
            table.c.resource_name,
            table.c.version,
            tag.label("version_tag"),
            table.c.deployment_key,
            table.c.effective_at,
            table.c.deleted_at,
        )
        for kind, table, id_column, tag in (
            ("PROCESS", process_definition, "process_id", process_definition.c.version_tag),
            ("DECISION_REQUIREMENTS", decision_requirements, "requirements_id", cast(null(), Text)),
            ("FORM", form, "form_id", form.c.version_tag),
        )
    )
).subquery("resource")
FIELDS = {
    "resourceKey": Field(_ALL.c.key, read_key),
    "resourceId": Field(_ALL.c.id, read_text),
    "resourceName": Field(_ALL.c.resource_name, read_text),
    "version": Field(_ALL.c.version, read_integer),
    "versionTag": Field(_ALL.c.version_tag, read_text),
    "deploymentKey": Field(_ALL.c.deployment_key, read_key),
    "kind": Field(_ALL.c.kind, OneOf(RESOURCE_KINDS)),
    "state": Field(case((_ALL.c.deleted_at.is_(None), "ACTIVE"), else_="DELETED"), OneOf(DEFINITION_STATES)),
    "effectiveFrom": Field(_ALL.c.effective_at, read_instant),
}


class Deletion(Act):
    deleteHistory = flag()


@blueprint.post("/resources/search")
@searches("searchResources", Resource, FIELDS)
def search() -> dict[str, Any]:
    """Versions of processes, files of decisions and forms that are not deleted, unless `state` asks for those."""
    asked = body()["filter"] or {}
    query = select(_ALL) if "state" in asked else select(_ALL).where(_ALL.c.deleted_at.is_(None))
    return found(query, _ALL.c.key, FIELDS, _show)


@blueprint.get("/resources/<key>")
@described("getResource", gives=Resource)
def get(key: str) -> dict[str, Any]:
    """One version of a process, a file of decisions or a form."""
    one = _resource(key)
    return _show({**one.row, "kind": _KINDS[one.kind], "id": one.id, "version_tag": one.row.get("version_tag")})


@blueprint.get("/resources/<key>/content")
@described("getResourceContent", gives=Media("application/json", {"type": "object"}), fails=(406,))
def content(key: str) -> Response:
    """The JSON of a form; 406 for what is XML."""
    one = _resource(key)
    if one.kind != "form":
        raise NotAcceptable("This is no JSON. Ask for its content at …/content/binary.")
    return Response(one.content, content_type="application/json")


@blueprint.get("/resources/<key>/content/binary")
@described("getResourceContentBinary", gives=Media("application/octet-stream", {"type": "string"}))
def binary(key: str) -> Response:
    """The file as it was deployed."""
    return Response(_resource(key).content, content_type="application/octet-stream")


@blueprint.post("/resources/<key>/deletion")
@described("deleteResource", takes=Deletion, gives=DeletedResource, fails=(409,))
def delete(key: str) -> dict[str, Any]:
    """Let a version count no more; 409 while instances run by it, or where history would be lost.

    The version before takes effect, if there is one. What has happened by the deleted one stays readable.
    """
    parts, with_history = here(), bool(body()["deleteHistory"])
    with parts.database.write() as connection:
        told = resources.delete(connection, parts.engine, key_of(key), with_history=with_history, by=caller().id)
    warnings = [shown_warning(one) for one in told]
    return {"resourceKey": str(key_of(key)), "batchOperation": None, "warnings": warnings}


def _resource(key: str) -> resources.Resource:
    with here().database.read() as connection:
        return resources.get(connection, key_of(key))


def _show(row: Any) -> dict[str, Any]:
    return {
        "resourceName": row["resource_name"],
        "version": row["version"],
        "versionTag": row["version_tag"],
        "resourceId": row["id"],
        "tenantId": TENANT,
        "resourceKey": str(row["key"]),
        "deploymentKey": str(row["deployment_key"]),
        "kind": row["kind"],
        "state": "DELETED" if row["deleted_at"] else "ACTIVE",
        "effectiveFrom": instant(row["effective_at"]),
    }
