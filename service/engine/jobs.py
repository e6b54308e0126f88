"""Jobs: leased to a worker, done or failed; tried again with back-off, then an incident."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta
from typing import Any

import structlog
from sqlalchemy import Connection, RowMapping, or_, select, update

from service.engine import Engine
from service.engine.step import Step, report
from service.errors import BpmnError, Conflict, HotlineError, NotFound, StuckError
from service.handlers import Job
from service.store.keys import new_key
from service.store.tables import history, job, process_definition, process_instance
from service.store.unit_of_work import Database

log = structlog.get_logger()

IN_PROCESS = "in-process"
LEASE = timedelta(minutes=5)
# How long after the first, second, third failure a handler is tried again; the last one goes on.
BACK_OFF = (timedelta(seconds=10), timedelta(minutes=1), timedelta(minutes=10))


def activate(
    connection: Connection,
    engine: Engine,
    *,
    types: Collection[str],
    worker: str,
    timeout: timedelta,
    limit: int,
) -> Sequence[RowMapping]:
    """Lease jobs to a worker, oldest first; a lease that has run out is given on. Rows with their process's id."""
    at = engine.clock()
    ready = (job.c.state == "READY") & (job.c.due_at <= at)
    lapsed = (job.c.state == "LOCKED") & (job.c.locked_until < at)
    query = (
        select(job.c.key)
        .where(job.c.type.in_(types), or_(ready, lapsed))
        .order_by(job.c.priority.desc(), job.c.key)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    keys = list(connection.execute(query).scalars())
    if not keys:
        return ()
    lease = {"state": "LOCKED", "worker": worker, "locked_until": at + timeout}
    connection.execute(update(job).where(job.c.key.in_(keys)).values(**lease))
    definition = process_definition.c
    told = (
        select(job, definition.process_id, definition.version.label("process_version"), definition.version_tag)
        .join(process_definition, definition.key == job.c.definition_key)
        .where(job.c.key.in_(keys))
        .order_by(job.c.priority.desc(), job.c.key)
    )
    return connection.execute(told).mappings().all()


def get(connection: Connection, key: int) -> RowMapping:
    """The row of a job; raises NotFound, also for one that is done."""
    row = connection.execute(select(job).where(job.c.key == key)).mappings().first()
    if row is None:
        raise NotFound(f"There is no job {key}; it may be done already.", key=str(key))
    return row


def complete(connection: Connection, engine: Engine, key: int, variables: Mapping[str, Any], *, by: str) -> None:
    """Go on with a job's result. Raises NotFound, Conflict for a job with an incident, StuckError."""
    _finish(connection, engine, key, by, lambda run, row: run.complete(row["wait_id"], variables), "job-completed", {})


def throw_error(
    connection: Connection,
    engine: Engine,
    key: int,
    *,
    code: str,
    message: str = "",
    variables: Mapping[str, Any] | None = None,
    by: str,
) -> None:
    """Go on at the boundary event that catches the code; without one it is an incident. Raises NotFound."""

    def change(run: Any, row: RowMapping) -> None:
        run.throw_error(row["wait_id"], code, message, dict(variables or {}))

    told = {"code": code, "message": message}
    try:
        _finish(connection, engine, key, by, change, "error-thrown", told)
    except StuckError as error:
        _hold(connection, engine, get(connection, key), error)


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
) -> None:
    """Give a job back with the tries that are left; none left is an incident. Raises NotFound."""
    row = get(connection, key)
    _note(connection, engine, row, "job-failed", by, message=message, retries=retries)
    values = {"retries": max(retries, 0), "error_message": message, "worker": "", "locked_until": None}
    if variables:
        values["variables"] = {**row["variables"], **variables}
    if retries > 0:
        due = {"state": "READY", "due_at": engine.clock() + backoff}
        connection.execute(update(job).where(job.c.key == key).values(**values, **due))
        engine.wake(connection)
    else:
        connection.execute(update(job).where(job.c.key == key).values(**values))
        _hold(connection, engine, row, StuckError(row["element_id"], message or "The job failed.", "JOB_NO_RETRIES"))


def change(
    connection: Connection,
    engine: Engine,
    key: int,
    *,
    retries: int | None = None,
    timeout: timedelta | None = None,
    by: str,
) -> None:
    """Change the tries that are left, or the lease from now on. Raises NotFound, Conflict without a lease."""
    row = get(connection, key)
    values: dict[str, Any] = {}
    if retries is not None:
        values["retries"] = retries
    if timeout is not None:
        if row["state"] != "LOCKED":
            raise Conflict(f"Job {key} is not leased to a worker.", state=row["state"])
        values["locked_until"] = engine.clock() + timeout
    if values:
        connection.execute(update(job).where(job.c.key == key).values(**values))
        told = {"retries": retries, "timeout": timeout.total_seconds() if timeout else None}
        _note(connection, engine, row, "job-updated", by, **told)


