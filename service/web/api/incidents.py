"""Incidents: where the model or the world cannot go on, and trying again."""

from __future__ import annotations

from typing import Any

from flask import Blueprint
from sqlalchemy import ColumnElement, RowMapping, Select, case, select

from service.engine import incidents, process_instances
from service.errors import NotFound
from service.store.queries import Field
from service.store.tables import element_instance, incident, process_instance
from service.web import here
from service.web.access import require_free, require_instance, seen_instances
from service.web.api.acts import done
from service.web.api.filters import search_body
from service.web.api.operations import described
from service.web.api.process_instances import CALLER
from service.web.api.schemas import page_of
from service.web.api.schemas.incidents import Incident
from service.web.api.schemas.values import INCIDENT_ERROR_TYPES, INCIDENT_STATES
from service.web.api.wire import (
    TENANT,
    Act,
    OneOf,
    found,
    instant,
    key_of,
    read_instant,
    read_key,
    read_text,
    text,
)

blueprint = Blueprint("incidents", __name__)

_table, _instance = incident, process_instance

# Kinds of our own are none that clients know.
_TYPE = case((_table.c.error_type.in_(INCIDENT_ERROR_TYPES), _table.c.error_type), else_="UNKNOWN")

FIELDS = {
    "incidentKey": Field(_table.c.key, read_key),
    "processInstanceKey": Field(_table.c.instance_key, read_key),
    "processDefinitionKey": Field(_table.c.definition_key, read_key),
    "processDefinitionId": Field(_instance.c.process_id, read_text),
    "elementInstanceKey": Field(_table.c.element_instance_key, read_key),
    "elementId": Field(_table.c.element_id, read_text),
    "jobKey": Field(_table.c.job_key, read_key),
    "errorType": Field(_TYPE, OneOf(INCIDENT_ERROR_TYPES)),
    "errorMessage": Field(_table.c.message, read_text),
    "state": Field(_table.c.state, OneOf(INCIDENT_STATES)),
    "creationTime": Field(_table.c.created_at, read_instant),
}

Search, Page = search_body("Incident", FIELDS, {}), page_of(Incident)


@blueprint.post("/incidents/search")
@described("searchIncidents", takes=Search, gives=Page)
def search() -> dict[str, Any]:
    """Incidents."""
    return found(_seen(), _table.c.key, FIELDS, _show)


@blueprint.get("/incidents/<key>")
@described("getIncident", gives=Incident)
def get(key: str) -> dict[str, Any]:
    """One incident."""
    with here().database.read() as connection:
        row = connection.execute(_seen().where(_table.c.key == key_of(key))).mappings().first()
    if row is None:
        raise NotFound(f"There is no incident {key}.")
    return _show(row)


@blueprint.post("/process-instances/<key>/incidents/search")
@described("searchProcessInstanceIncidents", takes=Search, gives=Page)
def search_of_instance(key: str) -> dict[str, Any]:
    """Those of an instance and of all that it called."""
    with here().database.read() as connection:
        process_instances.get(connection, key_of(key))
        require_instance(connection, key_of(key))
    mine = _instance.c.key.in_(_with_called(_instance.c.key == key_of(key)))
    return found(_seen().where(mine), _table.c.key, FIELDS, _show)


@blueprint.post("/element-instances/<key>/incidents/search")
@described("searchElementInstanceIncidents", takes=Search, gives=Page)
def search_of_element(key: str) -> dict[str, Any]:
    """Those of one element instance, of what is drawn inside of it, and of all that it called."""
    asked = element_instance.c.key == key_of(key)
    with here().database.read() as connection:
        if connection.execute(select(element_instance.c.key).where(asked)).first() is None:
            raise NotFound(f"There is no element instance {key}.")
        require_free(connection, key_of(key))
    within = _with_inside(asked)
    called = _with_called(CALLER.in_(within))
    mine = _table.c.element_instance_key.in_(within) | _table.c.instance_key.in_(called)
    return found(_seen().where(mine), _table.c.key, FIELDS, _show)


@blueprint.post("/incidents/<key>/resolution")
@described("resolveIncident", takes=Act, fails=(409,))
def resolve(key: str) -> tuple[str, int]:
    """Try again where it was stuck."""
    return done(incidents.resolve, key)


def _with_inside(first: ColumnElement[bool]) -> Select[Any]:
    """The keys of element instances, and of all inside of them."""
    columns = element_instance.c.key, element_instance.c.instance_key, element_instance.c.number
    tree = select(*columns).where(first).cte("inside", recursive=True)
    child = element_instance.alias("child")
    of_tree = (child.c.instance_key == tree.c.instance_key) & (child.c.parent_number == tree.c.number)
    tree = tree.union_all(select(child.c.key, child.c.instance_key, child.c.number).where(of_tree))
    return select(tree.c.key)


def _with_called(first: ColumnElement[bool]) -> Select[Any]:
    """The keys of instances, and of all that they called, and so on."""
    tree = select(_instance.c.key).where(first).cte("tree", recursive=True)
    child = process_instance.alias()
    tree = tree.union_all(select(child.c.key).where(child.c.parent_key == tree.c.key))
    return select(tree.c.key)


def _seen() -> Select[Any]:
    return _rows().where(seen_instances(_table.c.instance_key))


def _rows() -> Select[Any]:
    return select(_table, _TYPE.label("shown_type"), _instance.c.process_id, _instance.c.root_key).join_from(
        _table, _instance, _instance.c.key == _table.c.instance_key
    )


def _show(row: RowMapping) -> dict[str, Any]:
    return {
        "processDefinitionId": row["process_id"],
        "errorType": row["shown_type"],
        "errorMessage": row["message"],
        "elementId": row["element_id"],
        "creationTime": instant(row["created_at"]),
        "state": row["state"],
        "tenantId": TENANT,
        "incidentKey": str(row["key"]),
        "processDefinitionKey": str(row["definition_key"]),
        "processInstanceKey": str(row["instance_key"]),
        "rootProcessInstanceKey": str(row["root_key"]),
        "elementInstanceKey": str(row["element_instance_key"] or row["instance_key"]),
        "jobKey": text(row["job_key"]),
    }
