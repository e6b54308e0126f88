"""Who waits, by what they wait for: first come, first served, and one look at a time however many wait."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection, Hashable, Mapping
from dataclasses import dataclass, field

import structlog

log = structlog.get_logger()

# Looks for all who wait together are at least this many seconds apart.
_REST = 0.02

# In how many seconds (0: now) it is worth a look for each; those for whom it is not are left out.
LookUp = Callable[[Collection[Hashable]], Mapping[Hashable, float]]


@dataclass(eq=False, slots=True)
class Place:
    """Somebody who waits; `call` tells them, from any thread, that it is their turn to look."""

    call: Callable[[], None]
    topic: Hashable = None
    has_turn: bool = False


@dataclass(slots=True)
class _Queue:
    """Those who wait for the same, in the order in which they came; a dict because they leave from anywhere."""

    places: dict[Place, None] = field(default_factory=dict)
    turn: Place | None = None
    rung: bool = False  # while somebody was looking
    is_known: bool = False  # whether `due` is as of now
    due: float = float("inf")


class Room:
    """Only the first in a queue looks, when the bell rings for it; one who finds something calls the next.

    `look_up` is asked by a thread of the room for all queues together: for those that have looked in vain, so that
    what becomes due is not missed, and `again` after so many seconds, where others write to the store unheard.
    """

    def __init__(self, look_up: LookUp, again: float = float("inf")) -> None:
        self._look_up, self._again = look_up, again
        self._changed = threading.Condition(threading.RLock())
        self._queues: dict[Hashable, _Queue] = {}
        self._thread: threading.Thread | None = None
        self.seated = 0

    def reserve(self, call: Callable[[], None], most: int) -> Place | None:
        """A place that waits for nothing yet; None if so many are taken. Whoever has one must leave it."""
        with self._changed:
            if self.seated >= most:
                return None
            self.seated += 1
            return Place(call)

    def queue(self, place: Place, topic: Hashable) -> None:
        """Wait for this; who is alone has the turn at once."""
        with self._changed:
            place.topic = topic
            queue = self._queues.setdefault(topic, _Queue())
            queue.places[place] = None
            if len(queue.places) == 1:
                queue.turn, place.has_turn = place, True

    def looked(self, place: Place) -> None:
        """It was in vain."""
        with self._changed:
            queue = self._queues.get(place.topic)
            if queue is None or queue.turn is not place:
                return
            queue.turn, place.has_turn = None, False
            if queue.rung:
                self._call_first(queue)
            else:
                queue.is_known = False
                self._watch()

    def leave(self, place: Place) -> None:
        """For good; if it was their turn, it is the next one's."""
        with self._changed:
            if place.call is _left:
                return
            place.call = _left
            self.seated -= 1
            queue = self._queues.get(place.topic)
            if queue is not None and place in queue.places:
                del queue.places[place]
                if not queue.places:
                    del self._queues[place.topic]
                elif queue.turn is place:
                    self._call_first(queue)
            self._changed.notify()

    def ring(self, topics: Collection[Hashable]) -> None:
        """There may be something for those who wait for these."""
        with self._changed:
            for topic in topics:
                queue = self._queues.get(topic)
                if queue is None:
                    continue
                if queue.turn:
                    queue.rung = True
                else:
                    self._call_first(queue)

    def ring_all(self) -> None:
        """There may be something for anybody: one look tells for whom."""
        with self._changed:
            for queue in self._queues.values():
                queue.rung = queue.rung or queue.turn is not None
                queue.is_known = False
            self._watch()

    def _call_first(self, queue: _Queue) -> None:
        first = next(iter(queue.places))
        queue.turn, queue.rung, first.has_turn = first, False, True
        first.call()

    # The thread that looks for all ----------------------------------------------------------------------------------

    def _watch(self) -> None:
        """Have the thread look; it lives while there is somebody to look for."""
        if self._thread is None and self._queues:
            self._thread = threading.Thread(target=self._look_for_all, name="waiting-room", daemon=True)
            self._thread.start()
        self._changed.notify()

    def _look_for_all(self) -> None:
        looked = 0.0
        while True:
            with self._changed:
                asked = self._to_ask(looked)
                if asked is None:
                    self._thread = None
                    return
            # Outside of the lock: nobody waits for this look who has not asked for it.
            looked = time.monotonic()
            try:
                found = self._look_up(asked)
            except Exception:
                log.exception("look-failed")
                found = dict.fromkeys(asked, 1.0)
            with self._changed:
                for topic in asked:
                    self._note(topic, looked, found.get(topic))
                self._changed.wait(_REST)

    def _to_ask(self, looked: float) -> list[Hashable] | None:
        """Sleep until something is to be looked for; None when nobody waits any more."""
        while self._queues:
            now = time.monotonic()
            idle = {topic: queue for topic, queue in self._queues.items() if not queue.turn}
            if idle and now >= looked + self._again:
                return list(idle)
            unknown = [topic for topic, queue in idle.items() if not queue.is_known]
            if unknown:
                for topic in unknown:
                    idle[topic].is_known = True  # what rings from now on makes it unknown again
                return unknown
            due = [topic for topic, queue in idle.items() if queue.due <= now]
            if due:
                self.ring(due)
                continue
            until = min((queue.due for queue in idle.values()), default=float("inf"))
            until = min(until, looked + self._again if idle else until)
            self._changed.wait(None if until == float("inf") else until - now)
        return None

    def _note(self, topic: Hashable, looked: float, rest: float | None) -> None:
        queue = self._queues.get(topic)
        if queue is None or queue.turn:
            return
        queue.due = float("inf") if rest is None else looked + rest
        if queue.due <= looked:
            self._call_first(queue)


def _left() -> None:
    """Calls nobody: who was to be called has left."""
