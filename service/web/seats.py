"""A seat in the waiting room for one request: its thread sleeps there, or the front holds and repeats it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from flask import request
from werkzeug.exceptions import HTTPException

from service.web.waiting import Place, Room

_T = TypeVar("_T")

# Where the front puts the Held of a request that it can hold.
HELD = "hotline.held"
# So many requests are held at the same time.
MOST_HELD = 10_000


class Leaving(Protocol):
    """What has to be left when nobody is there any more."""

    @property
    def leave(self) -> Callable[[], None]: ...


class StandBy(HTTPException):
    """Nothing yet: the front repeats the request when it is called, or its time is over."""

    code = 204


@dataclass(eq=False)
class Held:
    """What the front and a request that is repeated tell each other.

    `call` (from any thread) has it repeated; `is_gone` is the client, `is_over` the time: no more waiting. `undo` is
    what is to be done if the client is gone when the answer is there.
    """

    call: Callable[[], None]
    seat: Seat | None = None
    stands_by_until: float | None = None
    is_gone: bool = False
    is_over: bool = False
    undo: Callable[[], None] | None = None
    # What goes on telling something after the answer; `streams.py` opens it.
    stream: Leaving | None = None

    def stand_by(self, until: float) -> None:
        self.stands_by_until = until
        raise StandBy

    def leave(self) -> None:
        if self.seat:
            self.seat.leave()
        if self.stream:
            self.stream.leave()


class Seat:
    """Waits for one thing; with it a request that is repeated does once what is to be done once."""

    def __init__(self, room: Room, place: Place, sleep: Callable[[float], None], held: Held | None = None) -> None:
        self._room, self._place, self._sleep, self._held = room, place, sleep, held
        self._until: float | None = None
        self._done: list[Any] = []

    def once(self, do: Callable[[], _T]) -> _T:
        """What it answered at the first time."""
        if not self._done:
            self._done.append(do())
        answer: _T = self._done[0]
        return answer

    def wait(self, topic: Hashable, look: Callable[[], _T | None], longest: float) -> _T | None:
        """What `look` finds when it is our turn, at once or later; None if the time, in seconds, is over."""
        if self._until is None:
            self._until = time.monotonic() + longest
            self._room.queue(self._place, topic)
        while True:
            if self._place.has_turn and not (self._held and self._held.is_gone):
                found = look()
                if found:
                    return found
                self._room.looked(self._place)
            if time.monotonic() >= self._until or (self._held and (self._held.is_over or self._held.is_gone)):
                return None
            self._sleep(self._until)

    def leave(self) -> None:
        self._room.leave(self._place)


def is_repeated() -> bool:
    """Whether the request has been here before and has been given a seat."""
    held: Held | None = request.environ.get(HELD)
    return held is not None and held.seat is not None


def if_gone(undo: Callable[[], None]) -> None:
    """What to do outside of the request if its answer finds nobody any more."""
    held: Held | None = request.environ.get(HELD)
    if held:
        held.undo = undo


@contextmanager
def seat(room: Room, threads: int) -> Iterator[Seat | None]:
    """A seat for this request; None if all are taken, which are so many if the thread has to sleep there."""
    held: Held | None = request.environ.get(HELD)
    if held:
        if held.seat is None:
            place = room.reserve(held.call, MOST_HELD)
            held.seat = Seat(room, place, held.stand_by, held) if place else None
        yield held.seat  # it is the front that leaves it
        return
    called = threading.Event()
    mine = room.reserve(called.set, threads)
    if mine is None:
        yield None
        return

    def sleep(until: float) -> None:
        called.wait(max(until - time.monotonic(), 0))
        called.clear()

    taken = Seat(room, mine, sleep)
    try:
        yield taken
    finally:
        taken.leave()
