"""What a signal reaches: all that wait for it, in whatever instance, and the processes that begin with it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import structlog
from sqlalchemy import Connection, RowMapping, select

from service import bpmn
from service.engine import versions
from service.errors import StuckError
from service.store.tables import process_instance, signal_subscription

if TYPE_CHECKING:
    from service.engine.step import Step

log = structlog.get_logger()

# Signals that call each other forth for ever are told from many by these.
MAX_DEPTH, MAX_SIGNALS = 50, 10_000


@dataclass(frozen=True, slots=True)
class Signal:
    """A signal that was thrown; `element_id` is empty if it came from outside, `by` whoever has sent it then; `depth`
    counts those that led to it."""

    name: str
    variables: Mapping[str, Any]
    element_id: str = ""
    by: str = ""
    depth: int = 0


def thrown_in(events: Sequence[bpmn.StepEvent]) -> list[Signal]:
    """The signals that a run has thrown."""
    return [
        Signal(event.data["name"], event.data["variables"], event.element_id)
        for event in events
        if event.kind == "signal-thrown"
    ]


def deliver(step: Step) -> None:
    """Give the signals of a step, and those that come of them, to all that they reach, an instance a step.

    An instance that is stuck with it gets an incident; the others go on. Raises StuckError if there is no end of
    signals, Conflict if somebody else is at the same instances.
    """
    count = 0
    while step.thrown:
        signal, count = step.thrown.pop(0), count + 1
        if signal.depth > MAX_DEPTH or count > MAX_SIGNALS:
            text = f"The signal “{signal.name}” and what it reaches call each other forth without end."
            raise StuckError(signal.element_id, text)
        before = len(step.thrown)
        for instance_key, rows in _receivers(step.connection, signal.name):
            root = rows[0]["root_key"]
            if signal.by and root is not None and not step.engine.hears(step.connection, signal.by, root, {}):
                continue
            try:
                with step.inner() as inner:
                    if instance_key is None:
                        _start(inner, rows[0], signal)
                    else:
                        _receive(inner, instance_key, rows, signal)
            except StuckError as error:
                # Its incident tells a person, if it has begun already.
                log.warning("signal-not-taken", instance=instance_key, element=error.element_id)
        step.thrown[before:] = [replace(one, depth=signal.depth + 1) for one in step.thrown[before:]]


def _receivers(connection: Connection, name: str) -> list[tuple[int | None, list[RowMapping]]]:
    """The subscriptions of each instance, and each of a start event, in the order in which they are locked.

    Who is suspended hears nothing.
    """
    table = signal_subscription
    query = (
        select(table, process_instance.c.root_key)
        .outerjoin(process_instance, process_instance.c.key == table.c.instance_key)
        .where(table.c.name == name, table.c.instance_key.is_(None) | (process_instance.c.state == "ACTIVE"))
        .order_by(process_instance.c.root_key, table.c.key)
    )
    waiting: dict[int, list[RowMapping]] = defaultdict(list)
    starting: list[tuple[int | None, list[RowMapping]]] = []
    for row in connection.execute(query).mappings():
        if row["instance_key"] is None:
            starting.append((None, [row]))
        else:
            waiting[row["instance_key"]].append(row)
    return [*waiting.items(), *starting]


def _receive(inner: Step, instance_key: int, rows: list[RowMapping], signal: Signal) -> None:
    inner.lock(signal_subscription, rows[0]["key"])
    # What came before in this transaction may have ended some of them.
    still = select(signal_subscription).where(signal_subscription.c.key.in_([row["key"] for row in rows]))
    left = inner.connection.execute(still.order_by(signal_subscription.c.key)).mappings().all()
    if not left:
        return
    for row in left:
        inner.note(instance_key, "signal-received", row["element_id"], name=signal.name)
    waits = [row["wait_id"] for row in left]
    inner.act(inner.instance(instance_key), lambda run: run.receive_signal(waits, signal.variables))


def _start(inner: Step, row: RowMapping, signal: Signal) -> None:
    definition = versions.newest(inner.connection, "process", key=row["definition_key"])
    assert definition
    key, _ = inner.start(definition, signal.variables, start_element=row["element_id"])
    inner.note(key, "signal-received", row["element_id"], name=signal.name)
