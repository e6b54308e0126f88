"""How long elements of processes took, added up by day and month as they end: so no page counts them one by one."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from time import monotonic
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, delete, func, literal_column, select, update
from sqlalchemy.dialects import postgresql, sqlite

from service.clock import in_city
from service.store.tables import element_instance, element_span, matter, process_instance
from service.store.unit_of_work import Database

_HOUR, _DAY = 3_600, 86_400
# Where each stretch of lengths ends, in seconds: narrow where people read them, in hours and days. The first is what
# takes no time, as a gateway; the last has no end.
BOUNDS: Sequence[int] = (
    *(1, 60, 300, 900, 1_800),
    *(_HOUR * hours for hours in (1, 2, 4, 6, 8, 12, 16, 20)),
    *(_HOUR * hours for hours in (24, 36, 48, 60)),
    *(_DAY * days for days in (3, 4, 5, 6, 7, 8, 10, 12, 14, 17, 21, 25, 30, 45, 60, 90, 120, 180, 365)),
)

DAY, MONTH = "day", "month"
# What an element instance has by the matter that it belongs to, as it was when it was counted; each by months.
DIMENSIONS: Sequence[str] = ("unit", "area", "category")

_AT_ONCE, _MANY = 200, 100_000
# So many seconds of a tick at most: deadlines wait behind it.
_LONGEST = 2.0
_LOCK = 12350

_ELEMENT, _INSTANCE = element_instance.c, process_instance.c
_ENDED = _ELEMENT.ended_at.is_not(None)
# In the words of its index: SQLAlchemy would say it to SQLite in others, for which that is none.
UNCOUNTED = and_(_ENDED, literal_column("NOT element_instance.is_counted"))

# dimension, version, value, the first day of the span, element, stretch of lengths
Cell = tuple[str, int, str, date, str, int]


def count(database: Database) -> int:
    """Add up what has ended since; answers how many element instances those were. Goes on at the next tick."""
    done, end = 0, monotonic() + _LONGEST
    with database.glance() as connection:
        if connection.execute(select(_ELEMENT.key).where(UNCOUNTED).limit(1)).first() is None:
            return 0
    while monotonic() < end:
        with database.write() as connection:
            _alone(connection)
            # The flags and the numbers are one transaction: whatever stops this, each is counted once.
            found = connection.execute(_counted().where(UNCOUNTED).order_by(_ELEMENT.ended_at).limit(_AT_ONCE)).all()
            _sum(connection, found)
            these = _ELEMENT.key.in_([row.key for row in found])
            connection.execute(update(element_instance).where(these).values(is_counted=True))
        done += len(found)
        if len(found) < _AT_ONCE:
            break
    return done


def count_all(connection: Connection) -> None:
    """The same at once for all that there are, as after very many were written."""
    connection.execute(delete(element_span))
    last = 0
    while found := connection.execute(
        _counted().where(_ENDED, _ELEMENT.key > last).order_by(_ELEMENT.key).limit(_MANY)
    ).all():
        _sum(connection, found)
        last = found[-1].key
    connection.execute(update(element_instance).where(UNCOUNTED).values(is_counted=True))


def up_to(connection: Connection, at: datetime) -> datetime:
    """Until when all that has ended is counted."""
    first: datetime | None = connection.execute(select(func.min(_ELEMENT.ended_at)).where(UNCOUNTED)).scalar()
    return min(first, at) if first else at


def cells_of(connection: Connection, which: ColumnElement[bool]) -> Counter[Cell]:
    """What some element instances that have ended come to, counted one by one."""
    return _cells(connection.execute(_counted().where(_ENDED, which)))


def stretch(length: timedelta) -> int:
    return bisect_right(BOUNDS, length.total_seconds())


def _counted() -> Select[Any]:
    instance = process_instance.c
    return (
        select(
            _ELEMENT.key,
            _ELEMENT.element_id,
            _ELEMENT.started_at,
            _ELEMENT.ended_at,
            instance.definition_key,
            matter.c.unit_id,
            matter.c.area,
            matter.c.category_l1,
        )
        .join(process_instance, instance.key == _ELEMENT.instance_key)
        .outerjoin(matter, matter.c.instance_key == instance.root_key)
    )


def _cells(rows: Iterable[Row[Any]]) -> Counter[Cell]:
    found: Counter[Cell] = Counter()
    for row in rows:
        day, version, element = in_city(row.ended_at).date(), row.definition_key, row.element_id
        month, length = day.replace(day=1), stretch(row.ended_at - row.started_at)
        found[DAY, version, "", day, element, length] += 1
        found[MONTH, version, "", month, element, length] += 1
        for dimension, value in zip(DIMENSIONS, (row.unit_id, row.area, row.category_l1), strict=True):
            if value:
                found[dimension, version, value, month, element, length] += 1
    return found


def _sum(connection: Connection, rows: Iterable[Row[Any]]) -> None:
    # In one order, so that it is written from one end to the other.
    if cells := sorted(_cells(rows).items()):
        names = element_span.columns.keys()
        made: Any = (sqlite if connection.dialect.name == "sqlite" else postgresql).insert(element_span)
        more = {"number": element_span.c.number + made.excluded.number}
        statement = made.on_conflict_do_update(index_elements=list(element_span.primary_key), set_=more)
        connection.execute(statement, [dict(zip(names, (*cell, number), strict=True)) for cell, number in cells])


def after(month: date) -> date:
    """The first day of the month that follows."""
    return (month.replace(day=28) + timedelta(days=4)).replace(day=1)


def _alone(connection: Connection) -> None:
    """One process counts at a time."""
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(_LOCK)))
