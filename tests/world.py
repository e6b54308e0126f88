"""A world to test the engine in: a store, a clock that is set by hand, and the engine's verbs in short."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import RowMapping, select

from service import feel
from service.engine import Engine, deployments, history, incidents, jobs, process_instances, timers, user_tasks
from service.handlers import JobHandler
from service.store.protection import Protection
from service.store.secrets import KeyRing
from service.store.tables import element_instance, incident, job, process_instance, user_task
from service.store.unit_of_work import Database
from tests.stores import DATA_KEYS

PROTECTION = Protection(KeyRing.read(DATA_KEYS), frozenset({"whispered"}))


class World:
    """Every verb is one step in a transaction of its own, as at the edge."""

    def __init__(self, database: Database, working_days: feel.WorkingDays | None = None) -> None:
        self.database = database
        self.now = datetime(2026, 2, 10, 1, 0, tzinfo=UTC)
        self.handlers: dict[str, JobHandler] = {}
        self.working_days = working_days
        self.restart()

    def restart(self) -> None:
        """A new engine over the same store, as after a restart."""
        self.engine = Engine(lambda: self.now, self.working_days, self.handlers, protection=PROTECTION)

    def deploy(self, *diagrams: bytes, **files: bytes) -> deployments.Deployment:
        named = [(f"d{index}.bpmn", xml) for index, xml in enumerate(diagrams)]
        named += [(name.replace("_", "."), content) for name, content in files.items()]
        with self.database.write() as connection:
            return deployments.deploy(connection, self.engine, named, by="policy")

    def start(self, process_id: str, **variables: Any) -> int:
        with self.database.write() as connection:
            started = process_instances.start(
                connection, self.engine, process_id=process_id, variables=variables, by="caller"
            )
            return started.key

    def tasks(self, instance: int | None = None) -> list[RowMapping]:
        return self._rows(user_task, user_task.c.state == "CREATED", instance)

    def complete(self, task_key: int, /, **variables: Any) -> None:
        with self.database.write() as connection:
            user_tasks.complete(connection, self.engine, task_key, variables, by="clerk")

    def mend(self, instance: int, /, **variables: Any) -> None:
        """Set variables, then try again what is stuck."""
        for told in [one for one in self.incidents() if one["instance_key"] == instance]:
            with self.database.write() as connection:
                process_instances.set_variables(connection, self.engine, instance, variables, local=False, by="chief")
            with self.database.write() as connection:
                incidents.resolve(connection, self.engine, told["key"], by="chief")

    def elements(self, instance: int) -> list[RowMapping]:
        return self._rows(element_instance, element_instance.c.key > 0, instance)

    def jobs(self, instance: int | None = None) -> list[RowMapping]:
        return self._rows(job, job.c.key > 0, instance)

    def run_jobs(self) -> int:
        return jobs.run_due(self.database, self.engine)

    def take(self, type_: str, *, worker: str = "worker", limit: int = 10) -> list[Mapping[str, Any]]:
        with self.database.write() as connection:
            return list(
                jobs.activate(
                    connection,
                    self.engine,
                    types=[type_],
                    worker=worker,
                    timeout=timedelta(minutes=1),
                    limit=limit,
                )
            )

    def pass_(self, **length: float) -> int:
        """Let time pass, and sweep what is due."""
        self.now += timedelta(**length)
        return timers.sweep(self.database, self.engine)

    def instance(self, key: int) -> RowMapping:
        with self.database.read() as connection:
            return process_instances.get(connection, key)

    def incidents(self) -> list[RowMapping]:
        return self._rows(incident, incident.c.state == "ACTIVE", None)

    def path(self, key: int) -> history.Path:
        with self.database.read() as connection:
            return history.path(connection, self.engine, key)

    def variables(self, key: int) -> Mapping[str, Any]:
        variables: Mapping[str, Any] = self.instance(key)["variables"]
        return variables

    def seen(self, task: RowMapping) -> Mapping[str, Any]:
        """All variables that a user task sees."""
        with self.database.read() as connection:
            return user_tasks.variables(connection, self.engine, task["key"])

    def count(self, state: str) -> int:
        with self.database.read() as connection:
            query = select(process_instance.c.key).where(process_instance.c.state == state)
            return len(connection.execute(query).all())

    def _rows(self, table: Any, condition: Any, instance: int | None) -> list[RowMapping]:
        query = select(table).where(condition).order_by(table.c.key)
        if instance is not None:
            query = query.where(table.c.instance_key == instance)
        with self.database.read() as connection:
            return list(connection.execute(query).mappings())
