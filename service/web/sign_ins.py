"""Sign-ins, told to auditors: who was let in and how, and what failed, without the name that was tried."""

from __future__ import annotations

import hashlib
import threading
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from flask import current_app

from service.engine import audit
from service.web import here

# Clients sign in with each request: that is told once an hour.
_AGAIN = timedelta(hours=1)
# Who tries passwords by the thousand must not make us write as often; what is not told is counted.
_BETWEEN_FAILURES = timedelta(seconds=1)
_MOST = 1_000
_KEPT = "hotline.sign-ins"


@dataclass
class _Told:
    """What was told lately, by this process."""

    let_in: dict[tuple[str, str], datetime] = field(default_factory=dict)
    failed: dict[tuple[str, str], tuple[datetime, int]] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def is_new(self, who: str, how: str, at: datetime) -> bool:
        with self.lock:
            last = self.let_in.get((who, how))
            if last is not None and timedelta(0) <= at - last < _AGAIN:
                return False
            if len(self.let_in) >= _MOST:
                self.let_in.clear()
            self.let_in[who, how] = at
            return True

    def failures(self, name: str, how: str, at: datetime) -> int:
        """How many there were since they were told last; 0 while they are only counted."""
        with self.lock:
            last, untold = self.failed.get((name, how), (None, 0))
            if last is not None and timedelta(0) <= at - last < _BETWEEN_FAILURES:
                self.failed[name, how] = (last, untold + 1)
                return 0
            if len(self.failed) >= _MOST:
                self.failed.clear()
            self.failed[name, how] = (at, 0)
            return untold + 1


def succeeded(person_id: str, how: str) -> None:
    """Somebody was let in by `how`: basic, bearer, …"""
    parts = here()
    at = parts.engine.clock()
    if _told().is_new(person_id, how, at):
        with parts.database.write() as connection:
            audit.record(connection, at, "sign-in", who=person_id, how=how)


def ended(person_id: str) -> None:
    """Somebody has signed out."""
    parts = here()
    with parts.database.write() as connection:
        audit.record(connection, parts.engine.clock(), "sign-out", who=person_id)


def failed(how: str, name: str = "") -> None:
    """Nobody was let in. The name may be a password that was typed in the wrong place: no more of it is kept than
    tells whether it is the same again."""
    parts = here()
    at = parts.engine.clock()
    mark = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:8] if name else ""
    if times := _told().failures(mark, how, at):
        with parts.database.write() as connection:
            audit.record(connection, at, "sign-in-failed", who="", how=how, name_hash=mark, times=times)


def _told() -> _Told:
    told: _Told = current_app.extensions.setdefault(_KEPT, _Told())
    return told
