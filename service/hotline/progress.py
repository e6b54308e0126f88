"""How far a matter is: what its process tells with each step, written to the matter's row in the same transaction."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, literal, update

from service import feel
from service.clock import CITY_ZONE
from service.engine import Engine
from service.engine.followed import FollowedStep
from service.store.tables import Instant, matter

STATUS = "status"


def follow(engine: Engine) -> Callable[[Connection, FollowedStep], None]:
    """A follower: status from the elements that say one, the rest from the variables of the same meaning.

    Called processes speak for the matter of their root.
    """

    def told(connection: Connection, step: FollowedStep) -> None:
        values = {**_status(connection, engine, step), **_variables(step.variables)}
        is_root = step.instance_key == step.root_key
        mine = matter.c.instance_key == step.root_key
        if is_root and step.business_id:
            # The first step of a matter is told before its row knows the instance.
            mine |= (matter.c.number == step.business_id) & matter.c.instance_key.is_(None)
            values["instance_key"] = step.root_key
        if is_root and step.state != "ACTIVE":
            values["closed_at"] = step.at
        if values:
            connection.execute(update(matter).where(mine).values(updated_at=step.at, **values))

    return told


def _status(connection: Connection, engine: Engine, step: FollowedStep) -> dict[str, Any]:
    if not step.elements:
        return {}
    elements = engine.process_model(connection, step.definition_key).elements
    said = [elements[id_].properties.get(STATUS) for id_ in step.elements if id_ in elements]
    statuses = [status for status in said if status]
    if not statuses:
        return {}
    values: dict[str, Any] = {"status": statuses[-1]}
    if "ACCEPTED" in statuses:
        values["accepted_at"] = func.coalesce(matter.c.accepted_at, literal(step.at, Instant))
    return values


def _variables(told: Mapping[str, Any]) -> dict[str, Any]:
    """Columns from variables; a value of another kind than the column's is left out."""
    values: dict[str, Any] = {}
    for name, longest in (("light", 10), ("outcome", 80), ("refusal_ground", 80), ("unit_id", 80), ("merged_into", 32)):
        value = told.get(name)
        if isinstance(value, str) and len(value) <= longest:
            values[name] = value
    if isinstance(told.get("round"), int | float):
        values["round"] = int(told["round"])
    if isinstance(told.get("deadline_provisional"), bool):
        values["deadline_provisional"] = told["deadline_provisional"]
    deadline = moment(told.get("deadline"))
    if deadline is not None:
        values["deadline_at"] = deadline
    return values


def moment(value: Any) -> datetime | None:
    if isinstance(value, str):
        value = feel.parse_literal(value)
    try:
        value = feel.to_python(value)
    except ValueError:  # a year that no calendar has is no deadline
        return None
    if not isinstance(value, datetime):
        return None
    return value if value.tzinfo else value.replace(tzinfo=CITY_ZONE)
