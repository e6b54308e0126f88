"""The background tick: messages that met their subscription unseen, due timers, due jobs, audit chain, day counts."""

from __future__ import annotations

import threading
from datetime import date, timedelta

import structlog
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler

from service.clock import in_city, now
from service.engine import Engine, audit, audit_anchors, batches, due, jobs, messages, timers
from service.engine.audit_anchors import Anchoring
from service.hotline import figure_counts, heat_counts
from service.store import statistics
from service.store.unit_of_work import Database

log = structlog.get_logger()

# How often messages whose time is over are removed, and the store is looked at whether it has grown.
_TIDY = timedelta(hours=1)
# How often what has happened is sealed into the audit chain: each time costs a write to the disk.
_SEAL = timedelta(seconds=5)
# How often matters that are over are added up for figures, and elements that have ended for the heat of their diagram.
_COUNT = timedelta(minutes=1)
# Two steps that commit at once wake the tick once.
_SOON = timedelta(milliseconds=1)


class Worker:
    """One APScheduler job, which moves itself to the next instant at which something is due."""

    def __init__(
        self, database: Database, engine: Engine, *, longest: timedelta, anchoring: Anchoring | None = None
    ) -> None:
        self._database, self._engine, self._longest = database, engine, longest
        self._anchoring = anchoring or Anchoring()
        self._lock = threading.Lock()
        self._busy = self._asked = False
        self._tidied = self._sealed = self._counted = engine.clock()
        self._anchored: date | None = None
        self._learnt_pages = 0
        self._scheduler = BackgroundScheduler(
            executors={"default": ThreadPoolExecutor(1)},
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
            timezone="UTC",
        )

    def start(self) -> None:
        """Tick from now on, whenever something is due or a step tells that it made work."""
        if self._database.is_sqlite:
            with self._database.write() as connection:
                jobs.release(connection)
        self._scheduler.start()
        self._engine.listeners.append(self.wake)
        self.wake()

    def stop(self) -> None:
        """Stop after the tick that is running, if one is."""
        self._engine.listeners.remove(self.wake)
        self._scheduler.shutdown(wait=True)

    def wake(self) -> None:
        """Look soon; a tick that is running looks once more."""
        with self._lock:
            self._asked = True
            if not self._busy:
                self._at(_SOON)

    def tick(self) -> timedelta:
        """Do all that is due; answers how long nothing more is."""
        if self._engine.clock() - self._tidied >= _TIDY:
            self._tidied = self._engine.clock()
            with self._database.write() as connection:
                messages.expire(connection, self._engine)
            self._learnt_pages = statistics.learn(self._database, self._learnt_pages)
        rest = self._look()
        while rest <= timedelta(0) and self._work():
            rest = self._look()
        if self._engine.clock() - self._sealed >= _SEAL:
            self._audit()
        if self._engine.clock() - self._counted >= _COUNT:
            self._counted = self._engine.clock()
            figure_counts.count(self._database, self._counted)
            heat_counts.count(self._database)
        return min(max(rest, timedelta(0)), self._longest)

    def _look(self) -> timedelta:
        """One look at all that may be due, which is all that an idle tick costs; answers how long nothing is."""
        with self._database.glance() as connection:
            found = due.look(connection, self._engine)
        if found.has_messages and self._catch_up():
            return timedelta(0)
        if found.has_batches:
            return timedelta(0)
        return found.at - self._engine.clock() if found.at else self._longest

    def _catch_up(self) -> int:
        with self._database.read() as connection:
            unseen = messages.unseen(connection, self._engine)
        return messages.catch_up(self._database, self._engine, unseen)

    def _work(self) -> int:
        counted = timers.recount(self._database, self._engine)
        counted += timers.sweep(self._database, self._engine) + jobs.run_due(self._database, self._engine)
        return counted + batches.run(self._database, self._engine)

    def _audit(self) -> None:
        """Seal what has happened, and keep yesterday's anchor once today has begun."""
        self._sealed = at = self._engine.clock()
        try:
            audit.seal(self._database)
            today = in_city(at).date()
            if today != self._anchored:
                audit_anchors.keep_daily(self._database, at, self._anchoring)
                self._anchored = today
        except Exception:
            # No deadline must wait for this. It is tried again in a few seconds, and told again.
            log.exception("audit-failed")

    def _tick(self) -> None:
        with self._lock:
            self._busy, self._asked = True, False
        rest = self._longest
        try:
            rest = self.tick()
        except Exception:
            # The next tick tries again; whatever was half done has been rolled back.
            log.exception("tick-failed")
        finally:
            with self._lock:
                self._busy = False
                self._at(_SOON if self._asked else max(rest, _SOON))

    def _at(self, rest: timedelta) -> None:
        if self._scheduler.running:
            self._scheduler.add_job(self._tick, "date", run_date=now() + rest, id="tick", replace_existing=True)
