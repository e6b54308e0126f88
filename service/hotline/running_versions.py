"""What runs by each version of a diagram: where its instances stand, and how far a migration of them has come."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, and_, func, select

from service.bpmn import ProcessModel
from service.store.tables import batch_item, element_instance, process_instance

_ITEMS = 200


@dataclass(frozen=True, slots=True)
class Place:
    """An element at which instances stand, and those of another version that could take its place, itself first."""

    element_id: str
    name: str
    type: str
    standing: int
    targets: Sequence[tuple[str, str]]


def places(connection: Connection, key: int, source: ProcessModel, target: ProcessModel) -> list[Place]:
    """Where the instances of a version stand now."""
    table, instance = element_instance.c, process_instance.c
    open_ = and_(table.ended_at.is_(None), instance.ended_at.is_(None), instance.definition_key == key)
    query = (
        select(table.element_id, func.count())
        .join(process_instance, instance.key == table.instance_key)
        .where(open_)
        .group_by(table.element_id)
        .order_by(func.count().desc(), table.element_id)
    )
    found = []
    for id_, count in connection.execute(query):
        one = source.elements.get(id_)
        if one is None:
            continue
        alike = [it for it in target.elements.values() if (it.type, it.event) == (one.type, one.event)]
        alike.sort(key=lambda it: (it.id != one.id, it.name))
        found.append(Place(id_, one.name, one.type, count, [(it.id, it.name or it.id) for it in alike]))
    return found


def failed(connection: Connection, operation_key: int) -> list[Any]:
    """Instances that a batch operation could not do, each with why."""
    item = batch_item.c
    query = select(item.instance_key, item.error, process_instance.c.business_id).join(
        process_instance, process_instance.c.key == item.instance_key
    )
    mine = (item.operation_key == operation_key) & (item.state == "FAILED")
    return list(connection.execute(query.where(mine).order_by(item.instance_key).limit(_ITEMS)).mappings())
