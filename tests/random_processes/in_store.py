"""One store in which a random process is played: what can be done there, and all that it keeps of it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from types import MappingProxyType
from typing import Any

from sqlalchemy import Connection, RowMapping, Table, select

from service import bpmn
from service.engine import (
    ad_hoc,
    conditionals,
    incidents,
    jobs,
    messages,
    migration,
    modification,
    process_instances,
    signals,
    suspension,
    task_listeners,
    timers,
    user_tasks,
    versions,
)
from service.engine.step import RUNNING
from service.errors import Conflict, Invalid, NotFound, StuckError
from service.store.tables import (
    element_instance,
    history,
    incident,
    job,
    message,
    message_delivery,
    message_subscription,
    process_instance,
    signal_subscription,
    timer,
    user_task,
    user_task_candidate,
)
from service.store.unit_of_work import Database
from tests.dmn.drawing import decision, literal, model
from tests.random_processes.drawing import BEGUN, DECISION, MATTER, Drawing
from tests.world import World

# Rows of these are there only as long as something waits.
_WAITING = (job, timer, message_subscription, signal_subscription)
_TASKS = (user_task, user_task_candidate)
_TOLD = (*_WAITING, *_TASKS, message, message_delivery, element_instance, incident, process_instance, history)
# What differs between two stores that hold the same: keys, and the instances' states as bytes.
_OWN = frozenset({"key", "data_key", "state_blob", "revision", "definition_key", "element_instance_key"})
_NO_ANSWER: Mapping[str, Any] = MappingProxyType({})
_KEY = re.compile(r"\b\d{12,}\b")


class InStore:
    """A drawing deployed and started; every verb answers the error that stopped it, or nothing."""

    def __init__(self, database: Database, drawing: Drawing) -> None:
        self.world, self.drawing, self.deployed = World(database), drawing, 0
        self.deploy()

    def deploy(self) -> None:
        """Another version of each process, which differs in nothing."""
        self.deployed += 1
        files = [one.xml + f"<!-- {self.deployed} -->".encode() for one in self.drawing.all]
        self.world.deploy(*files, rules_dmn=model(decision(DECISION, literal("a + 1")), DECISION))

    def start(self, kind: str, variables: Mapping[str, Any]) -> str:
        """By itself, or by a start event of this kind; one with a timer has no variables."""
        match kind:
            case "message":
                return self.act(messages.correlate, name=BEGUN, variables=variables, by="caller")
            case "signal":
                return self.broadcast(BEGUN, variables)
            case "conditional":
                return self.act(conditionals.evaluate, {**variables, BEGUN: True}, by="caller")
            case "timer":
                self.world.pass_(hours=2)
                return ""
        return self._told(lambda: self.world.start(self.drawing.id, **variables))

    def rows(self, table: Any) -> list[RowMapping]:
        """Those of running instances, in the order in which they were made."""
        with self.world.database.read() as connection:
            owned = table.c.key if table is process_instance else table.c.instance_key
            running = select(process_instance.c.key).where(process_instance.c.state.in_(RUNNING))
            query = select(table).where(owned.in_(running)).order_by(table.c.key)
            return list(connection.execute(query).mappings())

    def process_of(self, row: Mapping[str, Any]) -> str:
        return str(self.world.instance(row["instance_key"])["process_id"])

    # Verbs: rows are named by their place in `rows`, which is the same in both stores ---------------------------

    def complete_task(self, index: int, variables: Mapping[str, Any]) -> str:
        task = [row for row in self.rows(user_task) if row["state"] == "CREATED"][index]
        return self.act(user_tasks.complete, task["key"], variables, by="clerk")

    def complete_job(self, index: int, variables: Mapping[str, Any], answer: Mapping[str, Any] = _NO_ANSWER) -> str:
        """A listener of a user task gives an answer instead of variables."""
        row, result = self.rows(job)[index], dict[str, Any]()
        if row["kind"] == ad_hoc.KIND:
            result = {"isCompletionConditionFulfilled": True}
        elif row["kind"] == task_listeners.KIND:
            result, variables = dict(answer), {}
        return self.act(jobs.complete, row["key"], variables, result=result, by="worker")

    def throw(self, index: int, code: str) -> str:
        return self.act(jobs.throw_error, self.rows(job)[index]["key"], code=code, variables={}, by="worker")

    def fail(self, index: int) -> str:
        return self.act(jobs.fail, self.rows(job)[index]["key"], retries=0, message="down", by="worker")

    def correlate(self, name: str, variables: Mapping[str, Any]) -> str:
        told = {"correlation_key": MATTER, "variables": variables}
        return self.act(messages.correlate, name=name, **told, by="caller")

    def publish(self, name: str, variables: Mapping[str, Any], hours: int) -> str:
        """For what waits for it now or within some hours."""
        told = {"correlation_key": MATTER, "variables": variables, "time_to_live": timedelta(hours=hours)}
        return self.act(messages.publish, name=name, **told, by="caller")

    def broadcast(self, name: str, variables: Mapping[str, Any]) -> str:
        return self.act(signals.broadcast, name=name, variables=variables, by="caller")

    def set(self, index: int, variables: Mapping[str, Any]) -> str:
        key = self.rows(process_instance)[index]["key"]
        return self.act(process_instances.set_variables, key, variables, local=False, by="clerk")

    def set_at(self, index: int, variables: Mapping[str, Any], *, local: bool) -> str:
        """Variables of an active element."""
        active = [row for row in self.rows(element_instance) if row["state"] == "ACTIVE"]
        if not active:
            return "nothing is active"
        key = active[index % len(active)]["key"]
        return self.act(process_instances.set_variables, key, variables, local=local, by="clerk")

    def cancel(self) -> str:
        """The oldest instance, with all that it called."""
        return self.act(process_instances.cancel, self.rows(process_instance)[0]["key"], by="clerk")

    def modify(self, index: int, **wanted: Any) -> str:
        return self.act(modification.modify, self.rows(process_instance)[index]["key"], **wanted, by="clerk")

    def start_at(self, element_id: str, variables: Mapping[str, Any]) -> str:
        told: dict[str, Any] = {"process_id": self.drawing.id, "variables": variables, "by": "caller"}
        return self.act(process_instances.start, **told, at=[bpmn.Activation(element_id)])

    def suspend(self, index: int) -> str:
        return self.act(suspension.suspend, self.rows(process_instance)[index]["key"], by="clerk")

    def resume(self, index: int) -> str:
        return self.act(suspension.resume, self.rows(process_instance)[index]["key"], by="clerk")

    def migrate(self, index: int) -> str:
        """To a version that differs in nothing: nothing changes then but what is told in the history."""
        self.deploy()
        row, before = self.rows(process_instance)[index], self.kept(but=history)
        with self.world.database.read() as connection:
            target = versions.in_effect(connection, "process", row["process_id"], self.world.now)
        assert target
        assert target["key"] != row["definition_key"]
        told = self.act(migration.migrate, row["key"], target["key"], bpmn.MigrationPlan(), by="clerk")
        assert self.kept(but=history) == before
        return told

    def pass_time(self) -> str:
        """Until the next timer is due; what is stuck then is due again an hour later."""
        due = min(row["due_at"] for row in self.rows(timer) if not row["suspended"])
        self.world.now = max(self.world.now, due) + timedelta(seconds=1)
        timers.sweep(self.world.database, self.world.engine)
        return ""

    def resolve(self) -> str:
        stuck = [row for row in self.rows(incident) if row["state"] == "ACTIVE"]
        return "".join(self.act(incidents.resolve, row["key"], by="clerk") for row in stuck)

    def restart(self) -> str:
        self.world.restart()
        return ""

    def act(self, verb: Callable[..., Any], *args: Any, **more: Any) -> str:
        def act() -> None:
            with self.world.database.write() as connection:
                verb(connection, self.world.engine, *args, **more)

        return self._told(act)

    def _told(self, act: Callable[[], Any]) -> str:
        try:
            act()
        except (StuckError, Invalid, NotFound, Conflict) as error:
            return _KEY.sub("#", f"{type(error).__name__}: {error.message}")
        return ""

    # What is kept ----------------------------------------------------------------------------------------------

    def kept(self, *, but: Table | None = None) -> list[str]:
        """Every row, without what is another in each store: keys by the order of their instances."""
        with self.world.database.read() as connection:
            return list(_kept(connection, [table for table in _TOLD if table is not but]))

    def check_scopes(self) -> None:
        """What is listed of the variables of each scope that lives is what the run itself keeps there."""
        for row in self.rows(process_instance):
            if not row["state_blob"]:
                continue
            seal = self.world.engine.protection.of_row(row)
            _, scopes, tokens = bpmn.state.load(seal.dumped(bytes(row["state_blob"]), row["key"]))
            kept = {number: variables for number, _, variables in scopes}
            own = {number: kept[data["own"]] for number, _, _, _, data in tokens if "own" in data}
            assert row["variables"] == kept[0], f"of the instance are listed {row['variables']}, not {kept[0]}"
            for one in self.rows(element_instance):
                if one["instance_key"] == row["key"] and one["state"] == "ACTIVE":
                    told, mine = one["variables"] or {}, own.get(one["number"], {})
                    assert told == mine, f"of {one['element_id']} are listed {told}, not {mine}"

    def left(self) -> list[str]:
        """What must not be there when every instance has ended."""
        with self.world.database.read() as connection:
            waiting_ones = (*_WAITING, user_task_candidate)
            owned = {one.name: select(one).where(one.c.instance_key.is_not(None)) for one in waiting_ones}
            waiting = [f"{name}: {len(connection.execute(query).all())}" for name, query in owned.items()]
            open_ = [
                *connection.execute(select(element_instance.c.element_id).where(element_instance.c.state == "ACTIVE")),
                *connection.execute(select(user_task.c.element_id).where(user_task.c.state == "CREATED")),
            ]
        return [one for one in waiting if not one.endswith(": 0")] + [str(row) for row in open_]


def _kept(connection: Connection, tables: Sequence[Table]) -> Sequence[str]:
    numbers: dict[str, str] = {}
    told = []
    for key in connection.execute(select(process_instance.c.key).order_by(process_instance.c.key)).scalars():
        numbers[str(key)] = f"instance {len(numbers) + 1}"
    for table in tables:
        for row in connection.execute(select(table).order_by(*table.primary_key.columns)).mappings():
            values = {name: value for name, value in row.items() if name not in _OWN}
            text = json.dumps(values, default=str, sort_keys=True, ensure_ascii=False)
            told.append(f"{table.name} " + _KEY.sub(lambda found: numbers.get(found[0], "#"), text))
    return told
