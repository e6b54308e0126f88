"""What people begin by themselves: the start event says who may, by their roles in its property `starters`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, RowMapping

from service.bpmn.model import Element
from service.engine import Engine, process_instances, versions
from service.errors import Forbidden, NotFound
from service.hotline.people import Viewer, is_of_agency

STARTERS = "starters"


@dataclass(frozen=True, slots=True)
class Start:
    """A process that somebody may begin, and the event that it begins by."""

    process_id: str
    name: str
    element: Element


def open_to(connection: Connection, engine: Engine, viewer: Viewer) -> list[Start]:
    """What somebody may begin now."""
    rows = versions.processes_in_effect(connection, engine.clock())
    return [one for row in rows if (one := _start(connection, engine, row)) and _may(viewer, one)]


def begin(connection: Connection, engine: Engine, viewer: Viewer, process_id: str) -> int:
    """Begin a process, and answer its key. What a unit's person begins is the unit's: `unit_id` says whose it is.

    Raises NotFound for what nobody begins, Forbidden for what others do.
    """
    row = versions.in_effect(connection, "process", process_id, engine.clock())
    found = _start(connection, engine, row) if row else None
    if found is None:
        raise NotFound(f"Nobody begins a process {process_id[:80]} by themselves.")
    if not _may(viewer, found):
        who = found.element.properties[STARTERS]
        raise Forbidden(f"{found.name} is begun by others: {who}.")
    told: dict[str, Any] = {"unit_id": None if is_of_agency(viewer) else viewer.unit_id}
    return process_instances.start(connection, engine, process_id=process_id, variables=told, by=viewer.id).key


def _start(connection: Connection, engine: Engine, row: RowMapping) -> Start | None:
    model = engine.process_model(connection, row["key"])
    events = (model.elements[one.element_id] for one in model.start_events if one.kind == "none")
    found = next((one for one in events if STARTERS in one.properties), None)
    return Start(row["process_id"], row["name"], found) if found else None


def _may(viewer: Viewer, start: Start) -> bool:
    return not set(viewer.roles).isdisjoint(start.element.properties[STARTERS].split())
