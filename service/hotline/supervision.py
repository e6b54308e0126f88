"""Supervision (Art. 26): asked for by the message that its diagram waits for, and how far up its ladder each is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, select

from service.clock import in_city
from service.engine import Engine, messages
from service.errors import Conflict, NotFound
from service.hotline import matters, waits
from service.hotline.people import Viewer, visible_to
from service.hotline.waits import Wait
from service.store.tables import element_instance, matter, process_instance

PROCESS, DISPUTE = "supervision", "duty-dispute"
REQUESTED = "supervision-requested"
# What is told of the matter, as the diagrams do that ask for supervision themselves.
_TOLD = ("title", "address", "text", "public_reply_text")
_MOST = 200


@dataclass(frozen=True, slots=True)
class Stage:
    """A process that was called: a step of the ladder. `ended_at` is none of the one that goes on."""

    element_id: str
    name: str
    name_en: str
    started_at: datetime
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class Course:
    """One process of its own about a matter, how far it has come, and what it waits for."""

    number: str
    unit_id: str | None
    instance_key: int
    began_at: datetime
    stages: Sequence[Stage]
    waits: Sequence[Wait]


def ask(connection: Connection, engine: Engine, row: RowMapping, given: Mapping[str, Any], *, by: str) -> None:
    """Ask for supervision of a matter: `given` holds `reason`, `impact`, `level`, `by_leader`. What comes of it the
    diagram says, and its tables.

    Raises Conflict while it is supervised.
    """
    number, about = row["number"], matters.variables_of(connection, engine, row)
    told = {name: about.get(name) for name in _TOLD}
    told |= {"matter_no": number, "unit_id": row["unit_id"], "round": row["round"]}
    told |= {"received_at": _told(row["received_at"]), "deadline": _told(row["deadline_at"])}
    told |= {"other_reason": given["reason"].strip(), "impact": given["impact"], "asked_level": given["level"]}
    told["leader_instruction"] = given["by_leader"]
    try:
        messages.correlate(connection, engine, name=REQUESTED, correlation_key=number, variables=told, by=by)
    except NotFound:
        raise Conflict(f"The matter {number} is being supervised already.", process=PROCESS) from None


def going_on(connection: Connection, engine: Engine, viewer: Viewer, process_id: str) -> list[Course]:
    """The open instances of a process about matters that somebody may see, those that began first come first."""
    instance = process_instance.c
    # One that a message began is a process of its own, with the matter's number; one that was called has its root.
    by_message = matter.c.number == instance.started_by_key
    about = by_message if process_id == PROCESS else matter.c.instance_key == instance.root_key
    query = (
        select(process_instance, matter.c.number, matter.c.unit_id)
        .join_from(process_instance, matter, about)
        .where(instance.process_id == process_id, instance.ended_at.is_(None), visible_to(viewer))
        .order_by(instance.started_at, instance.key)
        .limit(_MOST)
    )
    found = connection.execute(query).mappings().all()
    inside = waits.inside(connection, [one["key"] for one in found])
    awaited = waits.of(connection, engine, [key for group in inside.values() for key in group])
    stages = _stages(connection, engine, found)
    return [
        Course(
            one["number"],
            one["unit_id"],
            one["key"],
            one["started_at"],
            stages.get(one["key"], ()),
            [wait for key in inside[one["key"]] for wait in awaited.get(key, ())],
        )
        for one in found
    ]


def _stages(connection: Connection, engine: Engine, instances: Iterable[RowMapping]) -> dict[int, list[Stage]]:
    element = element_instance.c
    models = {one["key"]: one["definition_key"] for one in instances}
    query = (
        select(element_instance)
        .where(element.instance_key.in_(models), element.element_type == "callActivity")
        .order_by(element.key)
    )
    told: dict[int, list[Stage]] = {}
    for row in connection.execute(query).mappings():
        drawn = engine.process_model(connection, models[row["instance_key"]]).elements.get(row["element_id"])
        in_english = drawn.properties.get("name:en", "") if drawn else ""
        stage = Stage(row["element_id"], row["name"], in_english, row["started_at"], row["ended_at"])
        told.setdefault(row["instance_key"], []).append(stage)
    return told


def _told(moment: datetime | None) -> str | None:
    return in_city(moment).isoformat(timespec="seconds") if moment else None
