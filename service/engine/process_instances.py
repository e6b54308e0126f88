"""Process instances: start, look, set variables, cancel."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, RowMapping, select

from service import bpmn
from service.engine import Engine, versions
from service.engine.step import RUNNING, Step
from service.errors import Conflict, Invalid, NotFound, Problem, StuckError
from service.store.tables import element_instance, process_instance


@dataclass(frozen=True, slots=True)
class Started:
    """A process instance that was started; it may have ended already."""

    key: int
    definition: RowMapping


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
    at: Sequence[bpmn.Activation] = (),
    ends_after: Sequence[str] = (),
) -> Started:
    """Start the version of a process that is in effect, or a given one.

    It begins `at` these elements, if there are any, and is ended after one of those in `ends_after` has been completed
    or ended. What cannot begin stands before its start event with an incident. Raises NotFound, Invalid for elements
    that are not there or cannot be begun; StuckError if it cannot begin `at` them.
    """
    definition = _definition(connection, engine, process_id, definition_key, version, version_tag)
    known = engine.process_model(connection, definition["key"]).elements
    if unknown := [one for one in ends_after if one not in known]:
        text = f"The process {definition['process_id']} has no such element."
        problems = [Problem(one, text, "Name one of its elements.") for one in unknown]
        raise Invalid(f"{', '.join(unknown)}: {text}", problems)

    def begin(stuck: StuckError | None = None) -> int:
        with Step(connection, engine, by=by) as step:
            key, _ = step.start(
                definition,
                variables,
                start_element=start_element,
                business_id=business_id,
                tags=tuple(tags),
                at=at,
                ends_after=ends_after,
                stuck=stuck,
            )
        return key

    try:
        return Started(begin(), definition)
    except StuckError as error:
        if at:
            raise
        return Started(begin(error), definition)


def get(connection: Connection, key: int) -> RowMapping:
    """The row of an instance; raises NotFound."""
    row = connection.execute(select(process_instance).where(process_instance.c.key == key)).mappings().first()
    if row is None:
        raise NotFound(f"There is no process instance {key}.", key=str(key))
    return row


def ended(connection: Connection, keys: Collection[int]) -> list[int]:
    """Which of them have ended."""
    table = process_instance.c
    return list(connection.execute(select(table.key).where(table.key.in_(keys), table.ended_at.is_not(None))).scalars())


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


def set_variables(
    connection: Connection, engine: Engine, key: int, variables: Mapping[str, Any], *, local: bool, by: str
) -> None:
    """Set variables of an instance, or as seen from an active element of it, by the key of either.

    Local ones are the element's alone; others are set where they are, or else in the instance. Raises NotFound, also
    for what has ended, Invalid.
    """
    query = select(element_instance).where(element_instance.c.key == key)
    element = connection.execute(query).mappings().first()
    owner = element["instance_key"] if element else key
    number = str(element["number"]) if element else ""
    with Step(connection, engine, by=by) as step:
        step.lock(process_instance, owner)
        row = step.instance(owner)
        if row["state"] not in RUNNING:
            raise NotFound(f"Process instance {owner} has ended already.", key=str(owner))
        step.note(owner, "variables-set", element["element_id"] if element else None, names=sorted(variables))
        step.act(row, lambda run: run.set_variables(number, variables, local=local))


def _definition(
    connection: Connection,
    engine: Engine,
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
    if asked == {"process_id": process_id}:
        row = versions.in_effect(connection, "process", process_id or "", engine.clock())
    else:
        row = versions.newest(connection, "process", **asked)
    if row is None or row["deleted_at"]:
        raise NotFound(f"There is no process {process_id or definition_key} in the version asked for.")
    return row
