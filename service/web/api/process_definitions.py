"""The processes that are deployed, version by version."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response
from sqlalchemy import ColumnElement, RowMapping, case, select

from service.engine.versions import bound, is_in_effect
from service.errors import NotFound
from service.store.queries import Field
from service.store.tables import form, process_definition
from service.web import here
from service.web.api.filters import BOOLEAN, searches
from service.web.api.operations import XML, described
from service.web.api.schemas.process_definitions import Form, ProcessDefinition
from service.web.api.schemas.values import DEFINITION_STATES
from service.web.api.wire import (
    TENANT,
    OneOf,
    body,
    found,
    instant,
    key_of,
    read_boolean,
    read_instant,
    read_integer,
    read_key,
    read_text,
)

blueprint = Blueprint("process_definitions", __name__)

_table = process_definition

_STATE = case((_table.c.deleted_at.is_(None), "ACTIVE"), else_="DELETED")

FIELDS = {
    "processDefinitionKey": Field(_table.c.key, read_key),
    "processDefinitionId": Field(_table.c.process_id, read_text),
    "name": Field(_table.c.name, read_text),
    "resourceName": Field(_table.c.resource_name, read_text),
    "version": Field(_table.c.version, read_integer),
    "versionTag": Field(_table.c.version_tag, read_text),
    "effectiveFrom": Field(_table.c.effective_at, read_instant),
    "state": Field(_STATE, OneOf(DEFINITION_STATES)),
}


@blueprint.post("/process-definitions/search")
@searches(
    "searchProcessDefinitions",
    ProcessDefinition,
    FIELDS,
    isLatestVersion=BOOLEAN,
    hasStartForm=BOOLEAN,
)
def search() -> dict[str, Any]:
    """Versions that are not deleted, unless `state` asks for those; `isLatestVersion` is the one in effect now."""
    custom = {"isLatestVersion": _is_latest, "hasStartForm": _has_start_form}
    asked = body()["filter"] or {}
    query = select(_table) if "state" in asked else select(_table).where(_table.c.deleted_at.is_(None))
    return found(query, _table.c.key, FIELDS, show, custom=custom)


@blueprint.get("/process-definitions/<key>")
@described("getProcessDefinition", gives=ProcessDefinition)
def get(key: str) -> dict[str, Any]:
    """One version of a process."""
    return show(_row(key))


@blueprint.get("/process-definitions/<key>/xml")
@described("getProcessDefinitionXML", gives=XML)
def xml(key: str) -> Response:
    """The diagram itself."""
    return Response(bytes(_row(key)["xml"]), content_type="text/xml; charset=utf-8")


@blueprint.get("/process-definitions/<key>/form")
@described("getStartProcessForm", gives=Form, or_nothing=True)
def start_form(key: str) -> dict[str, Any] | tuple[str, int]:
    """The form that the process is started with now, in the version that it is bound to; 204 if it has none."""
    process_key, engine = _row(key)["key"], here().engine
    with here().database.read() as connection:
        named = next((one for one in engine.process_model(connection, process_key).form_refs if one.is_start), None)
        if named is None:
            return "", 204
        reference = (named.target_id, named.binding, named.version_tag)
        found_form = bound(connection, "form", *reference, process_key, engine.clock())
        mine = form.c.key == (found_form["key"] if found_form else None)
        row = connection.execute(select(form).where(mine)).mappings().first()
    return show_form(row) if row else ("", 204)


def show(row: RowMapping) -> dict[str, Any]:
    return {
        "name": row["name"] or None,
        "resourceName": row["resource_name"],
        "version": row["version"],
        "versionTag": row["version_tag"],
        "processDefinitionId": row["process_id"],
        "tenantId": TENANT,
        "processDefinitionKey": str(row["key"]),
        "hasStartForm": row["start_form_id"] is not None,
        "state": state(row),
        # Beyond the original: from when it counts.
        "effectiveFrom": instant(row["effective_at"]),
    }


def show_form(row: RowMapping) -> dict[str, Any]:
    return {
        "tenantId": TENANT,
        "formId": row["form_id"],
        "schema": row["schema_json"],
        "version": row["version"],
        "formKey": str(row["key"]),
    }


def _row(key: str) -> RowMapping:
    with here().database.read() as connection:
        row = connection.execute(select(_table).where(_table.c.key == key_of(key))).mappings().first()
    if row is None:
        raise NotFound(f"There is no process definition {key}.")
    return row


def _is_latest(value: Any) -> ColumnElement[bool]:
    latest = is_in_effect(_table, "process_id", here().engine.clock())
    return latest if read_boolean(value) else ~latest


def _has_start_form(value: Any) -> ColumnElement[bool]:
    return _table.c.start_form_id.is_not(None) if read_boolean(value) else _table.c.start_form_id.is_(None)


def state(row: RowMapping) -> str:
    return "DELETED" if row["deleted_at"] else "ACTIVE"
