"""One step: load the run, change it, let it advance, and make the rows agree with what it waits for."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from functools import cache
from itertools import groupby
from types import TracebackType
from typing import Any, Self

import structlog
from sqlalchemy import Connection, RowMapping, Select, Table, bindparam, insert, select, update

from service import bpmn
from service.engine import Engine, agree, calls, decisions, signalled, versions
from service.engine.followed import FollowedStep
from service.errors import Conflict, NotFound, StuckError
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

Change = Callable[[bpmn.Run], None]
Row = RowMapping | dict[str, Any]

# What a tick, or a worker that waits for a job, looks for.
_DUE = (job, timer, message, message_subscription)

# The states of an instance that has not ended.
RUNNING = ("ACTIVE", "SUSPENDED")

_INSTANCE = process_instance.c
_UNCHANGED_SINCE = update(process_instance).where(
    _INSTANCE.key == bindparam("row_key"), _INSTANCE.revision == bindparam("revision_read")
)


class Step:
    """The changes of one step, kept in memory until all of it has succeeded.

    Raises StuckError when the model cannot go on: nothing of the step is written then, but an incident that names
    the element (`Database.write` commits it).
    """

    def __init__(self, connection: Connection, engine: Engine, *, by: str, outer: Step | None = None) -> None:
        self.connection, self.engine, self.by, self._outer = connection, engine, by, outer
        self.at = engine.clock()
        self.taken_messages: set[int] = set()
        self.ended: set[int] = set()
        self.completed: set[int] = set()  # user tasks: what is no longer waited for is not cancelled then
        self.job_key: int | None = None  # the job that this step is about, for its incident
        self.thrown: list[signalled.Signal] = []  # signals, delivered when this step is written
        self._thrown_out: dict[int, list[bpmn.StepEvent]] = {}  # by called processes that have just begun
        self._subject: Row | None = None
        self._locked: dict[int, RowMapping] = {}
        self._followed: list[FollowedStep] = []
        self._inserts: dict[Table, list[dict[str, Any]]] = defaultdict(list)
        self._changes: list[tuple[Any, str, dict[str, Any]]] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if isinstance(error, StuckError):
            self._report(error)
        if error is not None:
            return
        if self._outer:
            self._flush()
            self._outer.thrown.extend(self.thrown)
        elif not self.thrown:
            self._flush()
        else:
            self._flush_with_signals()

    def inner(self) -> Step:
        """A step of its own in the same transaction; the signals that it throws become this one's."""
        return Step(self.connection, self.engine, by=self.by, outer=self)

    # Looking ---------------------------------------------------------------------------------------------------

    def lock(self, table: Table, key: int, *, skip_locked: bool = False) -> bool:
        """Make the tree of instances that owns a row ours until the commit; False if skipped, or if there is none.

        A tree is locked at its root, so that parents and children never wait for each other. SQLite has one writer.
        """
        if self.connection.dialect.name == "sqlite":
            return True
        query = _root_of(table).with_for_update(skip_locked=skip_locked)
        root = self.connection.execute(query, {"row_key": key}).mappings().first()
        if root is None:
            return False
        self._locked[root["key"]] = root
        return True

    def instance(self, key: int) -> RowMapping:
        """An instance's row; raises NotFound."""
        row = self._locked.get(key)
        if row is None:
            row = self.connection.execute(rows.by_key(process_instance), {"row_key": key}).mappings().first()
        if row is None:
            raise NotFound(f"There is no process instance {key}.", key=str(key))
        return row

    def restored(self, row: Row) -> bpmn.Run:
        """The run of an instance that is not ended, as it was written. Raises StuckError if it cannot be read."""
        model = self.engine.process_model(self.connection, row["definition_key"])
        return bpmn.Run.restore(model, bytes(row["state_blob"]), self.context(dict(row)))

    # Acting ----------------------------------------------------------------------------------------------------

    def start(
        self,
        definition: RowMapping,
        variables: Mapping[str, Any],
        *,
        start_element: str | None = None,
        parent: tuple[int, str, int] | None = None,
        caller: bpmn.Run | None = None,
        business_id: str | None = None,
        tags: tuple[str, ...] = (),
    ) -> tuple[int, Mapping[str, Any] | None]:
        """Start a process; answers its key, and its variables if it has ended already.

        `parent` is (its key, the wait in it, the root's key) for a called process, and `caller` its run.
        """
        key = new_key()
        parent_key, parent_wait_id, root_key = parent or (None, None, key)
        row = {
            "key": key,
            "definition_key": definition["key"],
            "process_id": definition["process_id"],
            "parent_key": parent_key,
            "parent_wait_id": parent_wait_id,
            "root_key": root_key,
            "started_at": self.at,
            "revision": 0,
            "incidents": 0,
            "business_id": business_id,
            "tags": list(tags),
            "waits": {},
            "state": "ACTIVE",
        }
        model = self.engine.process_model(self.connection, definition["key"])
        context = self.context(row, caller)
        self.note(key, "started", start_element, version=definition["version"])
        run = bpmn.Run.start(model, variables, context, start_element=start_element)
        return key, self.settle(row, run, new=True)

    def act(self, row: Row, change: Change, *, even_suspended: bool = False) -> Mapping[str, Any] | None:
        """Change a run that waits and let it advance; answers its variables if it has ended.

        Raises Conflict if it has ended already or, unless even then, is suspended.
        """
        if self._subject is None:
            self._subject = row
        if row["state"] == "SUSPENDED" and not even_suspended:
            raise Conflict(f"Process instance {row['key']} is suspended. Resume it first.", key=str(row["key"]))
        if row["state"] not in RUNNING:
            raise Conflict(f"Process instance {row['key']} has ended already.", key=str(row["key"]))
        run = self.restored(row)
        change(run)
        return self.settle(dict(row), run, new=False)

    def terminate(self, row: RowMapping) -> None:
        """End an instance and all that it called, without going on."""
        if row["state"] not in RUNNING:
            return
        self.ended.add(row["key"])
        agree.withdraw(self, dict(row), set())
        self.note(row["key"], "cancelled")
        self._follow(dict(row), "TERMINATED")
        self.change(agree.close_elements(row["key"], self.at))
        self.mark(row, state="TERMINATED", ended_at=self.at, suspended_at=None, waits={}, state_blob=b"")

    def mark(self, row: Row, **values: Any) -> int:
        """Set columns of an instance without letting it go on; answers its revision from now on."""
        revision: int = row["revision"] + 1
        unchanged = (_INSTANCE.key == row["key"]) & (_INSTANCE.revision == row["revision"])
        self.change(update(process_instance).where(unchanged).values(revision=revision, **values), _stale(row))
        return revision

    # Writing ---------------------------------------------------------------------------------------------------

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

    def settle(self, row: dict[str, Any], run: bpmn.Run, *, new: bool = False) -> Mapping[str, Any] | None:
        """Let a run advance and write where it stands; answers its variables if it has ended. Raises StuckError."""
        waits, events, children = self._advance(row, run)
        agree.agree(self, row, waits, events, children)
        ended, out = waits.ended, calls.thrown_out(events)
        left = any(one.data["ends"] for one in out)
        values = {
            "state": "TERMINATED" if left else "COMPLETED" if ended else row["state"],
            "ended_at": self.at if ended else None,
            "variables": dict(waits.variables),
            "waits": row["waits"],
            "state_blob": b"" if ended else run.dump(),
        }
        self._store(row, values, new=new)
        if ended:
            self.ended.add(row["key"])
        result = waits.variables if ended and not left else None
        if new:
            self._thrown_out[row["key"]] = out
        elif row["parent_key"] and (ended or out):
            wait_id, parent = row["parent_wait_id"], self.instance(row["parent_key"])
            if parent["state"] != "SUSPENDED":  # who is resumed asks what has ended meanwhile
                self.act(parent, lambda run: calls.go_on(run, wait_id, out, result))
        return result

    def _advance(self, row: dict[str, Any], run: bpmn.Run) -> tuple[bpmn.Waits, list[bpmn.StepEvent], dict[str, int]]:
        """Advance until nothing more can happen at once, called processes and buffered messages included."""
        events: list[bpmn.StepEvent] = []
        children: dict[str, int] = {}
        asked = set(row["waits"])
        while True:
            waits = run.advance()
            events.extend(waits.events)
            self.thrown.extend(signalled.thrown_in(waits.events))
            self._follow(row, "COMPLETED" if waits.ended else "ACTIVE", waits)
            moved = False
            for wait in waits.items:
                if wait.id in asked or moved:
                    continue
                asked.add(wait.id)
                if wait.kind == "call":
                    children[wait.id], result = self._call(row, wait, run)
                    out = self._thrown_out.pop(children[wait.id], [])
                    calls.go_on(run, wait.id, out, result)
                    moved = bool(out) or result is not None
                elif wait.kind == "message" and row["state"] == "ACTIVE":
                    payload = agree.take_message(self, row["process_id"], row["key"], wait)
                    if payload is not None:
                        run.receive(wait.id, payload)
                        moved = True
            if not moved:
                return waits, events, children

    def _call(self, row: dict[str, Any], wait: bpmn.Wait, caller: bpmn.Run) -> tuple[int, Mapping[str, Any] | None]:
        reference = wait.attributes
        target, binding, tag = reference["process_id"], reference["binding"], reference["version_tag"]
        definition = versions.bound(self.connection, "process", target, binding, tag, row["definition_key"])
        if definition is None:
            raise StuckError(
                wait.element_id,
                f"The called process {reference['process_id']} is not deployed.",
                "CALLED_ELEMENT_ERROR",
            )
        parent = (row["key"], wait.id, row["root_key"])
        return self.start(definition, reference["variables"], parent=parent, caller=caller)

    def context(self, row: Mapping[str, Any], caller: bpmn.Run | None = None) -> bpmn.RunContext:
        """What the run of an instance sees of the world."""
        return bpmn.RunContext(
            now=lambda: self.at,
            decide=decisions.decider(self.connection, self.engine, row["definition_key"], lambda: self.at),
            working_days=self.engine.working_days,
            instance_key=str(row["key"]),
            outside=lambda event, code: calls.outside(self, row, caller, event, code),
        )

    def _store(self, row: dict[str, Any], values: dict[str, Any], *, new: bool) -> None:
        revision = row["revision"] + 1
        if new:
            self.add(process_instance, **(row | values | {"revision": revision}))
        else:
            mine = {"row_key": row["key"], "revision_read": row["revision"]}
            self.change(_UNCHANGED_SINCE, _stale(row), **mine, revision=revision, **values)
        log.info("step", instance=row["key"], process=row["process_id"], revision=revision, waits=len(values["waits"]))

    def _follow(self, row: Mapping[str, Any], state: str, waits: bpmn.Waits | None = None) -> None:
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

    def _report(self, error: StuckError) -> None:
        if self._subject is not None:
            report(self.connection, self.engine, dict(self._subject), error, self.job_key)

    def _flush_with_signals(self) -> None:
        try:
            with self.connection.begin_nested():
                self._flush()
                signalled.deliver(self)
        except StuckError as error:
            self._report(error)
            raise

    def _flush(self) -> None:
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
            self.engine.wake(self.connection)
        if self.ended:
            self.engine.tell_end(self.connection)


def _stale(row: Row) -> str:
    return f"Process instance {row['key']} has changed since. Look again, then repeat."


@cache
def _root_of(table: Table) -> Select[Any]:
    """The root of the instance that owns the row with the key given as `row_key`."""
    owner = table.c.key if table is process_instance else table.c.instance_key
    row = select(owner).where(table.c.key == bindparam("row_key")).scalar_subquery()
    root = select(process_instance.c.root_key).where(process_instance.c.key == row).scalar_subquery()
    return select(process_instance).where(process_instance.c.key == root)


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
            element_instance_key=None,
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
