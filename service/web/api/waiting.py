"""Requests that wait for a job or for an end: a few at once, told of steps, holding no connection meanwhile."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import Self, TypeVar

from flask import current_app
from sqlalchemy import func, select

from service.engine import Engine
from service.store.tables import job
from service.store.unit_of_work import Database
from service.web import Hotline

_T = TypeVar("_T")

WAITING_ROOM = "hotline.waiting_room"

# How long a request waits that does not say, and at the longest.
DEFAULT_WAIT = timedelta(seconds=10)
LONGEST_WAIT = timedelta(seconds=60)

# Processes beside this one commit unheard; so on a store of many, look again at least this often.
_LOOK_AGAIN = timedelta(seconds=1)
_LONG = float(threading.TIMEOUT_MAX)


def wait_asked(milliseconds: int | None) -> timedelta:
    """How long a request may wait: its `requestTimeout`, below 0 not at all, 0 or none for the time usual here."""
    if not milliseconds:
        return DEFAULT_WAIT
    return min(timedelta(milliseconds=max(milliseconds, 0)), LONGEST_WAIT)


class _Bell:
    """What has been rung between a look and the wait after it is not missed."""

    def __init__(self) -> None:
        self._rung = threading.Condition()
        self.times = 0

    def ring(self) -> None:
        with self._rung:
            self.times += 1
            self._rung.notify_all()

    def wait(self, heard: int, longest: float) -> None:
        """Until it is rung once more than `heard` times, or for so many seconds."""
        with self._rung:
            if self.times == heard:
                self._rung.wait(longest)


class WaitingRoom:
    """Seats for waiting requests: never so many that the others find no thread."""

    def __init__(self, parts: Hotline) -> None:
        self._database: Database = parts.database
        self._engine: Engine = parts.engine
        self._seats = parts.settings.threads // 2
        self._counting = threading.Lock()
        self.seated = 0
        self._work, self._ends = _Bell(), _Bell()
        parts.engine.listeners.append(self._work.ring)
        parts.engine.end_listeners.append(self._ends.ring)

    @classmethod
    def here(cls) -> Self:
        room: Self = current_app.extensions[WAITING_ROOM]
        return room

    @contextmanager
    def seat(self) -> Iterator[bool]:
        """Whether there is a seat; it is kept to the end of the block."""
        with self._counting:
            is_free = self.seated < self._seats
            self.seated += is_free
        try:
            yield is_free
        finally:
            with self._counting:
                self.seated -= is_free

    def wait_for_jobs(
        self, look: Callable[[], Sequence[_T]], types: Collection[str], longest: timedelta
    ) -> Sequence[_T]:
        """What `look` finds, as soon as it finds something; nothing if no seat is free or the time is over."""
        found = look()
        if found or not longest:
            return found
        with self.seat() as is_free:
            return self._sit(self._work, look, longest, lambda: self._next_due(types)) if is_free else found

    def wait_for_end(self, look: Callable[[], _T | None], longest: timedelta) -> _T | None:
        """What `look` finds once an instance has ended; None if the time is over. Who calls has a seat."""
        return self._sit(self._ends, look, longest, lambda: _LONG)

    def _sit(self, bell: _Bell, look: Callable[[], _T], longest: timedelta, next_due: Callable[[], float]) -> _T:
        until = time.monotonic() + longest.total_seconds()
        while True:
            heard = bell.times
            found = look()
            rest = until - time.monotonic()
            if found or rest <= 0:
                return found
            rest = min(rest, next_due())
            if not self._database.is_sqlite:
                rest = min(rest, _LOOK_AGAIN.total_seconds())
            bell.wait(heard, rest)

    def _next_due(self, types: Collection[str]) -> float:
        """In how many seconds a job that backs off, or whose lease lapses, can be had."""
        mine = job.c.type.in_(types)
        ready = select(func.min(job.c.due_at)).where(mine, job.c.state == "READY")
        lapsing = select(func.min(job.c.locked_until)).where(mine, job.c.state == "LOCKED")
        with self._database.read() as connection:
            instants = [connection.execute(query).scalar() for query in (ready, lapsing)]
        rests = [(instant - self._engine.clock()).total_seconds() + 0.001 for instant in instants if instant]
        return max(min(rests, default=_LONG), 0.001)
