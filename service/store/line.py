"""A lock for which all stand in line: who lets go and wants it again at once comes last."""

from __future__ import annotations

import threading
from collections import deque
from types import TracebackType


class Line:
    """Passed on in the order in which it was asked for; a Lock goes to whoever is running, and that is its holder."""

    def __init__(self) -> None:
        self._changing = threading.Lock()
        self._is_held = False
        self._waiting: deque[threading.Lock] = deque()

    def is_awaited(self) -> bool:
        return self.waiting() > 0

    def waiting(self) -> int:
        """How many wait."""
        return len(self._waiting)

    def __enter__(self) -> None:
        with self._changing:
            if not self._is_held:
                self._is_held = True
                return
            turn = threading.Lock()
            turn.acquire()
            self._waiting.append(turn)
        try:
            turn.acquire()
        except BaseException:  # somebody stops the process by the keyboard
            self._give_up(turn)
            raise

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        with self._changing:
            self._pass_on()

    def _pass_on(self) -> None:
        if self._waiting:
            self._waiting.popleft().release()
        else:
            self._is_held = False

    def _give_up(self, turn: threading.Lock) -> None:
        with self._changing:
            if turn in self._waiting:
                self._waiting.remove(turn)
            else:
                self._pass_on()
