"""One step: load the run, change it, let it advance, and make the rows agree with what it waits for."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from types import TracebackType
from typing import Any, Self

import structlog
from sqlalchemy import Connection, RowMapping, Select, Table, bindparam, select, update

from service import bpmn
from service.engine import Engine, agree, calls, decisions, signalled
from service.engine.together import with_others
from service.engine.written import Written, report
from service.errors import Conflict, NotFound, StuckError
from service.store import rows
from service.store.keys import new_key
from service.store.protection import Seal
from service.store.tables import process_instance

log = structlog.get_logger()

Change = Callable[[bpmn.Run], None]
Row = RowMapping | dict[str, Any]
# The tokens that are not to go on, each with what has kept it when it was tried.
Held = Mapping[int, StuckError]

# A step in which more elements are stuck is not made: each is found by making it again.
MOST_HELD = 50

# The states of an instance that has not ended.
RUNNING = ("ACTIVE", "SUSPENDED")

_INSTANCE = process_instance.c
_UNCHANGED_SINCE = update(process_instance).where(
    _INSTANCE.key == bindparam("row_key"), _INSTANCE.revision == bindparam("revision_read")
)


class Step(Written):
    """The changes of one step, kept in memory until all of it has succeeded.

    An element that cannot go on is held with an incident. Raises StuckError when the step as a whole cannot be made:
    nothing of it is written then, but an incident that names the element (`Database.write` commits it).
    """

    def __init__(self, connection: Connection, engine: Engine, *, by: str, outer: Step | None = None) -> None:
        super().__init__(connection, engine, by)
        self._outer, self._together = outer, with_others(connection)
        self.taken_messages: set[int] = set(self._together.taken_messages) if self._together else set()
        self.completed: set[int] = set()  # user tasks: what is no longer waited for is not cancelled then
        self.job_key: int | None = None  # the job that this step is about, for its incident
        self.thrown: list[signalled.Signal] = []  # signals, delivered when this step is written
        self.levels: dict[int, int] = {}  # how many callers are around the instances that call others
        self.caught_outside: dict[tuple[int, str, str], str] = {}  # what callers do, by instance, event and code
        self._thrown_out: dict[int, list[bpmn.StepEvent]] = {}  # by called processes that have just begun
        self._seals: dict[int, Seal] = {}
        self._subject: Row | None = None
        self._locked: dict[int, RowMapping] = self._together.roots if self._together else {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if isinstance(error, StuckError) and not self._together:
            self._report(error)
        if error is not None:
            return
        if self._together:
            self._together.add(self)
        elif self._outer:
            self.flush()
            self._outer.thrown.extend(self.thrown)
        elif not self.thrown:
            self.flush()
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
        if self._together or self.connection.dialect.name == "sqlite":
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
        return bpmn.Run.restore(model, self.state(row), self.context(dict(row)))

    def state(self, row: Row) -> bytes:
        """The state of an instance as its run has dumped it."""
        return self.seal(row).dumped(bytes(row["state_blob"]), row["key"])

    def seal(self, row: Row) -> Seal:
        """What seals and opens all that is kept of an instance."""
        seal = self._seals.get(row["key"])
        if seal is None:
            seal = self._seals[row["key"]] = self.engine.protection.of_row(row)
        return seal

    def about(self, row: Row) -> None:
        """Say which instance an incident of this step is about, unless it has acted on one."""
        self._subject = self._subject or row

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
        started_by_key: str | None = None,
        tags: tuple[str, ...] = (),
        at: Sequence[bpmn.Activation] = (),
        ends_after: Sequence[str] = (),
        stuck: StuckError | None = None,
    ) -> tuple[int, Mapping[str, Any] | None]:
        """Start a process; answers its key, and its variables if it has ended already.

        `parent` is (its key, the wait in it, the root's key) for a called process, and `caller` its run;
        `started_by_key` is the correlation key of the message that starts it. What cannot begin at all, or was found to
        be `stuck`, stands before its start event with an incident. If there are any, it begins `at` these elements, or
        raises StuckError, and is ended after one of those in `ends_after` has.
        """
        key = new_key()
        parent_key, parent_wait_id, root_key = parent or (None, None, key)
        data_key, self._seals[key] = self.engine.protection.begin(key)
        row = {
            "key": key,
            "data_key": data_key,
            "definition_key": definition["key"],
            "process_id": definition["process_id"],
            "parent_key": parent_key,
            "parent_wait_id": parent_wait_id,
            "root_key": root_key,
            "started_at": self.at,
            "revision": 0,
            "incidents": 0,
            "business_id": business_id,
            "started_by_key": started_by_key,
            "tags": list(tags),
            "ends_after": list(ends_after),
            "waits": {},
            "state": "ACTIVE",
        }
        model = self.engine.process_model(self.connection, definition["key"])
        context = self.context(row, caller)
        self.note(key, "started", start_element, version=definition["version"])

        def begin(held: Held, stuck: StuckError | None = stuck) -> bpmn.Run:
            if at:
                run = bpmn.begin_at(model, variables, context, at)
            else:
                run = bpmn.Run.start(model, variables, context, start_element=start_element, stuck=stuck)
            run.held = held
            return run

        take_back = self.so_far()
        try:
            return key, self._held_where_stuck(row, begin, new=True)
        except StuckError as error:
            # Processes that are called without end are undone up to the first: each would be tried again otherwise.
            if at or (parent and error.error_type == calls.UNCALLABLE):
                raise
            why = error
        take_back()
        return key, self._held_where_stuck(row, lambda held: begin(held, why), new=True)

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

        def begin(held: Held) -> bpmn.Run:
            run = self.restored(row)
            run.held = held
            change(run)
            return run

        return self._held_where_stuck(row, begin)

    def terminate(self, row: RowMapping) -> None:
        """End an instance and all that it called, without going on."""
        if row["state"] not in RUNNING:
            return
        self._end(row)
        agree.withdraw(self, dict(row), set())
        self.note(row["key"], "cancelled")
        self.follow(dict(row), "TERMINATED")
        self.change(agree.close_elements(row["key"], self.at))
        self.mark(row, state="TERMINATED", ended_at=self.at, suspended_at=None, waits={}, state_blob=b"")

    def mark(self, row: Row, **values: Any) -> int:
        """Set columns of an instance without letting it go on; answers its revision from now on."""
        revision: int = row["revision"] + 1
        unchanged = (_INSTANCE.key == row["key"]) & (_INSTANCE.revision == row["revision"])
        self.change(update(process_instance).where(unchanged).values(revision=revision, **values), _stale(row))
        return revision

    # Settling --------------------------------------------------------------------------------------------------

    def _held_where_stuck(
        self, row: Row, begin: Callable[[Held], bpmn.Run], *, new: bool = False
    ) -> Mapping[str, Any] | None:
        """Let the run that `begin` makes go on, but for elements that cannot: there it stands with an incident.

        What is stuck is found by trying, so each time the step is made again from its begin. Raises StuckError if it
        cannot be made at all.
        """
        held: dict[int, StuckError] = {}
        while True:
            take_back = self.so_far()
            try:
                return self.settle(dict(row), begin(held), new=new)
            except StuckError as error:
                number, error.number = error.number, None  # who called this run has other numbers
                if number is None or number in held or len(held) == MOST_HELD:
                    raise
                held[number] = error
                take_back()

    def so_far(self) -> Callable[[], None]:
        take_rows_back = super().so_far()
        taken, completed, thrown = set(self.taken_messages), set(self.completed), len(self.thrown)

        def take_back() -> None:
            take_rows_back()
            self.taken_messages, self.completed = taken, completed
            del self.thrown[thrown:]

        return take_back

    def settle(self, row: dict[str, Any], run: bpmn.Run, *, new: bool = False) -> Mapping[str, Any] | None:
        """Let a run advance and write where it stands; answers its variables if it has ended. Raises StuckError."""
        waits, events, children = self._advance(row, run)
        agree.agree(self, row, waits, events, children)
        ended, out = waits.ended, calls.thrown_out(events)
        left = run.is_over or any(one.data["ends"] for one in out)
        if run.is_over:
            self.note(row["key"], "ended-as-told")
        seal = self.seal(row)
        variables, sealed = seal.apart(waits.variables, "process_instance", row["key"], "variables")
        values = {
            "state": "TERMINATED" if left else "COMPLETED" if ended else row["state"],
            "ended_at": self.at if ended else None,
            "variables": variables,
            "sealed": sealed,
            "waits": row["waits"],
            "state_blob": b"" if ended else seal.state(run.dump(), row["key"]),
        }
        self._store(row, values, new=new)
        if ended:
            self._end(row)
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
        asked = {wait_id for wait_id, entry in row["waits"].items() if entry[0] != "incident"}
        while True:
            waits = run.advance()
            events.extend(waits.events)
            self.thrown.extend(signalled.thrown_in(waits.events))
            state = "TERMINATED" if run.is_over else "COMPLETED" if waits.ended else "ACTIVE"
            self.follow(row, state, waits)
            moved = False
            for wait in waits.items:
                if wait.id in asked or moved:
                    continue
                asked.add(wait.id)
                if wait.kind == "call":
                    children[wait.id], result = calls.begin(self, row, wait, run)
                    out = self._thrown_out.pop(children[wait.id], [])
                    calls.go_on(run, wait.id, out, result)
                    moved = bool(out) or result is not None
                elif wait.kind == "message" and row["state"] == "ACTIVE":
                    payload = agree.take_message(self, row, wait, waits.variables)
                    if payload is not None:
                        run.receive(wait.id, payload)
                        asked.discard(wait.id)  # what does not interrupt takes the next one too
                        moved = True
            if not moved:
                return waits, events, children

    def context(self, row: Mapping[str, Any], caller: bpmn.Run | None = None) -> bpmn.RunContext:
        """What the run of an instance sees of the world."""
        return bpmn.RunContext(
            now=lambda: self.at,
            decide=decisions.decider(self.connection, self.engine, row["definition_key"], lambda: self.at),
            working_days=self.engine.working_days,
            instance_key=str(row["key"]),
            outside=lambda event, code: calls.outside(self, row, caller, event, code),
            ends_after=frozenset(row["ends_after"]),
        )

    def _store(self, row: dict[str, Any], values: dict[str, Any], *, new: bool) -> None:
        revision = row["revision"] + 1
        if new:
            self.add(process_instance, **(row | values | {"revision": revision}))
        else:
            mine = {"row_key": row["key"], "revision_read": row["revision"]}
            self.change(_UNCHANGED_SINCE, _stale(row), **mine, revision=revision, **values)
        log.info("step", instance=row["key"], process=row["process_id"], revision=revision, waits=len(values["waits"]))

    def _end(self, row: Row) -> None:
        self.ended.add(row["key"])
        if row["started_by_key"] is not None:  # the next message with that key may be waiting for it
            self.engine.wake(self.connection)

    def _report(self, error: StuckError) -> None:
        if self._subject is not None:
            report(self.connection, self.engine, dict(self._subject), error, self.job_key)

    def _flush_with_signals(self) -> None:
        try:
            with self.connection.begin_nested():
                self.flush()
                signalled.deliver(self)
        except StuckError as error:
            self._report(error)
            raise


def _stale(row: Row) -> str:
    return f"Process instance {row['key']} has changed since. Look again, then repeat."


@cache
def _root_of(table: Table) -> Select[Any]:
    """The root of the instance that owns the row with the key given as `row_key`."""
    owner = table.c.key if table is process_instance else table.c.instance_key
    row = select(owner).where(table.c.key == bindparam("row_key")).scalar_subquery()
    root = select(process_instance.c.root_key).where(process_instance.c.key == row).scalar_subquery()
    return select(process_instance).where(process_instance.c.key == root)
