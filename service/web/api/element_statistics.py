"""How many are at each element: what a diagram is coloured by."""

from __future__ import annotations

from typing import Any

from flask import Blueprint
from sqlalchemy import ColumnElement, func, select

from service.engine import process_instances as instances
from service.errors import NotFound
from service.store.queries import filtered
from service.store.tables import element_instance, incident, process_definition, process_instance
from service.web import here
from service.web.access import require_instance, seen_instances
from service.web.api import process_instances
from service.web.api.filters import Filter
from service.web.api.operations import described
from service.web.api.schemas.element_instances import ElementStatistics
from service.web.api.wire import TENANT_FIELD, Body, body, key_of

blueprint = Blueprint("element_statistics", __name__)

_table, _instance = element_instance, process_instance
# The words that clients count by, and those of the store.
_COUNTED = {"active": "ACTIVE", "completed": "COMPLETED", "canceled": "TERMINATED"}


class Asked(Body):
    """The filter is that of process instances."""

    filter = Filter("ProcessInstance", process_instances.FIELDS, process_instances.DESCRIBED, load_default=dict)


@blueprint.post("/process-definitions/<key>/statistics/element-instances")
@described("getProcessDefinitionStatistics", takes=Asked, gives=ElementStatistics)
def of_definition(key: str) -> dict[str, Any]:
    """Over all instances of one version of a process that the caller sees, or those that a filter means."""
    with here().database.read() as connection:
        known = select(process_definition.c.key).where(process_definition.c.key == key_of(key))
        if connection.execute(known).first() is None:
            raise NotFound(f"There is no process definition {key}.")
    meant = filtered(body()["filter"], {**process_instances.FIELDS, **TENANT_FIELD}, process_instances.CUSTOM)
    return _counted(meant & (_instance.c.definition_key == key_of(key)) & seen_instances(_instance.c.key))


@blueprint.get("/process-instances/<key>/statistics/element-instances")
@described("getProcessInstanceStatistics", gives=ElementStatistics)
def of_instance(key: str) -> dict[str, Any]:
    """In one process instance."""
    with here().database.read() as connection:
        require_instance(connection, instances.get(connection, key_of(key))["key"])
    return _counted(_instance.c.key == key_of(key))


def _counted(meant: ColumnElement[bool]) -> dict[str, Any]:
    """By the id of the element; incidents are those that are open."""
    keys = select(_instance.c.key)
    keys = keys.join(process_definition, process_definition.c.key == _instance.c.definition_key).where(meant)
    states = select(_table.c.element_id, _table.c.state, func.count()).where(_table.c.instance_key.in_(keys))
    stuck = select(incident.c.element_id, func.count()).where(incident.c.instance_key.in_(keys))
    told: dict[str, dict[str, int]] = {}

    def add(element_id: str, word: str, count: int) -> None:
        told.setdefault(element_id, dict.fromkeys((*_COUNTED, "incidents"), 0))[word] = count

    with here().database.read() as connection:
        words = {state: word for word, state in _COUNTED.items()}
        for element_id, state, count in connection.execute(states.group_by(_table.c.element_id, _table.c.state)):
            add(element_id, words[state], count)
        stuck = stuck.where(incident.c.state == "ACTIVE").group_by(incident.c.element_id)
        for element_id, count in connection.execute(stuck):
            add(element_id, "incidents", count)
    return {"items": [{"elementId": element_id, **told[element_id]} for element_id in sorted(told)]}
