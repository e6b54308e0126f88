"""Process instances: start, cancel, look."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, RowMapping, select

from service.engine import Engine, versions
from service.engine.step import RUNNING, Step
from service.errors import Conflict, NotFound
from service.store.tables import process_instance


@dataclass(frozen=True, slots=True)
class Started:
    """A process instance that was started; `variables` are there if it ran to its end at once."""

    key: int
    definition: RowMapping
    variables: Mapping[str, Any] | None


def start(
    connection: Connection,
    engine: Engine,
    *,
    process_id: str | None = None,
    definition_key: int | None = None,
    version: int | None = None,
    version_tag: str | None = None,
    variables: Mapping[str, Any],
    by: str,
    business_id: str | None = None,
    tags: Sequence[str] = (),
    start_element: str | None = None,
) -> Started:
    """Start the newest version of a process, or a given one. Raises NotFound, StuckError."""
    definition = _definition(connection, process_id, definition_key, version, version_tag)
    with Step(connection, engine, by=by) as step:
        key, ended = step.start(
            definition, variables, start_element=start_element, business_id=business_id, tags=tuple(tags)
        )
    return Started(key, definition, ended)


def get(connection: Connection, key: int) -> RowMapping:
    """The row of an instance; raises NotFound."""
    row = connection.execute(select(process_instance).where(process_instance.c.key == key)).mappings().first()
    if row is None:
        raise NotFound(f"There is no process instance {key}.", key=str(key))
    return row


def cancel(connection: Connection, engine: Engine, key: int, *, by: str) -> None:
    """End an instance and all that it called. Raises NotFound, Conflict for a called one."""
    with Step(connection, engine, by=by) as step:
        step.lock(process_instance, key)
        row = step.instance(key)
        if row["state"] not in RUNNING:
            raise NotFound(f"Process instance {key} has ended already.", key=str(key))
        if row["parent_key"]:
            root = row["root_key"]
            raise Conflict(f"Process instance {key} was called by another; cancel {root} instead.", root_key=str(root))
        step.terminate(row)


def _definition(
    connection: Connection,
    process_id: str | None,
    definition_key: int | None,
    version: int | None,
    version_tag: str | None,
) -> RowMapping:
    asked: dict[str, Any] = {"process_id": process_id} if definition_key is None else {"key": definition_key}
    if version is not None:
        asked["version"] = version
    if version_tag is not None:
        asked["version_tag"] = version_tag
    row = versions.newest(connection, "process", **asked)
    if row is None:
        raise NotFound(f"There is no process {process_id or definition_key} in the version asked for.")
    return row
