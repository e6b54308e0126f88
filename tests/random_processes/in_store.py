"""One store in which a random process is played: what can be done there, and all that it keeps of it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, RowMapping, select

from service.engine import incidents, jobs, messages, process_instances, signals, timers, user_tasks
from service.errors import Conflict, NotFound, StuckError
from service.store.tables import (
    element_instance,
    history,
    incident,
    job,
    message_subscription,
    process_instance,
    signal_subscription,
    timer,
    user_task,
)
from service.store.unit_of_work import Database
from tests.dmn.drawing import decision, literal, model
from tests.random_processes.drawing import DECISION, MATTER, Drawing
from tests.world import World

# Rows of these are there only as long as something waits.
_WAITING = (job, timer, message_subscription, signal_subscription)
_TOLD = (*_WAITING, user_task, element_instance, incident, process_instance, history)
# What differs between two stores that hold the same: keys, and the instances' states as bytes.
_OWN = frozenset({"key", "state_blob", "revision", "definition_key", "element_instance_key"})
_KEY = re.compile(r"\b\d{12,}\b")


class InStore:
    """A drawing deployed and started; every verb answers the error that stopped it, or nothing."""

    def __init__(self, database: Database, drawing: Drawing) -> None:
        self.world = World(database)
        rules = model(decision(DECISION, literal("a + 1")), DECISION)
        self.world.deploy(drawing.xml, *([drawing.called.xml] if drawing.called else []), rules_dmn=rules)

    def start(self, process_id: str, variables: Mapping[str, Any]) -> str:
        return self._told(lambda: self.world.start(process_id, **variables))

    def rows(self, table: Any) -> list[RowMapping]:
        """Those of running instances, in the order in which they were made."""
        with self.world.database.read() as connection:
            owned = table.c.key if table is process_instance else table.c.instance_key
            running = select(process_instance.c.key).where(process_instance.c.state == "ACTIVE")
            query = select(table).where(owned.in_(running)).order_by(table.c.key)
            return list(connection.execute(query).mappings())

    def process_of(self, row: Mapping[str, Any]) -> str:
        return str(self.world.instance(row["instance_key"])["process_id"])

    # Verbs: rows are named by their place in `rows`, which is the same in both stores ---------------------------

    def complete_task(self, index: int, variables: Mapping[str, Any]) -> str:
        task = [row for row in self.rows(user_task) if row["state"] == "CREATED"][index]
        return self._act(user_tasks.complete, task["key"], variables, by="clerk")

    def complete_job(self, index: int, variables: Mapping[str, Any]) -> str:
        return self._act(jobs.complete, self.rows(job)[index]["key"], variables, by="worker")

    def throw(self, index: int, code: str) -> str:
        return self._act(jobs.throw_error, self.rows(job)[index]["key"], code=code, variables={}, by="worker")

    def fail(self, index: int) -> str:
        return self._act(jobs.fail, self.rows(job)[index]["key"], retries=0, message="down", by="worker")

    def correlate(self, name: str, variables: Mapping[str, Any]) -> str:
        told = {"correlation_key": MATTER, "variables": variables}
        return self._act(messages.correlate, name=name, **told, by="caller")

    def broadcast(self, name: str, variables: Mapping[str, Any]) -> str:
        return self._act(signals.broadcast, name=name, variables=variables, by="caller")

    def set(self, index: int, variables: Mapping[str, Any]) -> str:
        key = self.rows(process_instance)[index]["key"]
        return self._act(process_instances.set_variables, key, variables, local=False, by="clerk")

    def pass_time(self) -> str:
        """Until the next timer is due; what is stuck then is due again an hour later."""
        due = min(row["due_at"] for row in self.rows(timer))
        self.world.now = max(self.world.now, due) + timedelta(seconds=1)
        timers.sweep(self.world.database, self.world.engine)
        return ""

    def resolve(self) -> str:
        stuck = [row for row in self.rows(incident) if row["state"] == "ACTIVE"]
        return "".join(self._act(incidents.resolve, row["key"], by="clerk") for row in stuck)

    def restart(self) -> str:
        self.world.restart()
        return ""

    def _act(self, verb: Callable[..., Any], *args: Any, **more: Any) -> str:
        def act() -> None:
            with self.world.database.write() as connection:
                verb(connection, self.world.engine, *args, **more)

        return self._told(act)

    def _told(self, act: Callable[[], Any]) -> str:
        try:
            act()
        except (StuckError, NotFound, Conflict) as error:
            return _KEY.sub("#", f"{type(error).__name__}: {error.message}")
        return ""

    # What is kept ----------------------------------------------------------------------------------------------

    def kept(self) -> list[str]:
        """Every row, without what is another in each store: keys by the order of their instances."""
        with self.world.database.read() as connection:
            return list(_kept(connection))

    def left(self) -> list[str]:
        """What must not be there when every instance has ended."""
        with self.world.database.read() as connection:
            waiting = [f"{one.name}: {len(connection.execute(select(one)).all())}" for one in _WAITING]
            open_ = [
                *connection.execute(select(element_instance.c.element_id).where(element_instance.c.state == "ACTIVE")),
                *connection.execute(select(user_task.c.element_id).where(user_task.c.state == "CREATED")),
            ]
        return [one for one in waiting if not one.endswith(": 0")] + [str(row) for row in open_]


def _kept(connection: Connection) -> Sequence[str]:
    numbers: dict[str, str] = {}
    told = []
    for key in connection.execute(select(process_instance.c.key).order_by(process_instance.c.key)).scalars():
        numbers[str(key)] = f"instance {len(numbers) + 1}"
    for table in _TOLD:
        for row in connection.execute(select(table).order_by(table.c.key)).mappings():
            values = {name: value for name, value in row.items() if name not in _OWN}
            text = json.dumps(values, default=str, sort_keys=True, ensure_ascii=False)
            told.append(f"{table.name} " + _KEY.sub(lambda found: numbers.get(found[0], "#"), text))
    return told
