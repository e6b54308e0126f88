"""What a step has changed, kept in memory until all of it has succeeded."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import chain
from typing import Any, TypeVar

import structlog
from sqlalchemy import Connection, Table, insert, select, update

from service import bpmn
from service.engine import Engine, audit
from service.engine.followed import FollowedStep
from service.errors import Conflict, StuckError
from service.store import rows
from service.store.keys import new_key
from service.store.protection import Row, Seal, covered
from service.store.tables import (
    audit_pending,
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

# What auditors are told of each line of history; the rest may be what a citizen has said.
_TOLD = ("task", "job", "incident", "assignee", "decision_id", "version")
# Lines of which they are not told: which way a step went on is seen from its tasks, jobs and decisions.
_UNTOLD = ("flows-taken", "variables")

_Of = TypeVar("_Of")
_One = TypeVar("_One")


class Written:
    """The rows that a step adds and changes, and what it tells its followers, all written at its end in order."""

    def __init__(self, connection: Connection, engine: Engine, by: str) -> None:
        self.connection, self.engine, self.by = connection, engine, by
        self.at = engine.clock()
        self.ended: set[int] = set()
        self.freed: set[str] = set()  # the types of jobs that can be had again
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

    def added(self, table: Table) -> int:
        """How many rows it adds to a table, so far."""
        return len(self._inserts.get(table, ()))

    def change(self, statement: Any, expect: str = "", /, **values: Any) -> None:
        """Run a statement at the end of the step; `expect` is what a Conflict says if it finds no row."""
        self._changes.append((statement, expect, values))

    def note(self, instance_key: int, kind: str, element_id: str | None = None, **data: Any) -> None:
        """A line of the instance's history."""
        self.add(history, **self._line(instance_key, kind, element_id), data=data, sealed=None)

    def note_sealed(
        self, seal: Seal, instance_key: int, kind: str, element_id: str | None, plain: Mapping[str, Any], whole: Any
    ) -> None:
        """A line of which all may read no more than `plain`."""
        line = self._line(instance_key, kind, element_id)
        self.add(history, **line, data=plain, sealed=seal.close(whole, "history", line["key"], "data"))

    def _line(self, instance_key: int, kind: str, element_id: str | None) -> dict[str, Any]:
        owner = {"instance_key": instance_key, "element_id": element_id}
        return {"key": new_key(), **owner, "kind": kind, "at": self.at, "by": self.by}

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
        write([self])

    def changes(self) -> Iterator[tuple[Any, tuple[str, dict[str, Any]]]]:
        """Each statement, with what it expects and its values."""
        return ((statement, (expect, values)) for statement, expect, values in self._changes)

    def inserts(self) -> Iterator[tuple[tuple[Table, frozenset[str]], dict[str, Any]]]:
        """Each row, under its table and columns: one statement takes only rows that have the same."""
        return (((table, frozenset(row)), row) for table, added in self._inserts.items() for row in added)

    def followed(self) -> Sequence[FollowedStep]:
        return self._followed

    def audited(self) -> Iterator[dict[str, Any]]:
        """For each instance that it has changed, what auditors are told."""
        done: dict[int, list[dict[str, Any]]] = defaultdict(list)
        for line in self._inserts.get(history, ()):
            mine = done[line["instance_key"]]
            if line["kind"] not in _UNTOLD:
                told = {name: line["data"][name] for name in _TOLD if name in line["data"]}
                mine.append({"kind": line["kind"], "element": line["element_id"], **told})
        for key, lines in done.items():
            yield audit.row(self.at, "step", self.by, f"process-instance {key}", {"done": lines})

    def touched(self) -> set[Table]:
        return {*self._inserts, *(statement.table for statement, _, _ in self._changes)}

    def job_types(self) -> set[str]:
        """Of the jobs that there may be now."""
        return self.freed | {row["type"] for row in self._inserts.get(job, ())}


def write(steps: Sequence[Written]) -> None:
    """Write what steps of one transaction have changed; what several do alike is one statement.

    Raises Conflict if a row is no longer as it was read.
    """
    connection, engine = steps[0].connection, steps[0].engine
    for statement, changes in _abreast([step.changes() for step in steps]):
        found = connection.execute(statement, [values for _, values in changes]).rowcount
        expected = [expect for expect, _ in changes if expect]
        if found < len(expected):
            raise Conflict(expected[0])
    for (table, _), added in _abreast([step.inserts() for step in steps]):
        connection.execute(rows.add(table), added)
    if audited := [one for step in steps for one in step.audited()]:
        connection.execute(rows.add(audit_pending), audited)
    for one in chain.from_iterable(step.followed() for step in steps):
        for follower in engine.followers:
            follower(connection, one)
    touched = {table for step in steps for table in step.touched()}
    if not touched.isdisjoint(_DUE):
        engine.wake(connection, {type_ for step in steps for type_ in step.job_types()})
    if ended := {key for step in steps for key in step.ended}:
        engine.tell_end(connection, ended)


def _abreast(sequences: Iterable[Iterable[tuple[_Of, _One]]]) -> Iterator[tuple[_Of, list[_One]]]:
    """Each sequence in its order; what several have next of the same comes at once."""
    ahead = [deque(sequence) for sequence in sequences]
    while ahead := [rest for rest in ahead if rest]:
        of, found = ahead[0][0][0], list[_One]()
        for rest in ahead:
            while rest and rest[0][0] == of:
                found.append(rest.popleft()[1])
        yield of, found


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
            message=without_protected(engine, row, error.message),
            state="ACTIVE",
            created_at=engine.clock(),
        )
    )
    mine = process_instance.c.key == row["key"]
    connection.execute(update(process_instance).where(mine).values(incidents=process_instance.c.incidents + 1))
    log.warning("incident", instance=row["key"], element=error.element_id, error_type=error.error_type)


def without_protected(engine: Engine, row: Row, message: str) -> str:
    """What is told of something that failed, without what it quotes of the instance's protected variables."""
    return covered(message, engine.protection.protected(engine.protection.variables(row)))