def run_due(database: Database, engine: Engine, *, limit: int = 100) -> int:
    """Do due jobs of the types that have a handler here, each outside any transaction; answers how many."""
    if not engine.handlers:
        return 0
    with database.read() as connection:
        if not waiting(connection, engine, engine.handlers):
            return 0
    with database.write() as connection:
        rows = activate(connection, engine, types=list(engine.handlers), worker=IN_PROCESS, timeout=LEASE, limit=limit)
    for row in rows:
        _run(database, engine, row)
    return len(rows)


def release(connection: Connection) -> None:
    """Free what a process that died was doing here; only for the one process that owns the store."""
    mine = (job.c.state == "LOCKED") & (job.c.worker == IN_PROCESS)
    connection.execute(update(job).where(mine).values(state="READY", worker="", locked_until=None))


def waiting(connection: Connection, engine: Engine, types: Collection[str]) -> bool:
    """Whether a job of these types can be leased now; a look that takes no lock."""
    at = engine.clock()
    ready = (job.c.state == "READY") & (job.c.due_at <= at)
    lapsed = (job.c.state == "LOCKED") & (job.c.locked_until < at)
    query = select(job.c.key).where(job.c.type.in_(types), or_(ready, lapsed)).limit(1)
    return connection.execute(query).first() is not None


def _run(database: Database, engine: Engine, row: RowMapping) -> None:
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
        result = engine.handlers[row["type"]](given)
        with database.write() as connection:
            complete(connection, engine, row["key"], result or {}, by=IN_PROCESS)
    except BpmnError as error:
        with database.write() as connection:
            throw_error(
                connection,
                engine,
                row["key"],
                code=error.code,
                message=error.message,
                variables=error.variables,
                by=IN_PROCESS,
            )
    except (Conflict, NotFound):
        # Somebody else changed the instance, or cancelled the job: look again, no try is used up.
        log.info("job-overtaken", job=row["key"], type=row["type"])
        with database.write() as connection:
            mine = (job.c.key == row["key"]) & (job.c.state == "LOCKED")
            connection.execute(update(job).where(mine).values(state="READY", worker="", locked_until=None))
    except StuckError as error:
        with database.write() as connection:
            _hold(connection, engine, get(connection, row["key"]), error)
    except Exception as error:
        log.warning("job-failed", job=row["key"], type=row["type"], error=type(error).__name__, exc_info=True)
        tried = max(0, 3 - row["retries"])
        with database.write() as connection:
            fail(
                connection,
                engine,
                row["key"],
                retries=row["retries"] - 1,
                message=error.message if isinstance(error, HotlineError) else f"{type(error).__name__} in the handler",
                backoff=BACK_OFF[min(tried, len(BACK_OFF) - 1)],
                by=IN_PROCESS,
            )
    else:
        log.info("job", job=row["key"], type=row["type"], instance=row["instance_key"])


def _finish(
    connection: Connection, engine: Engine, key: int, by: str, change: Any, kind: str, told: dict[str, Any]
) -> None:
    with Step(connection, engine, by=by) as step:
        step.lock(job, key)
        step.job_key = key
        row = get(connection, key)
        if row["state"] == "INCIDENT":
            raise Conflict(f"Job {key} has an incident. Resolve it first.", state="INCIDENT")
        step.note(row["instance_key"], kind, row["element_id"], job=str(key), type=row["type"], **told)
        step.act(step.instance(row["instance_key"]), lambda run: change(run, row))


def _hold(connection: Connection, engine: Engine, row: RowMapping, error: StuckError) -> None:
    """Nobody may take the job until its incident is resolved."""
    held = {"state": "INCIDENT", "worker": "", "locked_until": None, "error_message": error.message}
    connection.execute(update(job).where(job.c.key == row["key"]).values(**held))
    instance = select(process_instance).where(process_instance.c.key == row["instance_key"])
    owner = connection.execute(instance).mappings().one()
    report(connection, engine, dict(owner), error, row["key"])


def _note(connection: Connection, engine: Engine, row: RowMapping, kind: str, by: str, **data: Any) -> None:
    values = {"key": new_key(), "instance_key": row["instance_key"], "element_id": row["element_id"], "kind": kind}
    told = {"job": str(row["key"]), "type": row["type"], **data}
    connection.execute(history.insert().values(**values, at=engine.clock(), by=by, data=told))
