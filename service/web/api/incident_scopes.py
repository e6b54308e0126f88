"""All that an incident is inside of: element instances around its own, process instances that have called its own."""

from __future__ import annotations

from sqlalchemy import CTE, ColumnElement, Text, and_, cast, literal_column, select

from service.store.tables import element_instance, incident, process_instance

_instance, _element = process_instance.c, element_instance.c
# In the words of the index of those instances: a value beside the statement would not tell SQLite that it is meant.
_STUCK: ColumnElement[bool] = literal_column("process_instance.incidents > 0")


def _stuck_instances() -> CTE:
    columns = _instance.key, _instance.parent_key, _instance.parent_wait_id
    tree = select(*columns).where(_STUCK).cte("stuck_instance", recursive=True)
    caller = process_instance.alias("caller")
    around = select(caller.c.key, caller.c.parent_key, caller.c.parent_wait_id)
    return tree.union(around.where(caller.c.key == tree.c.parent_key))


def _stuck_elements(instances: CTE) -> CTE:
    columns = _element.key, _element.instance_key, _element.parent_number
    own = select(incident.c.element_instance_key).where(incident.c.state == "ACTIVE")
    waits = cast(_element.number, Text) == instances.c.parent_wait_id
    calling = select(*columns).join(instances, and_(_element.instance_key == instances.c.parent_key, waits))
    first = select(*columns).where(_element.key.in_(own)).union(calling).subquery()
    tree = select(first).cte("stuck_element", recursive=True)
    outer = element_instance.alias("outer_element")
    around = select(outer.c.key, outer.c.instance_key, outer.c.parent_number)
    is_around = and_(outer.c.instance_key == tree.c.instance_key, outer.c.number == tree.c.parent_number)
    return tree.union(around.where(is_around))


_instances = _stuck_instances()
# As conditions on process instances, and on element instances.
INSTANCE_IS_STUCK = _instance.key.in_(select(_instances.c.key))
ELEMENT_IS_STUCK = _element.key.in_(select(_stuck_elements(_instances).c.key))
