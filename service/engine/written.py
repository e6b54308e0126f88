"""What a step has changed, kept in memory until all of it has succeeded."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from itertools import groupby
from typing import Any

import structlog
from sqlalchemy import Connection, Table, insert, select, update

from service import bpmn
from service.engine import Engine
from service.engine.followed import FollowedStep
from service.errors import Conflict, StuckError
from service.store import rows
from service.store.keys import new_key
from service.store.tables import (
    history,
    incident,
    job,
    message,
    message_subscription,
    process_instance,
    timer,
)

log = structlog.get_logger()

# What a tick, or a worker that waits for a job, looks for.
_DUE = (job, timer, message, message_subscription)


class Written:
    """The rows that a step adds and changes, and what it tells its followers, all written at its end in order."""

    def __init__(self, connection: Connection, engine: Engine, by: str) -> None:
        self.connection, self.engine, self.by = connection, engine, by
        self.at = engine.clock()
        self.ended: set[int] = set()
        self._followed: list[FollowedStep] = []
        self._inserts: dict[Table, list[dict[str, Any]]] = defaultdict(list)
        self._changes: list[tuple[Any, str, dict[str, Any]]] = []

    def so_far(self) -> Callable[[], None]:
        """Remember how far the step is; what is answered takes back all that was added, changed and told since."""
        followed, changes, ended = len(self._followed), len(self._changes), set(self.ended)
        inserts = {table: len(added) for table, added in self._inserts.items()}

        def take_back() -> None:
            del self._followed[followed:], self._changes[changes:]
            for table in list(self._inserts):
                del self._inserts[table][inserts.get(table, 0) :]
                if not self._inserts[table]:
                    del self._inserts[table]
            self.ended = ended

        return take_back

    def add(self, table: Table, **values: Any) -> None:
        self._inserts[table].append(values)

    def change(self, statement: Any, expect: str = "", /, **values: Any) -> None:
        """Run a statement at the end of the step; `expect` is what a Conflict says if it finds no row."""
        self._changes.append((statement, expect, values))

    def note(self, instance_key: int, kind: str, element_id: str | None = None, **data: Any) -> None:
        """A line of the instance's history."""
        self.add(
            history,
            key=new_key(),
            instance_key=instance_key,
            kind=kind,
            element_id=element_id,
            at=self.at,
            by=self.by,
            data=data,
        )

    def follow(self, row: Mapping[str, Any], state: str, waits: bpmn.Waits | None = None) -> None:
        if not self.engine.followers:
            return
        events = waits.events if waits else ()
        own = waits.variables if waits else {}
        names = [event.data["name"] for event in events if event.kind == "variable" and not event.data["scope"]]
        self._followed.append(
            FollowedStep(
                instance_key=row["key"],
                root_key=row["root_key"],
                process_id=row["process_id"],
                definition_key=row["definition_key"],
                business_id=row["business_id"],
                elements=tuple(event.element_id for event in events if event.kind == "element-activated"),
                variables={name: own[name] for name in names},
                state=state,
                at=self.at,
                by=self.by,
            )
        )

    def flush(self) -> None:
        """Write it all. Raises Conflict if a row is no longer as it was read."""
        for (statement, expect), changes in groupby(self._changes, lambda change: change[:2]):
            found = self.connection.execute(statement, [values for _, _, values in changes]).rowcount
            if expect and not found:
                raise Conflict(expect)
        for table, added in self._inserts.items():
            self.connection.execute(rows.add(table), added)
        for one in self._followed:
            for follower in self.engine.followers:
                follower(self.connection, one)
        touched = {*self._inserts, *(statement.table for statement, _, _ in self._changes)}
        if not touched.isdisjoint(_DUE):
            freed = any(statement.table is job and statement.is_update for statement, _, _ in self._changes)
            self.engine.wake(self.connection, None if freed else {row["type"] for row in self._inserts.get(job, ())})
        if self.ended:
            self.engine.tell_end(self.connection, frozenset(self.ended))


def report(
    connection: Connection, engine: Engine, row: Mapping[str, Any], error: StuckError, job_key: int | None = None
) -> None:
    """Write an incident, unless the same one is open already."""
    same = (
        (incident.c.instance_key == row["key"])
        & (incident.c.element_id == error.element_id)
        & (incident.c.state == "ACTIVE")
    )
    same &= incident.c.job_key == job_key if job_key else incident.c.job_key.is_(None)
    if connection.execute(select(incident.c.key).where(same)).first():
        return
    connection.execute(
        insert(incident).values(
            key=new_key(),
            instance_key=row["key"],
            definition_key=row["definition_key"],
            element_instance_key=select(job.c.element_instance_key).where(job.c.key == job_key).scalar_subquery(),
            element_id=error.element_id,
            job_key=job_key,
            error_type=error.error_type,
            message=error.message,
            state="ACTIVE",
            created_at=engine.clock(),
        )
    )
    mine = process_instance.c.key == row["key"]
    connection.execute(update(process_instance).where(mine).values(incidents=process_instance.c.incidents + 1))
    log.warning("incident", instance=row["key"], element=error.element_id, error_type=error.error_type)
