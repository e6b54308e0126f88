"""Timers: rows, swept when they are due, each fired in a step of its own."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import structlog
from sqlalchemy import ColumnElement, Connection, RowMapping, bindparam, func, literal_column, select, update

from service import bpmn
from service.engine import Engine, start_events, versions
from service.engine.free_jobs import HAS_NO_TOKEN, IS_LOCKED, IS_READY
from service.engine.step import RUNNING, Step
from service.engine.together import MOST, Apart, together
from service.errors import Conflict, StuckError
from service.store import rows
from service.store.tables import job, process_instance, timer
from service.store.unit_of_work import Database

log = structlog.get_logger()

BATCH = 500
# A timer whose model is stuck has an incident; it looks again by itself, in case the cause has gone.
RETRY = timedelta(hours=1)

_HANDLED = job.c.type.in_(bindparam("types", expanding=True))
# Written out as in its index, or SQLite would read every timer for it.
_MARKED: ColumnElement[bool] = literal_column("timer.recount")
_WAITING = ~timer.c.suspended
_TO_RECOUNT = select(timer.c.instance_key).where(_MARKED).limit(1)
# What says when something is next due: see `next_of`.
NEXT = (
    select(func.min(timer.c.due_at)).where(_WAITING).scalar_subquery(),
    select(func.min(job.c.due_at)).where(IS_READY, _HANDLED, HAS_NO_TOKEN).scalar_subquery(),
    select(func.min(job.c.locked_until)).where(IS_LOCKED, _HANDLED, HAS_NO_TOKEN).scalar_subquery(),
    _TO_RECOUNT.scalar_subquery(),
)
_NEXT = select(*NEXT)
_LOCKED = rows.by_key(timer).with_for_update(skip_locked=True)


def next_due(connection: Connection, engine: Engine) -> datetime | None:
    """When the next timer or handled job is due, a lease on one runs out, or timers are to be counted again (now).

    None if nothing waits.
    """
    return next_of(engine, connection.execute(_NEXT, {"types": list(engine.handlers)}).one())


def next_of(engine: Engine, values: Sequence[Any]) -> datetime | None:
    """The same from the values of `NEXT`, selected with the handled `types`."""
    *found, to_recount = values
    instants = [instant for instant in found if instant]
    return min([*instants, engine.clock()] if to_recount else instants, default=None)


def sweep(database: Database, engine: Engine) -> int:
    """Fire all that is due, in the order of their instants; answers how many fired."""
    fired, passed_over = 0, set[int]()
    while True:
        query = (
            select(timer.c.key, timer.c.element_id, process_instance.c.root_key)
            .outerjoin(process_instance, process_instance.c.key == timer.c.instance_key)
            .where(timer.c.due_at <= engine.clock(), _WAITING, timer.c.key.not_in(passed_over))
            .order_by(timer.c.due_at, timer.c.element_id != start_events.TAKES_EFFECT, timer.c.key)
            .limit(BATCH)
        )
        with database.read() as connection:
            due = connection.execute(query).all()
        if not due:
            return fired
        # What a version that takes effect begins or ends is due at other instants than was read: it is fired alone.
        changes = (index for index, row in enumerate(due) if row.element_id == start_events.TAKES_EFFECT)
        ahead = deque((row.key, row.root_key) for row in due[: next(changes, len(due)) or 1])
        while ahead:
            for key, has_fired in _fire_next(database, engine, ahead).items():
                if has_fired:
                    fired += 1
                else:
                    passed_over.add(key)


def calendar_changed(connection: Connection, engine: Engine, since: datetime) -> int:
    """Have the waiting timers that are due from an instant on counted again soon; answers how many they are."""
    later = (timer.c.due_at >= since) & timer.c.instance_key.is_not(None)
    engine.wake(connection)
    return connection.execute(update(timer).where(later).values(recount=True)).rowcount


def recount(database: Database, engine: Engine) -> int:
    """Count again what the calendar has changed, a tree of instances a step; answers how many trees."""
    with database.read() as connection:
        query = select(timer.c.instance_key).where(_MARKED).distinct().limit(BATCH)
        keys = list(connection.execute(query).scalars())
    if keys:
        engine.reread_calendar()
    return sum(_recount(database, engine, key) for key in keys)


def _recount(database: Database, engine: Engine, key: int) -> bool:
    marked = (timer.c.instance_key == key) & _MARKED
    try:
        with database.write() as connection, Step(connection, engine, by="calendar") as step:
            ours = step.lock(process_instance, key, skip_locked=True)
            if not ours or connection.execute(select(timer.c.key).where(marked)).first() is None:
                return False
            _recount_tree(step, step.instance(key)["root_key"])
            return True
    except Conflict:
        log.info("recount-overtaken", instance=key)
    except StuckError as error:
        # Its incident tells a person; the old instants stay.
        log.warning("recount-stuck", instance=key, element=error.element_id)
        with database.write() as connection:
            connection.execute(update(timer).where(marked).values(recount=False))
    return False


def _recount_tree(step: Step, root_key: int) -> None:
    """Callers before what they have called, which is told what is other now."""
    of_tree = select(process_instance.c.key, process_instance.c.parent_key).where(
        process_instance.c.root_key == root_key, process_instance.c.state.in_(RUNNING)
    )
    tree = step.connection.execute(of_tree.order_by(process_instance.c.key)).all()
    mine = timer.c.instance_key.in_([one.key for one in tree])
    step.connection.execute(update(timer).where(mine, _MARKED).values(recount=False))
    recounted: dict[int | None, bpmn.Recounted] = {}
    for key, parent_key in tree:
        with step.inner() as inner:
            row = inner.instance(key)
            if row["state"] in RUNNING:  # what is counted anew may have ended it
                inner.act(row, partial(_recount_one, recounted, key, parent_key), even_suspended=True)


def _recount_one(recounted: dict[int | None, bpmn.Recounted], key: int, parent_key: int | None, run: bpmn.Run) -> None:
    recounted[key] = bpmn.recount(run, recounted.get(parent_key, {}))


def _fire_next(database: Database, engine: Engine, ahead: deque[tuple[int, int | None]]) -> dict[int, bool]:
    """Fire the first, with those behind it that are of other trees; answers which were tried, and whether they fired.

    What fails is as if it had not been tried; if that is the first, it is fired alone.
    """
    chosen = dict[int, int]()
    for key, root in ahead:
        if root is None or root in chosen or len(chosen) == MOST:
            break
        chosen[root] = key
    tried = _fire_together(database, engine, chosen) if len(chosen) > 1 else {}
    if not tried:
        tried = {ahead[0][0]: _fire(database, engine, ahead[0][0])}
    for _ in tried:
        ahead.popleft()
    return tried


def _fire_together(database: Database, engine: Engine, chosen: Mapping[int, int]) -> dict[int, bool]:
    """Fire one timer of each tree, given by its root, in one transaction."""
    tried = dict[int, bool]()
    try:
        with database.write() as connection, together(database, connection, chosen) as others:
            mine = select(timer).where(timer.c.key.in_(chosen.values())).with_for_update(skip_locked=True)
            found = {row["key"]: row for row in connection.execute(mine).mappings()}
            for root, key in chosen.items():
                try:
                    tried[key] = root in others.roots and key in found and _fire_one(connection, engine, found[key])
                except (Apart, Conflict, StuckError):
                    break
                if others.is_over():
                    break
    except Exception as error:
        # Alone, each that fails says so.
        log.info("timers-apart", error=type(error).__name__)
        return {key: _fire(database, engine, key) for key in chosen.values()}
    return tried


def _fire(database: Database, engine: Engine, key: int) -> bool:
    try:
        with database.write() as connection:
            return _fire_alone(connection, engine, key)
    except Conflict:
        log.info("timer-overtaken", timer=key)
    except StuckError as error:
        log.warning("timer-stuck", timer=key, element=error.element_id)
        return _keep_stuck(database, engine, key, error)
    return False


def _keep_stuck(database: Database, engine: Engine, key: int, error: StuckError) -> bool:
    """Look again later; what a start event could not begin stands there with an incident, and its cycle goes on."""
    with database.write() as connection:
        own = (timer.c.key == key) & timer.c.instance_key.is_not(None)
        later = update(timer).where(own).values(due_at=engine.clock() + RETRY)
        if connection.execute(later).rowcount:
            return False
        return _fire_alone(connection, engine, key, error)


def _fire_alone(connection: Connection, engine: Engine, key: int, stuck: StuckError | None = None) -> bool:
    with Step(connection, engine, by="timer") as step:
        ours = step.lock(timer, key, skip_locked=True)
        row = connection.execute(_LOCKED, {"row_key": key}).mappings().first()
        return row is not None and (ours or row["instance_key"] is None) and _fire_in(step, row, stuck)


def _fire_one(connection: Connection, engine: Engine, row: RowMapping) -> bool:
    with Step(connection, engine, by="timer") as step:
        return _fire_in(step, row)


def _fire_in(step: Step, row: RowMapping, stuck: StuckError | None = None) -> bool:
    if row["due_at"] > step.at or row["suspended"]:
        return False
    if row["instance_key"] is not None:
        late = (step.at - row["due_at"]).total_seconds()
        told = {"due": row["due_at"].isoformat(), "late_seconds": round(late)}
        step.note(row["instance_key"], "timer-fired", row["element_id"], **told)
        step.act(step.instance(row["instance_key"]), lambda run: run.fire_timer(row["wait_id"]))
    elif row["element_id"] == start_events.TAKES_EFFECT:
        _take_effect(step, row)
    else:
        _start(step, dict(row), stuck)
    return True


def _take_effect(step: Step, row: RowMapping) -> None:
    """A version counts from now on."""
    definition = versions.newest(step.connection, "process", key=row["definition_key"])
    assert definition
    start_events.forget(step.connection, row["definition_key"])
    start_events.take_effect(step.connection, step.engine, definition["process_id"], row["due_at"])
    log.info("took-effect", process=definition["process_id"], version=definition["version"])


def _start(step: Step, row: dict[str, object], stuck: StuckError | None) -> None:
    """A timer start event: begin an instance, and wait for the next time if there is one."""
    definition = versions.newest(step.connection, "process", key=row["definition_key"])
    assert definition
    model = step.engine.process_model(step.connection, definition["key"])
    following = bpmn.next_schedule(row, step.engine.environment())
    if following is None:
        step.change(rows.remove(timer), row_key=row["key"])
    else:
        values = {"due_at": following.due, "repeats_left": following.repeats_left}
        step.change(rows.change(timer), row_key=row["key"], **values)
    log.info("timer-start", process=model.id)
    step.start(definition, {}, start_element=str(row["element_id"]), stuck=stuck)
