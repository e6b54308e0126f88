"""Element instances: the way of a process instance, element by element."""

from __future__ import annotations

import re
from typing import Any

from flask import Blueprint
from sqlalchemy import ColumnElement, Connection, RowMapping, Select, and_, func, or_, select

from service.engine import process_instances, user_tasks
from service.errors import NotFound
from service.store.queries import Field
from service.store.tables import element_instance, incident, process_definition, process_instance
from service.web import here
from service.web.access import require_free, require_instance, seen_instances
from service.web.api.filters import BOOLEAN, KEY, searches
from service.web.api.incident_scopes import ELEMENT_IS_STUCK
from service.web.api.listened import Answered, answered
from service.web.api.operations import described
from service.web.api.schemas.element_instances import ElementInstance
from service.web.api.schemas.values import ELEMENT_INSTANCE_STATES, ELEMENT_TYPES
from service.web.api.wire import (
    TENANT,
    Act,
    OneOf,
    body,
    flag,
    found,
    instant,
    key_of,
    read_boolean,
    read_instant,
    read_key,
    read_text,
    text,
    variables,
)
from service.web.auth import caller

blueprint = Blueprint("element_instances", __name__)

_table, _instance = element_instance, process_instance

_incident = (
    select(func.min(incident.c.key))
    .where(incident.c.instance_key == _table.c.instance_key, incident.c.element_id == _table.c.element_id)
    .where(incident.c.state == "ACTIVE", _table.c.state == "ACTIVE")
    .scalar_subquery()
)


def _kept(told: str) -> str:
    """USER_TASK as the store's userTask."""
    first, *rest = told.lower().split("_")
    return first + "".join(word.capitalize() for word in rest)


FIELDS = {
    "elementInstanceKey": Field(_table.c.key, read_key),
    "processInstanceKey": Field(_table.c.instance_key, read_key),
    "rootProcessInstanceKey": Field(_instance.c.root_key, read_key),
    "processDefinitionKey": Field(_instance.c.definition_key, read_key),
    "processDefinitionId": Field(_instance.c.process_id, read_text),
    "elementId": Field(_table.c.element_id, read_text),
    "elementName": Field(_table.c.name, read_text),
    "type": Field(_table.c.element_type, OneOf(ELEMENT_TYPES, _kept)),
    "state": Field(_table.c.state, OneOf(ELEMENT_INSTANCE_STATES)),
    "startDate": Field(_table.c.started_at, read_instant),
    "endDate": Field(_table.c.ended_at, read_instant),
    "incidentKey": Field(_incident, read_key),
}


class Assignment(Act):
    variables = variables(required=True)
    local = flag(default=False)


@blueprint.post("/element-instances/search")
@searches("searchElementInstances", ElementInstance, FIELDS, hasIncident=BOOLEAN, elementInstanceScopeKey=KEY)
def search() -> dict[str, Any]:
    """Element instances."""
    query = _rows().where(seen_instances(_table.c.instance_key))
    custom = {"hasIncident": _has_incident, "elementInstanceScopeKey": _is_directly_in}
    return found(query, _table.c.key, FIELDS, _show, custom=custom)


@blueprint.get("/element-instances/<key>")
@described("getElementInstance", gives=ElementInstance)
def get(key: str) -> dict[str, Any]:
    """One element instance."""
    with here().database.read() as connection:
        row = connection.execute(_rows().where(_table.c.key == key_of(key))).mappings().first()
        if row is None:
            raise NotFound(f"There is no element instance {key}.")
        require_instance(connection, process_instances.get(connection, row["instance_key"])["key"])
    return _show(row)


@blueprint.put("/element-instances/<key>/variables")
@described("createElementInstanceVariables", takes=Assignment, fails=(409, 504))
def set_variables(key: str) -> Answered:
    """Of an active element, or of a process instance by its own key; the listeners of a user task are asked first."""
    asked, parts, number = body(), here(), key_of(key)
    with parts.database.read() as connection:
        require_free(connection, number)
        task = user_tasks.at_element(connection, number)

    def ask(connection: Connection) -> int | None:
        given, local, by = asked["variables"], bool(asked["local"]), caller().id
        if task:
            return user_tasks.set_variables(connection, parts.engine, task, given, local=local, by=by)
        process_instances.set_variables(connection, parts.engine, number, given, local=local, by=by)
        return None

    return answered(task or number, ask)


def _rows() -> Select[Any]:
    owner = _instance.c
    return (
        select(
            _table,
            owner.root_key,
            owner.definition_key,
            owner.process_id,
            _incident.label("incident_key"),
            ELEMENT_IS_STUCK.label("is_stuck"),
        )
        .join_from(_table, _instance, owner.key == _table.c.instance_key)
        .join(process_definition, process_definition.c.key == owner.definition_key)
    )


def _show(row: RowMapping) -> dict[str, Any]:
    return {
        "processDefinitionId": row["process_id"],
        "startDate": instant(row["started_at"]),
        "endDate": instant(row["ended_at"]),
        "elementId": row["element_id"],
        "elementName": row["name"] or row["element_id"],
        "type": re.sub(r"(?<=[a-z])(?=[A-Z])", "_", row["element_type"]).upper(),
        "state": row["state"],
        "hasIncident": bool(row["is_stuck"]),
        "tenantId": TENANT,
        "elementInstanceKey": str(row["key"]),
        "processInstanceKey": str(row["instance_key"]),
        "rootProcessInstanceKey": str(row["root_key"]),
        "processDefinitionKey": str(row["definition_key"]),
        "incidentKey": text(row["incident_key"]),
    }


def _is_directly_in(value: Any) -> ColumnElement[bool]:
    around, key = _table.alias("around"), read_key(value)
    instance, number = (
        select(column).where(around.c.key == key).scalar_subquery()
        for column in (around.c.instance_key, around.c.number)
    )
    return or_(
        and_(_table.c.instance_key == key, _table.c.parent_number == 0),
        and_(_table.c.instance_key == instance, _table.c.parent_number == number),
    )


def _has_incident(value: Any) -> ColumnElement[bool]:
    return ELEMENT_IS_STUCK if read_boolean(value) else ~ELEMENT_IS_STUCK
