"""Jobs: leased to a worker, done or failed; tried again with back-off, then an incident."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import timedelta
from functools import cache
from types import MappingProxyType
from typing import Any

import structlog
from sqlalchemy import ColumnElement, Connection, RowMapping, select, true, update

from service import bpmn
from service.engine import Engine, ad_hoc, business_ids, free_jobs, lease_tokens, task_jobs, task_listeners
from service.engine.step import Step
from service.engine.written import report, without_protected
from service.errors import BpmnError, Conflict, HotlineError, Invalid, NotFound, StuckError
from service.handlers import Job
from service.store import rows
from service.store.keys import new_key
from service.store.tables import history, job, process_definition, process_instance
from service.store.unit_of_work import Database

log = structlog.get_logger()

IN_PROCESS = "in-process"
# Handlers here take milliseconds; what a process that died had leased goes on after this long.
LEASE = timedelta(seconds=30)
DEFAULT_TRIES = 3
# How long after the first, second, third failure a handler is tried again; the last one goes on.
BACK_OFF = (timedelta(seconds=10), timedelta(minutes=1), timedelta(minutes=10))

BPMN_ELEMENT, EXECUTION_LISTENER, TASK_LISTENER = "BPMN_ELEMENT", "EXECUTION_LISTENER", task_listeners.KIND
_NO_RETRIES = {
    BPMN_ELEMENT: "JOB_NO_RETRIES",
    ad_hoc.KIND: "AD_HOC_SUB_PROCESS_NO_RETRIES",
    EXECUTION_LISTENER: "EXECUTION_LISTENER_NO_RETRIES",
    TASK_LISTENER: "TASK_LISTENER_NO_RETRIES",
}

# The state of a job that nobody is given while its instance is suspended.
PARKED = "PARKED"


def activate(
    connection: Connection,
    engine: Engine,
    *,
    types: Collection[str],
    worker: str,
    timeout: timedelta,
    limit: int,
    with_token: bool = False,
    which: ColumnElement[bool] | None = None,
) -> Sequence[Mapping[str, Any]]:
    """Lease jobs to a worker, oldest first, and of these only `which`; a lease that has run out is given on.

    Answers their rows, with the process's id and the variables that each sees now.
    """
    at = engine.clock()
    query = (
        select(job.c.key)
        .where(job.c.type.in_(types), free_jobs.is_free(at, with_token=with_token), true() if which is None else which)
        .order_by(job.c.priority.desc(), job.c.key)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    keys = list(connection.execute(query).scalars())
    if not keys:
        return ()
    lease = {"state": "LOCKED", "worker": worker, "locked_until": at + timeout}
    connection.execute(update(job).where(job.c.key.in_(keys)).values(**lease))
    if with_token:
        lease_tokens.give(connection, keys)
    definition, owner = process_definition.c, process_instance.c
    told = (
        select(job, definition.process_id, definition.version.label("process_version"), definition.version_tag)
        .add_columns(owner.business_id, owner.tags)
        .join(process_definition, definition.key == job.c.definition_key)
        .join(process_instance, owner.key == job.c.instance_key)
        .where(job.c.key.in_(keys))
        .order_by(job.c.priority.desc(), job.c.key)
    )
    leased = connection.execute(told).mappings().all()
    # A thousand jobs of one instance are as many waits of one state, which is read once.
    states = select(process_instance.c.key, process_instance.c.state_blob, process_instance.c.data_key)
    mine = states.where(process_instance.c.key.in_({row["instance_key"] for row in leased}))
    stored = {row.key: row for row in connection.execute(mine)}

    @cache
    def read(key: int) -> bpmn.VisibleVariables:
        seal = engine.protection.of(key, stored[key].data_key)
        return bpmn.VisibleVariables(seal.dumped(bytes(stored[key].state_blob), key))

    given = [_with_variables(connection, engine, row, read) for row in leased]
    return [row for row in given if row]


def get(connection: Connection, key: int) -> RowMapping:
    """The row of a job; raises NotFound, also for one that is done."""
    row = connection.execute(rows.by_key(job), {"row_key": key}).mappings().first()
    if row is None:
        raise NotFound(f"There is no job {key}; it may be done already.", key=str(key))
    return row


def complete(
    connection: Connection,
    engine: Engine,
    key: int,
    variables: Mapping[str, Any],
    *,
    by: str,
    result: Mapping[str, Any] = MappingProxyType({}),
    token: str | None = None,
    business_id: str | None = None,
) -> None:
    """Go on with a job's variables; `result` is the answer of a listener of a user task, or the choice of the worker of
    an ad-hoc sub-process; a `business_id` is given to the instance.

    Raises NotFound, Conflict for a job with an incident, Invalid for a result that may not be, StuckError.
    """

    def change(step: Step, row: RowMapping) -> None:
        if business_id is not None:
            business_ids.give(step, row["instance_key"], business_id)
        if row["kind"] == ad_hoc.KIND:
            ad_hoc.choose(step, row, variables, ad_hoc.Choice.read(result))
        elif row["kind"] == BPMN_ELEMENT and row["task_key"]:
            task_jobs.done(step, row, variables)
        elif row["kind"] != TASK_LISTENER:
            step.act(step.instance(row["instance_key"]), lambda run: run.complete(row["wait_id"], variables))
        elif variables:
            raise Invalid("A listener of a user task sets no variables. Complete its job without them.")
        else:
            task_listeners.done(step, row, task_listeners.Answer.read(result))

    _finish(connection, engine, key, by, token, change, "job-completed", {})


def throw_error(
    connection: Connection,
    engine: Engine,
    key: int,
    *,
    code: str,
    message: str = "",
    variables: Mapping[str, Any] | None = None,
    by: str,
    token: str | None = None,
) -> None:
    """Go on at the boundary event that catches the code; without one it is an incident.

    Raises NotFound, Conflict for a listener: it throws no errors.
    """
    given = get(connection, key)
    if given["kind"] not in (BPMN_ELEMENT, ad_hoc.KIND):
        raise Conflict(f"Job {key} is a listener, which throws no BPMN errors. Let it fail.", kind=given["kind"])

    def change(step: Step, row: RowMapping) -> None:
        thrown = (row["wait_id"], code, message, dict(variables or {}))
        step.act(step.instance(row["instance_key"]), lambda run: run.throw_error(*thrown))

    told = {"code": code, "message": message}
    try:
        _finish(connection, engine, key, by, token, change, "error-thrown", told)
    except StuckError as error:
        _hold(connection, engine, dict(get(connection, key)), error)


def fail(
    connection: Connection,
    engine: Engine,
    key: int,
    *,
    retries: int,
    message: str,
    by: str,
    backoff: timedelta = timedelta(0),
    variables: Mapping[str, Any] | None = None,
    token: str | None = None,
) -> None:
    """Give a job back with the tries that are left; none left is an incident. The variables become local to it.

    Raises NotFound, Conflict for a job with an incident.
    """
    with Step(connection, engine, by=by) as step:
        row = _lock(step, key, token)
        message = without_protected(engine, step.instance(row["instance_key"]), message)
        told = {"job": str(key), "type": row["type"], "message": message, "retries": retries}
        step.note(row["instance_key"], "job-failed", row["element_id"], **told)
        if variables:
            instance = step.instance(row["instance_key"])
            step.act(instance, lambda run: run.set_variables(row["wait_id"], variables, local=True))
        values = {"retries": max(retries, 0), "error_message": message, "worker": "", "locked_until": None}
        values |= {"state": "READY", "due_at": engine.clock() + backoff}
        step.change(rows.change(job), row_key=key, **values)
        step.freed.add(row["type"])
    if retries <= 0:
        stuck = StuckError(row["element_id"], message or "The job failed.", _NO_RETRIES[row["kind"]])
        _hold(connection, engine, dict(row), stuck)


def change(
    connection: Connection,
    engine: Engine,
    key: int,
    *,
    retries: int | None = None,
    timeout: timedelta | None = None,
    priority: int | None = None,
    by: str,
    token: str | None = None,
) -> None:
    """Change the tries that are left, the priority, or the lease from now on.

    Raises NotFound, Conflict without a lease.
    """
    row = get(connection, key)
    lease_tokens.check(row, token, is_needed=False)
    values: dict[str, Any] = {}
    if retries is not None:
        values["retries"] = retries
    if priority is not None:
        values["priority"] = priority
    if timeout is not None:
        if row["state"] != "LOCKED":
            raise Conflict(f"Job {key} is not leased to a worker.", state=row["state"])
        values["locked_until"] = engine.clock() + timeout
    if values:
        connection.execute(update(job).where(job.c.key == key).values(**values))
        engine.wake(connection, [row["type"]])
        told = {"retries": retries, "priority": priority, "timeout": timeout.total_seconds() if timeout else None}
        _note(connection, engine, row, "job-updated", by, **told)


def run_due(database: Database, engine: Engine, *, limit: int = 20) -> int:
    """Do due jobs of the types that have a handler here, each outside any transaction; answers how many."""
    if not engine.handlers:
        return 0
    with database.read() as connection:
        if not free_jobs.waiting(connection, engine, engine.handlers):
            return 0
    # One lease at a time: a process that dies leaves one job behind for the length of a lease, not a batch.
    for done in range(limit):
        with database.write() as connection:
            rows = activate(connection, engine, types=list(engine.handlers), worker=IN_PROCESS, timeout=LEASE, limit=1)
        if not rows:
            return done
        _run(database, engine, rows[0])
    return limit


def release(connection: Connection) -> None:
    """Free what a process that died was doing here; only for the one process that owns the store."""
    mine = (job.c.state == "LOCKED") & (job.c.worker == IN_PROCESS)
    connection.execute(update(job).where(mine).values(state="READY", worker="", locked_until=None))


def give_back(connection: Connection, engine: Engine, leased: Sequence[Mapping[str, Any]]) -> None:
    """Free jobs that their worker has never heard of, unless the lease has been given on."""
    for row in leased:
        mine = (job.c.key == row["key"]) & (job.c.worker == row["worker"]) & free_jobs.IS_LOCKED
        mine &= job.c.locked_until == row["locked_until"]
        connection.execute(update(job).where(mine).values(state="READY", worker="", locked_until=None))
    engine.wake(connection, {row["type"] for row in leased})


def _with_variables(
    connection: Connection, engine: Engine, row: RowMapping, read: Callable[[int], bpmn.VisibleVariables]
) -> dict[str, Any] | None:
    """None for a job whose instance cannot be read: it is held, and keeps no other from being given."""
    told = dict(row)
    try:
        told["variables"] = read(row["instance_key"]).of(row["wait_id"])
        if row["kind"] == TASK_LISTENER:
            task_listeners.tell(connection, engine, told)
    except (NotFound, StuckError) as error:
        _hold(connection, engine, told, StuckError(row["element_id"], error.message, "STATE_ERROR"))
        return None
    return told


def _run(database: Database, engine: Engine, row: Mapping[str, Any]) -> None:
    """Handle one leased job and tell the engine what came of it. One job never keeps the others from being done."""
    outcome = _handle(engine, row)
    try:
        with database.write() as connection:
            outcome(connection)
    except (Conflict, NotFound):
        # Somebody else changed the instance, or took or cancelled the job: look again, no try is used up.
        log.info("job-overtaken", job=row["key"], type=row["type"])
        with database.write() as connection:
            ours = (job.c.key == row["key"]) & (job.c.state == "LOCKED") & (job.c.locked_until == row["locked_until"])
            connection.execute(update(job).where(ours).values(state="READY", worker="", locked_until=None))
    except StuckError as error:
        with database.write() as connection:
            _hold(connection, engine, row, error)
    except Exception as error:
        again = _failed(engine, row, error)
        with database.write() as connection:
            again(connection)


def _handle(engine: Engine, row: Mapping[str, Any]) -> Callable[[Connection], None]:
    """Let the handler work, outside any transaction; answers what has to be told to the engine."""
    given = Job(
        key=row["key"],
        type=row["type"],
        instance_key=row["instance_key"],
        root_key=row["root_key"],
        element_id=row["element_id"],
        headers=row["headers"],
        variables=row["variables"],
        retries=row["retries"],
    )
    try:
        answer = engine.handlers[row["type"]](given) or {}
    except BpmnError as error:
        if row["kind"] != BPMN_ELEMENT:  # a listener throws none
            return _failed(engine, row, error)
        told: dict[str, Any] = {"code": error.code, "message": error.message, "variables": error.variables}
        return lambda connection: throw_error(connection, engine, row["key"], **told, by=IN_PROCESS)
    except Exception as error:
        return _failed(engine, row, error)
    log.info("job", job=row["key"], type=row["type"], instance=row["instance_key"])
    has_result = row["kind"] in (TASK_LISTENER, ad_hoc.KIND)
    brought, result = (answer.get("variables") or {}, answer) if has_result else (answer, {})
    return lambda connection: complete(connection, engine, row["key"], brought, by=IN_PROCESS, result=result)


def _failed(engine: Engine, row: Mapping[str, Any], error: Exception) -> Callable[[Connection], None]:
    """One try less, and a pause that grows; not for a lease that has lapsed and was given on."""
    log.warning("job-failed", job=row["key"], type=row["type"], error=type(error).__name__, exc_info=True)
    message = error.message if isinstance(error, HotlineError) else f"{type(error).__name__} in the handler"
    backoff = BACK_OFF[min(max(0, DEFAULT_TRIES - row["retries"]), len(BACK_OFF) - 1)]

    def give_back(connection: Connection) -> None:
        if get(connection, row["key"])["locked_until"] == row["locked_until"]:
            left = row["retries"] - 1
            fail(connection, engine, row["key"], retries=left, message=message, backoff=backoff, by=IN_PROCESS)

    return give_back


def _finish(
    connection: Connection,
    engine: Engine,
    key: int,
    by: str,
    token: str | None,
    change: Any,
    kind: str,
    told: dict[str, Any],
) -> None:
    with Step(connection, engine, by=by) as step:
        row = _lock(step, key, token)
        step.job_key = key
        if "message" in told:
            told = {**told, "message": without_protected(engine, step.instance(row["instance_key"]), told["message"])}
        step.note(row["instance_key"], kind, row["element_id"], job=str(key), type=row["type"], **told)
        change(step, row)


def _lock(step: Step, key: int, token: str | None) -> RowMapping:
    """A job's row, its instance locked first: whoever locks both does so in this order."""
    step.lock(job, key)
    row = get(step.connection, key)
    lease_tokens.check(row, token)
    if row["state"] == "INCIDENT":
        raise Conflict(f"Job {key} has an incident. Resolve it first.", state="INCIDENT")
    if row["state"] == PARKED:
        told = f"Process instance {row['instance_key']} is suspended. Resume it first; the job is given anew then."
        raise Conflict(told, state=PARKED)
    return row


def _hold(connection: Connection, engine: Engine, row: Mapping[str, Any], error: StuckError) -> None:
    """Nobody may take the job until its incident is resolved."""
    instance = select(process_instance).where(process_instance.c.key == row["instance_key"])
    owner = connection.execute(instance).mappings().one()
    message = without_protected(engine, owner, error.message)
    held = {"state": "INCIDENT", "worker": "", "locked_until": None, "error_message": message}
    connection.execute(update(job).where(job.c.key == row["key"]).values(**held))
    report(connection, engine, dict(owner), error, row["key"])


def _note(connection: Connection, engine: Engine, row: RowMapping, kind: str, by: str, **data: Any) -> None:
    values = {"key": new_key(), "instance_key": row["instance_key"], "element_id": row["element_id"], "kind": kind}
    told = {"job": str(row["key"]), "type": row["type"], **data}
    connection.execute(history.insert().values(**values, at=engine.clock(), by=by, data=told))
