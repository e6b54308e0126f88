"""History: which way an instance went, when, by whom, and which rule fired."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, RowMapping, select

from service.engine import Engine, process_instances
from service.store.tables import element_instance, history, incident, process_definition, process_instance

_FLOWS = "flows-taken"


@dataclass(frozen=True, slots=True)
class Path:
    """One instance's way; `flows` in the order taken (a flow of a loop once a round), `children` those it called."""

    instance: RowMapping
    definition: RowMapping
    elements: tuple[RowMapping, ...]
    flows: tuple[str, ...]
    decisions: tuple[Mapping[str, Any], ...]
    events: tuple[Mapping[str, Any], ...]
    incidents: tuple[RowMapping, ...]
    children: tuple[Path, ...]


def path(connection: Connection, engine: Engine, instance_key: int) -> Path:
    """The way of an instance and of all that it called; raises NotFound."""
    instance = process_instances.get(connection, instance_key)
    key, protection = instance["data_key"], engine.protection
    events = tuple({**row, "data": protection.line(row, key)} for row in _rows(connection, history, instance_key))
    called = select(process_instance.c.key).where(process_instance.c.parent_key == instance_key)
    definition = select(process_definition).where(process_definition.c.key == instance["definition_key"])
    return Path(
        instance=instance,
        definition=connection.execute(definition).mappings().one(),
        elements=_rows(connection, element_instance, instance_key),
        flows=_flows(row["data"] for row in events if row["kind"] == _FLOWS),
        decisions=tuple(row for row in events if row["kind"] == "decision"),
        events=events,
        incidents=_rows(connection, incident, instance_key),
        children=tuple(
            path(connection, engine, key)
            for key in connection.execute(called.order_by(process_instance.c.key)).scalars()
        ),
    )


def flows(connection: Connection, instance_key: int) -> tuple[str, ...]:
    """The sequence flows that an instance took, in the order taken; a flow of a loop once a round."""
    mine = (history.c.instance_key == instance_key) & (history.c.kind == _FLOWS)
    return _flows(connection.execute(select(history.c.data).where(mine).order_by(history.c.key)).scalars())


def _flows(told: Iterable[Mapping[str, Any]]) -> tuple[str, ...]:
    return tuple(flow for data in told for flow in data["flows"])


def _rows(connection: Connection, table: Any, instance_key: int) -> tuple[RowMapping, ...]:
    query = select(table).where(table.c.instance_key == instance_key).order_by(table.c.key)
    return tuple(connection.execute(query).mappings())
