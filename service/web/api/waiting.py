"""Requests that wait for a job, an end or the listeners of a task, and what is looked up for all of them together."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Hashable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import timedelta
from itertools import islice
from typing import Any, Self, TypeVar, cast

from flask import current_app

from service.engine import free_jobs, process_instances, user_tasks
from service.web import Hotline
from service.web.seats import Seat, seat
from service.web.waiting import Room

_T = TypeVar("_T")

WAITING_ROOM = "hotline.waiting_room"
JOB, JOB_WITH_TOKEN = "job", "job-with-token"

# How long a request waits that does not say, and at the longest.
DEFAULT_WAIT = timedelta(seconds=10)
LONGEST_WAIT = timedelta(seconds=60)

# Processes beside this one commit unheard; so on a store of many, look for all who wait at least this often.
_LOOK_AGAIN = 1.0
# So many types or keys are asked for by one statement.
_AT_ONCE = 1_000


def wait_asked(milliseconds: int | None) -> timedelta:
    """How long a request may wait: its `requestTimeout`, below 0 not at all, 0 or none for the time usual here."""
    if not milliseconds:
        return DEFAULT_WAIT
    return min(timedelta(milliseconds=max(milliseconds, 0)), LONGEST_WAIT)


class WaitingRoom(Room):
    """The room of this app: the engine rings for the types of new jobs, for instances that have ended, and for user
    tasks whose listeners have answered."""

    def __init__(self, parts: Hotline) -> None:
        super().__init__(self._find, *([] if parts.database.is_sqlite else [_LOOK_AGAIN]))
        self._parts = parts
        parts.engine.job_listeners.append(self._ring_for_jobs)
        parts.engine.end_listeners.append(lambda keys: self.ring([("end", key) for key in keys]))
        parts.engine.task_listeners.append(lambda keys: self.ring([("task", key) for key in keys]))

    @classmethod
    def here(cls) -> Self:
        room: Self = current_app.extensions[WAITING_ROOM]
        return room

    def seat(self) -> AbstractContextManager[Seat | None]:
        """A seat for the request that is being answered; None if too many wait."""
        return seat(self, self._parts.settings.threads // 2)

    def wait_for_jobs(self, look: Callable[[], Sequence[_T]], topic: Hashable, longest: timedelta) -> Sequence[_T]:
        """What `look` finds, as soon as it finds something; nothing if no seat is free or the time is over.

        The topic is JOB, or JOB_WITH_TOKEN for a worker that is also given those that are leased so, and the type.
        """
        if not longest:
            return look()
        with self.seat() as taken:
            return (taken.wait(topic, look, longest.total_seconds()) or ()) if taken else look()

    def _ring_for_jobs(self, types: Collection[str] | None) -> None:
        if types is None:
            self.ring_all()
        else:
            self.ring([(kind, type_) for type_ in types for kind in (JOB, JOB_WITH_TOKEN)])

    def _find(self, topics: Collection[Hashable]) -> Mapping[Hashable, float]:
        """In how many seconds a job can be had, or 0 for an instance that has ended, for a task that waits for none."""
        asked: dict[str, list[Any]] = defaultdict(list)
        for kind, name in cast("Collection[tuple[str, Any]]", topics):
            asked[kind].append(name)
        parts, found = self._parts, dict[Hashable, float]()
        with parts.database.read() as connection:
            for kind in (JOB, JOB_WITH_TOKEN):
                for types in _portions(asked[kind]):
                    free = free_jobs.next_free(connection, types, with_token=kind == JOB_WITH_TOKEN)
                    for type_, at in free.items():
                        # What lapses at this very instant is free a moment later.
                        found[kind, type_] = max((at - parts.engine.clock()).total_seconds() + 0.001, 0)
            for keys in _portions(asked["end"]):
                found |= {("end", key): 0.0 for key in process_instances.ended(connection, keys)}
            for keys in _portions(asked["task"]):
                found |= {("task", key): 0.0 for key in user_tasks.answered(connection, keys)}
        return found


def _portions(items: Sequence[_T]) -> Iterator[list[_T]]:
    rest = iter(items)
    while portion := list(islice(rest, _AT_ONCE)):
        yield portion
