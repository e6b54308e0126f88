"""Messages: published with a time to live, or correlated at once; each process gets a message once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

import structlog
from sqlalchemy import Column, ColumnElement, Connection, RowMapping, bindparam, delete, func, or_, select
from sqlalchemy.exc import IntegrityError

from service import feel
from service.engine import Engine, versions
from service.engine.step import Step
from service.errors import Conflict, Invalid, NotFound, Problem, StuckError
from service.store.keys import new_key
from service.store.tables import (
    message,
    message_delivery,
    message_subscription,
    process_definition,
    process_instance,
)
from service.store.unit_of_work import Database

log = structlog.get_logger()

# The bytes of a message's name, correlation key and id: an index holds all three, on PostgreSQL up to 2,704.
_LONGEST_ADDRESS = 2_600


def _undelivered(process_id: Column[Any]) -> ColumnElement[bool]:
    mine = (message_delivery.c.message_key == message.c.key) & (message_delivery.c.process_id == process_id)
    return ~select(message_delivery.c.message_key).where(mine).exists()


# Who is suspended hears nothing; what has time to live waits.
_GOES_ON = process_instance.c.state == "ACTIVE"
_SAME_ADDRESS = (message_subscription.c.name == message.c.name) & (
    message_subscription.c.correlation_key == message.c.correlation_key
)
_UNSEEN = (
    select(message, process_instance.c.process_id)
    .join_from(message, message_subscription, _SAME_ADDRESS)
    .join(process_instance, process_instance.c.key == message_subscription.c.instance_key)
    .where(message.c.expires_at > bindparam("now"), _undelivered(process_instance.c.process_id), _GOES_ON)
    .order_by(message.c.key)
)
_STARTED_BY = (process_instance.c.process_id == process_definition.c.process_id) & (
    process_instance.c.started_by_key == message.c.correlation_key
)
_HAS_ENDED = process_instance.c.ended_at >= message.c.published_at
# Messages that waited for the end of the instance that another with their correlation key has started.
_NEXT_TO_START = (
    select(message, process_definition.c.process_id)
    .join_from(message, message_subscription, message_subscription.c.name == message.c.name)
    .join(process_definition, process_definition.c.key == message_subscription.c.definition_key)
    .where(message_subscription.c.instance_key.is_(None), message.c.correlation_key != "")
    .where(message.c.expires_at > bindparam("now"), _undelivered(process_definition.c.process_id))
    .where(select(process_instance.c.key).where(_STARTED_BY, _HAS_ENDED).exists())
    .where(~select(process_instance.c.key).where(_STARTED_BY, process_instance.c.ended_at.is_(None)).exists())
    .order_by(message.c.key)
)
# Each kind that a tick looks for; `now` is given.
_KINDS = (_UNSEEN, _NEXT_TO_START)
# Whether there is one of any kind, beside what else a tick asks.
ANY_UNSEEN = or_(*(kind.order_by(None).exists() for kind in _KINDS))


def publish(
    connection: Connection,
    engine: Engine,
    *,
    name: str,
    correlation_key: str = "",
    time_to_live: timedelta = timedelta(0),
    message_id: str | None = None,
    variables: Mapping[str, Any] | None = None,
    business_id: str | None = None,
    by: str,
) -> int:
    """Give a message to whoever waits for it now or, while it lives, later; answers its key.

    What it starts gets the business id. Of the instances that messages with one correlation key start, a process has
    one at a time; an empty key always starts one.

    Raises Conflict for a message id that is alive already, Invalid for one that no index can hold.
    """
    if sum(len(one.encode()) for one in (name, correlation_key, message_id or "")) > _LONGEST_ADDRESS:
        text = "The name, the correlation key and the id of the message are too long together."
        mend = f"Use {_LONGEST_ADDRESS} bytes in UTF-8 at the most."
        raise Invalid(f"{text} {mend}", [Problem("messageId", text, mend)])
    taken = Conflict(f"A message {name} with the id {message_id} was published already.", message_id=message_id)
    at, key = engine.clock(), new_key()
    if message_id is not None:
        same = (message.c.name == name) & (message.c.correlation_key == correlation_key)
        same &= message.c.message_id == message_id
        if connection.execute(select(message.c.key).where(same, message.c.expires_at > at)).first():
            raise taken
        # Only one that has died: another may have been committed since.
        connection.execute(delete(message).where(same, message.c.expires_at <= at))
    values: dict[str, Any] = {"name": name, "correlation_key": correlation_key, "message_id": message_id}
    values |= {"variables": feel.checked(variables or {}), "published_at": at, "expires_at": at + time_to_live}
    values |= {"business_id": business_id, "published_by": by}
    stored = values | {"key": key} | engine.protection.of_message(key, values["variables"])
    try:
        with Step(connection, engine, by=by) as step:
            for process_id, instance_key in _deliver(step, values):
                step.add(message_delivery, message_key=key, process_id=process_id, instance_key=instance_key)
            if time_to_live > timedelta(0) or message_id is not None:
                step.add(message, **stored)
    except IntegrityError:
        if message_id is None:
            raise
        raise taken from None  # somebody else has published it in this very moment
    return key


def correlate(
    connection: Connection,
    engine: Engine,
    *,
    name: str,
    correlation_key: str = "",
    variables: Mapping[str, Any] | None = None,
    business_id: str | None = None,
    by: str,
) -> tuple[int, int]:
    """Give a message to whoever waits for it now; answers its key and that of the first instance that gets it.

    Raises NotFound if nobody does, Invalid.
    """
    values = {"name": name, "correlation_key": correlation_key, "business_id": business_id, "published_by": by}
    with Step(connection, engine, by=by) as step:
        delivered = _deliver(step, values | {"variables": feel.checked(variables or {})})
        if not delivered:
            told = {"name": name, "correlation_key": correlation_key}
            raise NotFound(f"Nothing waits for the message {name} with this correlation key.", **told)
    return new_key(), delivered[0][1]


def expire(connection: Connection, engine: Engine) -> int:
    """Remove messages whose time is over; answers how many."""
    over = message.c.expires_at <= engine.clock()
    gone = select(message.c.key).where(over)
    connection.execute(delete(message_delivery).where(message_delivery.c.message_key.in_(gone)))
    return connection.execute(delete(message).where(over)).rowcount


def unseen(connection: Connection, engine: Engine) -> Sequence[RowMapping]:
    """Messages that met their subscription unseen, both committed at the same moment, and those whose turn to start
    an instance has come."""
    now = {"now": engine.clock()}
    return [row for query in _KINDS for row in connection.execute(query, now).mappings()]


def catch_up(database: Database, engine: Engine, rows: Sequence[RowMapping]) -> int:
    """Deliver messages that were `unseen`, each in a step of its own; answers how many were delivered."""
    return sum(_catch_up(database, engine, row) for row in rows)


def _catch_up(database: Database, engine: Engine, row: RowMapping) -> int:
    try:
        with database.write() as connection, Step(connection, engine, by="message") as step:
            told = {**row, "variables": engine.protection.told_by(row)}
            delivered = _deliver(step, told, process_id=row["process_id"])
            for process_id, instance_key in delivered:
                values = {"message_key": row["key"], "process_id": process_id, "instance_key": instance_key}
                step.add(message_delivery, **values)
    except (Conflict, StuckError) as error:
        # One that cannot be taken now does not keep the others waiting; an incident tells of a model that is stuck.
        log.info("message-not-taken", message=row["key"], error=type(error).__name__)
        return 0
    return len(delivered)


def _deliver(step: Step, told: Mapping[str, Any], *, process_id: str | None = None) -> list[tuple[str, int]]:
    """One instance of every process that waits gets the message; then the processes that it starts.

    `told` is the message as its row has it; `process_id` leaves only that process: where one came too early for it
    and may not be heard, it is delivered all the same, and not looked at again.
    """
    delivered: dict[str, int] = {}
    for row in _subscriptions(step.connection, told["name"], told["correlation_key"]):
        if row["process_id"] in delivered or process_id not in (None, row["process_id"]):
            continue
        if row["instance_key"] is None:
            key = _start(step, row, told)
        elif step.engine.hears(step.connection, told["published_by"], row["root_key"], {}):
            key = _receive(step, row, told)
        else:
            key = row["instance_key"] if process_id else None
        if key is not None:
            delivered[row["process_id"]] = key
    return list(delivered.items())


def _receive(step: Step, row: RowMapping, told: Mapping[str, Any]) -> int | None:
    step.lock(message_subscription, row["key"])
    still = select(message_subscription.c.key).where(message_subscription.c.key == row["key"])
    if step.connection.execute(still).first() is None:
        return None
    key: int = row["instance_key"]
    step.note(key, "message-received", row["element_id"], name=told["name"])
    step.act(step.instance(key), lambda run: run.receive(row["wait_id"], dict(told["variables"])))
    return key


def _subscriptions(connection: Connection, name: str, correlation_key: str) -> list[RowMapping]:
    table = message_subscription
    of_start = table.c.instance_key.is_(None)
    query = (
        select(table, process_definition.c.process_id, process_instance.c.root_key)
        .join_from(table, process_definition, process_definition.c.key == table.c.definition_key)
        .outerjoin(process_instance, process_instance.c.key == table.c.instance_key)
        .where(table.c.name == name, of_start | ((table.c.correlation_key == correlation_key) & _GOES_ON))
    )
    rows = connection.execute(query).mappings().all()
    # Locks are taken in the order of the roots, so that two messages never wait for each other.
    return sorted(rows, key=lambda row: (row["instance_key"] is None, row["root_key"] or 0, row["key"]))


def _start(step: Step, row: RowMapping, told: Mapping[str, Any]) -> int | None:
    """Start an instance, unless one that a message with the same correlation key has started goes on still."""
    if told["correlation_key"] and not _is_free(step.connection, row["process_id"], told):
        return None
    definition = versions.newest(step.connection, "process", key=row["definition_key"])
    assert definition
    key, _ = step.start(
        definition,
        dict(told["variables"]),
        start_element=row["element_id"],
        business_id=told["business_id"],
        started_by_key=told["correlation_key"] or None,
    )
    step.note(key, "message-received", row["element_id"], name=row["name"])
    return key


def _is_free(connection: Connection, process_id: str, told: Mapping[str, Any]) -> bool:
    """Whether a message may start an instance with its correlation key; the answer stays true until the commit."""
    if connection.dialect.name == "postgresql":
        name = f"{process_id} {told['correlation_key']}"
        connection.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(name, 0))))
    mine = (process_instance.c.process_id == process_id) & (
        process_instance.c.started_by_key == told["correlation_key"]
    )
    taken = select(process_instance.c.key).where(mine, process_instance.c.ended_at.is_(None))
    again = select(message_delivery.c.instance_key).where(
        message_delivery.c.message_key == told.get("key"), message_delivery.c.process_id == process_id
    )
    return connection.execute(taken.union_all(again).limit(1)).first() is None
