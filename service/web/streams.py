"""Streams that tell pages that something has changed, and never what: one look at the store for all of them."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from typing import Any

import structlog
from flask import Flask, Response, current_app, request
from sqlalchemy import Connection, func, select

from service.clock import now
from service.store.keys import key_at
from service.store.tables import deployment, history, incident, process_instance, user_task
from service.store.unit_of_work import Database
from service.web.seats import HELD, Held

log = structlog.get_logger()

_NAME = "streams"
# So many at the same time, in all and of one person (by their pages that are in sight); the others go without.
MOST, MOST_OF_ONE = 2_000, 6
# How often the store is looked at while somebody listens, in seconds.
_LOOK = 1.0
# Lines of history get their keys before they are committed: so long after, one may still come.
_LATE = 5_000
# More lines than these at once: everything is taken for changed.
_MANY = 1_000

# What pages listen to, besides one instance, one group or one person.
TASKS, OPERATIONS = "tasks", "operations"
_STUCK = ("incident", "incident-resolved", "job-failed")


def of_instance(root_key: int) -> str:
    return f"instance {root_key}"


def of_group(name: str) -> str:
    return f"group {name}"


def of_person(id_: str) -> str:
    return f"person {id_}"


@dataclass(eq=False)
class Stream:
    """Somebody who listens. `call` (from any thread) tells the front that one of `topics` has changed."""

    who: str
    topics: frozenset[str]
    call: Callable[[], None]
    leave: Callable[[], None] = lambda: None


class Streams:
    """Who listens to what, and the one thread that looks for all of them; it lives while there is anybody."""

    def __init__(self, database: Database, look: float = _LOOK) -> None:
        self._database, self._look = database, look
        self._lock = threading.Condition()
        self._open: dict[Stream, None] = {}
        self._of: Counter[str] = Counter()
        self._thread: threading.Thread | None = None

    def open(self, who: str, topics: Collection[str], call: Callable[[], None]) -> Stream | None:
        """None where so many listen already. Whoever has one must leave it."""
        with self._lock:
            if len(self._open) >= MOST or self._of[who] >= MOST_OF_ONE:
                return None
            stream = Stream(who, frozenset(topics), call)
            stream.leave = lambda: self._leave(stream)
            self._open[stream] = None
            self._of[who] += 1
            if self._thread is None:
                # From now on, not from whenever the thread comes to it.
                seen = _Seen()
                self._look_at_store(seen)
                self._thread = threading.Thread(target=self._watch, args=(seen,), name="streams", daemon=True)
                self._thread.start()
            return stream

    def _leave(self, stream: Stream) -> None:
        with self._lock:
            if stream in self._open:
                del self._open[stream]
                self._of -= Counter([stream.who])
                self._lock.notify()

    def _look_at_store(self, seen: _Seen) -> frozenset[str] | None:
        try:
            with self._database.read() as connection:
                return seen.look(connection)
        except Exception:
            # The store may be away for a moment; pages are told when it is back.
            log.exception("streams-look-failed")
            return frozenset()

    def _watch(self, seen: _Seen) -> None:
        while True:
            with self._lock:
                self._lock.wait_for(lambda: not self._open, self._look)
                if not self._open:
                    self._thread = None
                    return
            changed = self._look_at_store(seen)
            if changed is None or changed:
                with self._lock:
                    told = [one for one in self._open if changed is None or not one.topics.isdisjoint(changed)]
                for one in told:
                    one.call()


class _Seen:
    """Which lines of the history have been looked at; the first look only learns where they end."""

    def __init__(self) -> None:
        self._keys: set[int] = set()
        self._is_first = True
        self._newest: tuple[int | None, int | None] = (None, None)

    def look(self, connection: Connection) -> frozenset[str] | None:
        """The topics that have changed since the last look; None: maybe all."""
        since = key_at(now(), 0, milliseconds=-_LATE)
        line = history.c
        query = select(line.key, line.instance_key, line.kind, line.data).where(line.key > since)
        rows = connection.execute(query.order_by(line.key).limit(_MANY + 1)).all()
        fresh = [row for row in rows if row.key not in self._keys]
        self._keys = {row.key for row in rows}
        newest = (
            connection.execute(select(func.max(incident.c.key))).scalar(),
            connection.execute(select(func.max(deployment.c.key))).scalar(),
        )
        is_new, self._newest = newest != self._newest, newest
        if self._is_first:
            self._is_first = False
            return frozenset()
        if len(rows) > _MANY:
            return None
        changed = {OPERATIONS} if is_new else set()
        if fresh:
            changed.update(_topics(connection, fresh))
        return frozenset(changed)


def _topics(connection: Connection, lines: Collection[Any]) -> Iterator[str]:
    instance, task = process_instance.c, user_task.c
    keys = {line.instance_key for line in lines}
    for root in connection.execute(select(instance.root_key).where(instance.key.in_(keys)).distinct()).scalars():
        yield of_instance(root)
    kinds = {line.kind for line in lines}
    if not kinds.isdisjoint(_STUCK):
        yield OPERATIONS
    tasks = {int(line.data["task"]) for line in lines if line.kind.startswith("task-") and "task" in (line.data or {})}
    if not tasks:
        return
    yield TASKS
    columns = task.candidate_groups, task.candidate_users, task.assignee
    for groups, users, assignee in connection.execute(select(*columns).where(task.key.in_(tasks))):
        yield from map(of_group, groups)
        yield from map(of_person, (*users, *([assignee] if assignee else ())))


def register(app: Flask, database: Database) -> None:
    app.extensions[_NAME] = Streams(database)


def listen(who: str, topics: Collection[str]) -> Response:
    """Answer this request by a stream; 204, after which browsers do not ask again, where it cannot be had.

    The front sends what it tells; who asks without it (a test, another server) is told to come again later.
    """
    held: Held | None = request.environ.get(HELD)
    answer = Response(mimetype="text/event-stream", headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"})
    if held is None:
        answer.set_data("retry: 60000\n\n")
        return answer
    streams: Streams = current_app.extensions[_NAME]
    held.stream = streams.open(who, topics, held.call)
    return answer if held.stream else Response(status=204)
