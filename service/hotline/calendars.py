"""The city's own closures and confirmed years, and a calendar that knows them as they are now."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from datetime import date, datetime, time
from time import monotonic

from sqlalchemy import Connection, RowMapping, delete, insert, select, update

from service.calendar import Calendar
from service.clock import CITY_ZONE
from service.engine import Engine, timers
from service.errors import NotFound
from service.store.tables import calendar_closure, calendar_year
from service.store.unit_of_work import Database

KINDS = ("off", "work")
# How long another process may go on with what it read; a change made here is seen at once.
FRESH_SECONDS = 5.0
_WHOLE_CITY = ""


class LocalCalendar:
    """Working days as the administrators have set them, read again when they are no longer fresh."""

    def __init__(self, database: Database, *, fresh_seconds: float = FRESH_SECONDS) -> None:
        self._database, self._fresh = database, fresh_seconds
        self._lock = threading.Lock()
        self._calendar, self._read_at = Calendar(), float("-inf")

    def is_working_day(self, day: date) -> bool:
        return self._now().is_working_day(day)

    def add(self, day: date, count: int) -> date:
        return self._now().add(day, count)

    def between(self, start: date, end: date) -> int:
        return self._now().between(start, end)

    def is_provisional(self, day: date) -> bool:
        return self._now().is_provisional(day)

    def forget(self) -> None:
        """Read again before the next question."""
        self._read_at = float("-inf")

    def as_now(self) -> Calendar:
        """The same working days, whatever administrators set later."""
        return self._now()

    def _now(self) -> Calendar:
        if monotonic() - self._read_at > self._fresh:
            with self._lock:
                if monotonic() - self._read_at > self._fresh:
                    self._read()
        return self._calendar

    def _read(self) -> None:
        with self._database.read() as connection:
            closures = {row["day"]: row["kind"] for row in closures_of(connection)}
            confirmed = frozenset(connection.execute(select(calendar_year.c.year)).scalars())
        # A calendar that has not changed keeps the years that it has counted out.
        if (closures, confirmed) != (dict(self._calendar.closures), self._calendar.confirmed):
            self._calendar = Calendar(closures, confirmed)
        self._read_at = monotonic()


def closures_of(connection: Connection, year: int | None = None) -> Sequence[RowMapping]:
    """The days on which the city works otherwise than the country, by date."""
    query = select(calendar_closure).where(calendar_closure.c.division_code == _WHOLE_CITY)
    if year is not None:
        query = query.where(calendar_closure.c.day.between(date(year, 1, 1), date(year, 12, 31)))
    return connection.execute(query.order_by(calendar_closure.c.day)).mappings().all()


def close(connection: Connection, engine: Engine, day: date, kind: str, reason: str, *, by: str) -> None:
    """Say that a day is `off`, or `work`; again changes it."""
    mine = (calendar_closure.c.day == day) & (calendar_closure.c.division_code == _WHOLE_CITY)
    values = {"kind": kind, "reason": reason, "set_by": by, "set_at": engine.clock()}
    if not connection.execute(update(calendar_closure).where(mine).values(**values)).rowcount:
        connection.execute(insert(calendar_closure).values(day=day, division_code=_WHOLE_CITY, **values))
    _move_deadlines(connection, engine, day)


def reopen(connection: Connection, engine: Engine, day: date) -> None:
    """Leave a day as the country has it. Raises NotFound if it was not set."""
    mine = (calendar_closure.c.day == day) & (calendar_closure.c.division_code == _WHOLE_CITY)
    if not connection.execute(delete(calendar_closure).where(mine)).rowcount:
        raise NotFound(f"Nothing is set for {day}.")
    _move_deadlines(connection, engine, day)


def confirm(connection: Connection, engine: Engine, year: int, *, by: str) -> RowMapping:
    """Say that the working days of a year are final; answers since when, and who said so first."""
    mine = select(calendar_year).where(calendar_year.c.year == year)
    if connection.execute(mine).first() is None:
        connection.execute(insert(calendar_year).values(year=year, confirmed_at=engine.clock(), confirmed_by=by))
        _move_deadlines(connection, engine, date(year, 1, 1))
    return connection.execute(mine).mappings().one()


def confirmed(connection: Connection) -> Sequence[RowMapping]:
    return connection.execute(select(calendar_year).order_by(calendar_year.c.year)).mappings().all()


def _move_deadlines(connection: Connection, engine: Engine, since: date) -> None:
    """What is due before a day was counted without it."""
    timers.calendar_changed(connection, engine, datetime.combine(since, time(), CITY_ZONE))
