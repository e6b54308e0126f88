"""Suspended instances: nothing in them goes on, nothing of them is lost, until they are resumed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import BindParameter, Connection, RowMapping, bindparam, select, update

from service import bpmn
from service.engine import Engine
from service.engine.jobs import PARKED
from service.engine.step import Step
from service.errors import Conflict
from service.store.tables import job, process_instance, timer

_OF_INSTANCE: BindParameter[int] = bindparam("of_instance")
_HOLD_TIMERS = update(timer).where(timer.c.instance_key == _OF_INSTANCE)
_HOLD_JOBS = update(job).where(job.c.instance_key == _OF_INSTANCE, job.c.state.in_(("READY", "LOCKED")))
_FREE_JOBS = update(job).where(job.c.instance_key == _OF_INSTANCE, job.c.state == PARKED)


def suspend(connection: Connection, engine: Engine, key: int, *, by: str) -> None:
    """Let an instance stand still, those that it has called apart. Raises NotFound, Conflict unless it is active.

    A worker that is at one of its jobs cannot complete it any more: the job is given anew after the resumption.
    """
    with Step(connection, engine, by=by) as step:
        row = _in_state("ACTIVE", step, key)
        step.note(key, "suspended")
        step.change(_HOLD_TIMERS, of_instance=key, suspended=True)
        step.change(_HOLD_JOBS, of_instance=key, state=PARKED, worker="", locked_until=None)
        step.mark(row, state="SUSPENDED", suspended_at=step.at)


def resume(connection: Connection, engine: Engine, key: int, *, by: str) -> None:
    """Let a suspended instance go on: what was due meanwhile is due now, what it called and has ended counts.

    Raises NotFound, Conflict unless it is suspended, StuckError.
    """
    with Step(connection, engine, by=by) as step:
        row = _in_state("SUSPENDED", step, key)
        step.note(key, "resumed")
        step.change(_HOLD_TIMERS, of_instance=key, suspended=False)
        step.change(_FREE_JOBS, of_instance=key, state="READY", due_at=step.at)
        active = {**row, "revision": step.mark(row, state="ACTIVE", suspended_at=None), "state": "ACTIVE"}
        if ended := _ended_calls(step, row):
            step.act(active, lambda run: _take(run, ended))
    engine.wake(connection, None)  # messages with time to live were buffered meanwhile


def _in_state(state: str, step: Step, key: int) -> RowMapping:
    step.lock(process_instance, key)
    row = step.instance(key)
    if row["state"] != state:
        message = f"Process instance {key} is {row['state'].lower()}, not {state.lower()}."
        raise Conflict(message, state=row["state"])
    return row


def _ended_calls(step: Step, row: RowMapping) -> dict[str, Mapping[str, Any]]:
    """The results of the called instances that have completed while their caller stood still, by its wait."""
    called = [entry[1] for entry in row["waits"].values() if entry[0] == "call"]
    instance = process_instance.c
    columns = instance.parent_wait_id, instance.key, instance.variables, instance.sealed, instance.data_key
    query = select(*columns).order_by(instance.key)
    done = query.where(instance.key.in_(called), instance.state == "COMPLETED")
    found = step.connection.execute(done).mappings()
    return {one["parent_wait_id"]: step.engine.protection.variables(one) for one in found}


def _take(run: bpmn.Run, results: Mapping[str, Mapping[str, Any]]) -> None:
    for wait_id, variables in results.items():
        run.complete(wait_id, variables)
