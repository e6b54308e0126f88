"""Requests that wait for a job: a few at once, told when a step is committed, holding no connection meanwhile."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection, Sequence
from datetime import timedelta
from typing import Any, Self, TypeVar

from flask import current_app
from sqlalchemy import func, select

from service.engine import Engine
from service.store.tables import job
from service.store.unit_of_work import Database
from service.web import Hotline

_T = TypeVar("_T")

WAITING_ROOM = "hotline.waiting_room"

# Processes beside this one commit unheard; so on a store of many, look again at least this often.
_LOOK_AGAIN = timedelta(seconds=1)


class WaitingRoom:
    """Seats for waiting requests: never so many that the others find no thread."""

    def __init__(self, parts: Hotline) -> None:
        self._database: Database = parts.database
        self._engine: Engine = parts.engine
        self._seats = parts.settings.threads // 2
        self._told = threading.Condition()
        self._tellings = 0
        self.seated = 0
        parts.engine.listeners.append(self.tell)

    @classmethod
    def here(cls) -> Self:
        room: Self = current_app.extensions[WAITING_ROOM]
        return room

    def tell(self) -> None:
        """There may be work: everybody looks."""
        with self._told:
            self._tellings += 1
            self._told.notify_all()

    def wait_for(self, look: Callable[[], Sequence[_T]], types: Collection[str], longest: timedelta) -> Sequence[_T]:
        """What `look` finds, as soon as it finds something; nothing if no seat is free or the time is over."""
        found = look()
        if found or not longest or not self._take_seat():
            return found
        try:
            return self._sit(look, types, time.monotonic() + longest.total_seconds())
        finally:
            with self._told:
                self.seated -= 1

    def _take_seat(self) -> bool:
        with self._told:
            is_free = self.seated < self._seats
            self.seated += is_free
        return is_free

    def _sit(self, look: Callable[[], Sequence[Any]], types: Collection[str], until: float) -> Sequence[Any]:
        while True:
            seen = self._tellings
            found = look()
            rest = until - time.monotonic()
            if found or rest <= 0:
                return found
            rest = min(rest, self._next_due(types))
            with self._told:
                if self._tellings == seen:
                    self._told.wait(rest)

    def _next_due(self, types: Collection[str]) -> float:
        """In how many seconds a job that backs off, or whose lease lapses, can be had."""
        mine = job.c.type.in_(types)
        ready = select(func.min(job.c.due_at)).where(mine, job.c.state == "READY")
        lapsing = select(func.min(job.c.locked_until)).where(mine, job.c.state == "LOCKED")
        with self._database.read() as connection:
            instants = [connection.execute(query).scalar() for query in (ready, lapsing)]
        rests = [(instant - self._engine.clock()).total_seconds() + 0.001 for instant in instants if instant]
        if not self._database.is_sqlite:
            rests.append(_LOOK_AGAIN.total_seconds())
        return max(min(rests, default=float(threading.TIMEOUT_MAX)), 0.001)
