"""Batch operations: the same done to many instances by the tick, each in a transaction of its own, with progress."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import structlog
from sqlalchemy import ColumnElement, Connection, RowMapping, bindparam, func, insert, literal, select, update

from service import bpmn
from service.engine import Engine, incidents, migration, modification, process_instances, suspension
from service.engine.together import MOST, Apart, Together, together
from service.errors import Conflict, HotlineError, NotFound
from service.store import rows
from service.store.keys import new_key
from service.store.tables import batch_item, batch_operation, process_instance
from service.store.unit_of_work import Database

log = structlog.get_logger()

# So many instances are done before timers and jobs have their turn.
ROUND = 50

_Do = Callable[[Connection, Engine, int, Mapping[str, Any], str], None]

_STATE = process_instance.c.state
_RUNNING = process_instance.c.ended_at.is_(None)
# What is done, and to which instances it can be done at all.
_KINDS: dict[str, tuple[_Do, ColumnElement[bool]]] = {
    "CANCEL_PROCESS_INSTANCE": (
        lambda connection, engine, key, plan, by: process_instances.cancel(connection, engine, key, by=by),
        _RUNNING & process_instance.c.parent_key.is_(None),
    ),
    "MIGRATE_PROCESS_INSTANCE": (
        lambda connection, engine, key, plan, by: migration.migrate(
            connection,
            engine,
            key,
            int(plan["target"]),
            bpmn.MigrationPlan(plan["mapping"], plan["equal_ids"]),
            by=by,
        ),
        _RUNNING,
    ),
    "MODIFY_PROCESS_INSTANCE": (
        lambda connection, engine, key, plan, by: modification.modify(
            connection,
            engine,
            key,
            move=[bpmn.Move(source, bpmn.Activation(target)) for source, target in plan["moves"]],
            by=by,
        ),
        _RUNNING,
    ),
    "RESOLVE_INCIDENT": (
        lambda connection, engine, key, plan, by: incidents.resolve_all(connection, engine, key, by=by),
        _RUNNING & (process_instance.c.incidents > 0),
    ),
    "SUSPEND_PROCESS_INSTANCE": (
        lambda connection, engine, key, plan, by: suspension.suspend(connection, engine, key, by=by),
        _STATE == "ACTIVE",
    ),
    "RESUME_PROCESS_INSTANCE": (
        lambda connection, engine, key, plan, by: suspension.resume(connection, engine, key, by=by),
        _STATE == "SUSPENDED",
    ),
}

_OPEN = batch_operation.c.state == "ACTIVE"
# Not null if anything is left to do; asked by every tick, beside what else it asks.
ANY_OPEN = select(batch_operation.c.key).where(_OPEN).limit(1).scalar_subquery()
_NEXT = (
    select(batch_item.c.operation_key, batch_item.c.instance_key, batch_item.c.root_key)
    .where(batch_item.c.state == "ACTIVE")
    .order_by(batch_item.c.operation_key, batch_item.c.instance_key)
    .with_for_update(skip_locked=True)
)
_MARK = update(batch_item).where(
    batch_item.c.operation_key == bindparam("of_operation"),
    batch_item.c.instance_key == bindparam("of_instance"),
    batch_item.c.state == "ACTIVE",
)
_OPERATION = batch_operation.c
_BY_KEY = rows.by_key(batch_operation)
_COUNTED = update(batch_operation).where(_OPERATION.key == bindparam("of_operation"))
_COUNT = {
    "COMPLETED": _COUNTED.values(completed=_OPERATION.completed + bindparam("more")),
    "FAILED": _COUNTED.values(failed=_OPERATION.failed + bindparam("more")),
}
_END = _COUNTED.where(_OPERATION.completed + _OPERATION.failed == _OPERATION.total).values(
    state="COMPLETED", ended_at=func.coalesce(_OPERATION.ended_at, bindparam("at", type_=_OPERATION.ended_at.type))
)


def start(
    connection: Connection,
    engine: Engine,
    kind: str,
    which: ColumnElement[bool],
    *,
    plan: Mapping[str, Any] | None = None,
    by: str,
) -> int:
    """Have it done to all instances for which the condition holds now, and that it can be done to; answers its key."""
    key, at = new_key(), engine.clock()
    items = select(literal(key), process_instance.c.key, process_instance.c.root_key, literal("ACTIVE"))
    chosen = items.where(which, _KINDS[kind][1])
    columns = ["operation_key", "instance_key", "root_key", "state"]
    connection.execute(insert(batch_item).from_select(columns, chosen))
    mine = batch_item.c.operation_key == key
    total = connection.execute(select(func.count()).select_from(batch_item).where(mine)).scalar_one()
    values = {"key": key, "kind": kind, "plan": dict(plan or {}), "by": by, "started_at": at, "total": total}
    state = {"state": "ACTIVE"} if total else {"state": "COMPLETED", "ended_at": at}
    connection.execute(insert(batch_operation).values(**values, **state))
    engine.wake(connection)
    return key


def get(connection: Connection, key: int) -> RowMapping:
    """The row of a batch operation; raises NotFound."""
    row = connection.execute(_BY_KEY, {"row_key": key}).mappings().first()
    if row is None:
        raise NotFound(f"There is no batch operation {key}.", key=str(key))
    return row


def cancel(connection: Connection, engine: Engine, key: int) -> None:
    """Leave alone what has not been done yet. Raises NotFound, Conflict if it has ended."""
    row = get(connection, key)
    if row["state"] != "ACTIVE":
        raise Conflict(f"The batch operation {key} has ended already.", state=row["state"])
    at = engine.clock()
    rest = (batch_item.c.operation_key == key) & (batch_item.c.state == "ACTIVE")
    connection.execute(update(batch_item).where(rest).values(state="CANCELED", processed_at=at))
    mine = batch_operation.c.key == key
    connection.execute(update(batch_operation).where(mine).values(state="CANCELED", ended_at=at))


def run(database: Database, engine: Engine, *, limit: int = ROUND) -> int:
    """Go on with what is left to do; answers to how many instances it was done, or tried in vain."""
    done = 0
    while done < limit:
        some = _several(database, engine, limit - done) or _one(database, engine)
        if not some:
            break
        done += some
    return done


def _several(database: Database, engine: Engine, limit: int) -> int:
    """The next items, of trees that are not the same, in one transaction with their marks; up to one that fails.

    None if that is the first: it is to be done alone.
    """
    try:
        with database.write() as connection:
            items = connection.execute(_NEXT.limit(min(limit, MOST))).all()
            chosen = _apart(items)
            if len(chosen) < 2:
                return 0
            operation = get(connection, chosen[0].operation_key)
            with together(database, connection, [item.root_key for item in chosen]) as others:
                done = _as_far_as_it_goes(connection, engine, operation, chosen, others)
            if done:
                _mark(connection, engine, done, "COMPLETED")
            return len(done)
    except Exception as error:
        # Alone, the one that fails says so.
        log.info("batch-items-apart", error=type(error).__name__)
        return 0


def _apart(items: Sequence[Any]) -> list[Any]:
    """The first of them that belong to one operation, and each to another tree."""
    roots, chosen = set[int](), []
    for item in items:
        if item.root_key in roots or item.operation_key != items[0].operation_key:
            break
        roots.add(item.root_key)
        chosen.append(item)
    return chosen


def _as_far_as_it_goes(
    connection: Connection, engine: Engine, operation: RowMapping, items: Sequence[Any], others: Together
) -> list[Any]:
    do = _KINDS[operation["kind"]][0]
    for number, item in enumerate(items):
        try:
            if item.root_key not in others.roots:
                return list(items[:number])
            do(connection, engine, item.instance_key, operation["plan"], operation["by"])
        except (Apart, HotlineError):
            return list(items[:number])
        if others.is_over():
            return list(items[: number + 1])
    return list(items)


def _one(database: Database, engine: Engine) -> int:
    """The next item: done with its mark in one transaction, so that a process that dies repeats nothing."""
    item = None
    try:
        with database.write() as connection:
            item = connection.execute(_NEXT.limit(1)).one_or_none()
            if item is None:
                return 0
            operation = get(connection, item.operation_key)
            do = _KINDS[operation["kind"]][0]
            do(connection, engine, item.instance_key, operation["plan"], operation["by"])
            _mark(connection, engine, [item], "COMPLETED")
    except HotlineError as error:
        if item is None:
            raise
        log.info("batch-item-failed", operation=item.operation_key, instance=item.instance_key)
        with database.write() as connection:
            _mark(connection, engine, [item], "FAILED", error.message)
    return 1


def _mark(connection: Connection, engine: Engine, items: Sequence[Any], state: str, error: str | None = None) -> None:
    """All of one operation."""
    which, told = {"of_operation": items[0].operation_key}, {"processed_at": engine.clock(), "error": error}
    each = [{**which, "of_instance": item.instance_key, "state": state, **told} for item in items]
    if marked := connection.execute(_MARK, each).rowcount:
        connection.execute(_COUNT[state], {**which, "more": marked})
        connection.execute(_END, {**which, "at": engine.clock()})
