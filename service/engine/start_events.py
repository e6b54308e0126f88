"""How processes begin by themselves: what the start events of the version in effect wait for."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, RowMapping, delete, insert, select

from service import bpmn
from service.engine import Engine, versions
from service.errors import ModelRejected, Problem
from service.store.keys import new_key
from service.store.tables import message_subscription, process_definition, signal_subscription, timer

# The timer of a version that counts from an instant to come belongs to no element.
TAKES_EFFECT = ""


def changed(connection: Connection, engine: Engine, row: RowMapping) -> None:
    """A version was deployed, or counts from another instant than was said before. Raises ModelRejected."""
    now = engine.clock()
    _schedules(connection, engine, row, row["effective_at"])  # told now, not when it takes effect
    connection.execute(delete(timer).where(timer.c.definition_key == row["key"], _OF_START))
    if row["effective_at"] > now:
        values = {"key": new_key(), "definition_key": row["key"], "element_id": TAKES_EFFECT}
        connection.execute(insert(timer).values(**values, due_at=row["effective_at"]))
    else:
        take_effect(connection, engine, row["process_id"], now)


def take_effect(connection: Connection, engine: Engine, process_id: str, at: datetime, *, again: bool = False) -> None:
    """From now on the version that counts at an instant starts by message, signal and timer, and no other does.

    What its timers compute, they compute as of that instant. Of one that takes effect `again`, a date that has passed
    does not come twice. Raises ModelRejected.
    """
    silence(connection, process_id)
    row = versions.in_effect(connection, "process", process_id, at)
    if row is not None:
        _listen(connection, engine, row, at, again=again)


def silence(connection: Connection, process_id: str) -> None:
    """No version of a process starts by itself any more, until the next one takes effect."""
    keys = select(process_definition.c.key).where(process_definition.c.process_id == process_id)
    for table in (timer, message_subscription, signal_subscription):
        mine = table.c.instance_key.is_(None) & table.c.definition_key.in_(keys)
        connection.execute(delete(table).where(mine, table.c.element_id != TAKES_EFFECT))


def forget(connection: Connection, definition_key: int) -> None:
    """A version will not take effect."""
    mine = (timer.c.definition_key == definition_key) & (timer.c.element_id == TAKES_EFFECT)
    connection.execute(delete(timer).where(_OF_START, mine))


def _listen(connection: Connection, engine: Engine, row: RowMapping, at: datetime, *, again: bool) -> None:
    schedules = _schedules(connection, engine, row, at)
    for start in engine.process_model(connection, row["key"]).start_events:
        owner = {"key": new_key(), "definition_key": row["key"], "element_id": start.element_id}
        if start.kind == "message":
            values = owner | {"name": start.message_name, "created_at": engine.clock()}
            connection.execute(insert(message_subscription).values(**values))
        elif start.kind == "signal":
            values = owner | {"name": start.signal_name, "created_at": engine.clock()}
            connection.execute(insert(signal_subscription).values(**values))
        elif start.kind == "timer":
            schedule = schedules[start.element_id]
            if again and schedule.interval is None and schedule.due <= at:
                continue
            connection.execute(
                insert(timer).values(
                    **owner,
                    due_at=schedule.due,
                    interval=schedule.interval,
                    repeats_left=schedule.repeats_left,
                    provisional=schedule.provisional,
                )
            )


def _schedules(connection: Connection, engine: Engine, row: RowMapping, at: datetime) -> dict[str, bpmn.Schedule]:
    """When the timer start events of a version are due first; raises ModelRejected with all that are not."""
    environment, found, problems = engine.environment(lambda: at), dict[str, bpmn.Schedule](), list[Problem]()
    for start in engine.process_model(connection, row["key"]).start_events:
        if start.kind != "timer":
            continue
        try:
            found[start.element_id] = bpmn.first_schedule(start, environment)
        except ValueError as error:
            mend = "There are no variables yet when it is computed: write a value, or compute it from now()."
            problems.append(Problem(start.element_id, f"The timer: {error}.", mend, row["resource_name"]))
    if problems:
        raise ModelRejected(problems)
    return found


_OF_START = timer.c.instance_key.is_(None)
