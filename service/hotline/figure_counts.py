"""The counts of days: what matters that are over come to, so that no year is counted matter by matter."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from functools import cache
from itertools import groupby
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Date,
    Select,
    and_,
    cast,
    delete,
    func,
    insert,
    literal,
    literal_column,
    or_,
    select,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite

from service.hotline import kpis
from service.hotline.kpis import Figure
from service.store.queries import unsought
from service.store.tables import figure_day, figure_rule, matter_fact
from service.store.unit_of_work import Database

# Dimension → the fact whose values it has; of all matters together the value is empty.
DIMENSIONS: Mapping[str, str | None] = {
    "all": None,
    "unit": "unit_id",
    "division": "division",
    "channel": "channel",
    "category": "category",
    "type": "matter_type",
}
# In the words of the index of those facts: SQLAlchemy would say it to SQLite in others, for which that is none.
UNCOUNTED: ColumnElement[bool] = literal_column("NOT matter_fact.is_counted")
_AT_ONCE = 500
_LIMITS = ("sign_in_by", "contact_by", "deadline_at")
_LOCK = 12349

# (numerator, denominator) by figure.
Counted = dict[str, tuple[int, int]]


def count(database: Database, at: datetime) -> int:
    """Add up those matters that are over, and whose limits too; answers how many those were."""
    done = 0
    with database.glance() as connection:
        waiting = select(matter_fact.c.number).where(UNCOUNTED, _is_over(at)).limit(1)
        if connection.execute(waiting).first() is None:
            return 0
    while True:
        with database.write() as connection:
            _alone(connection)
            facts = matter_fact.c
            query = select(facts.number).where(UNCOUNTED, _is_over(at)).limit(_AT_ONCE)
            if not database.is_sqlite:
                query = query.with_for_update()
            numbers = connection.execute(query).scalars().all()
            _add(connection, facts.number.in_(numbers), at)
            connection.execute(update(matter_fact).where(facts.number.in_(numbers)).values(is_counted=True))
        done += len(numbers)
        if len(numbers) < _AT_ONCE:
            return done


def count_all(connection: Connection, at: datetime) -> None:
    """The same at once for all that there are, as after very many were written."""
    forget(connection)
    _add(connection, _is_over(at), at)
    connection.execute(update(matter_fact).where(_is_over(at)).values(is_counted=True))


def take_back(connection: Connection, number: str) -> None:
    """Count a matter no more: something changes in it."""
    mine = and_(matter_fact.c.number == number, matter_fact.c.is_counted)
    # What is over does not depend on the instant any more.
    received = connection.execute(select(matter_fact.c.closed_at).where(mine)).scalar()
    if received is not None:
        _add(connection, mine, datetime.max.replace(year=9998, tzinfo=received.tzinfo), sign=-1)
        connection.execute(update(matter_fact).where(mine).values(is_counted=False))


def forget(connection: Connection) -> None:
    """Count nothing any more."""
    connection.execute(delete(figure_day))
    connection.execute(update(matter_fact).where(matter_fact.c.is_counted).values(is_counted=False))


def know_rules(database: Database) -> None:
    """Forget what was counted by other definitions than those of now; it is counted anew."""
    with database.read() as connection:
        known = connection.execute(select(figure_rule.c.checksum)).scalar()
    if known != kpis.checksum():
        with database.write() as connection:
            forget(connection)
            connection.execute(delete(figure_rule))
            connection.execute(insert(figure_rule).values(checksum=kpis.checksum()))


def of_facts(
    connection: Connection,
    which: ColumnElement[bool],
    begin: datetime | None,
    end: datetime | None,
    by: str,
    at: datetime,
    figures: Iterable[Figure],
    *,
    are_few: bool = False,
) -> dict[str, Counted]:
    """Figures counted matter by matter, for each value of a dimension; `are_few`: `which` has an index of its own."""
    found: dict[str, Counted] = defaultdict(dict)
    for instant, same in groupby(sorted(figures, key=lambda one: one.at), key=lambda one: one.at):
        group = list(same)
        moment = matter_fact.c[instant]
        is_walked = are_few and connection.dialect.name == "sqlite"
        sought = unsought(moment, is_sqlite=is_walked)
        query = _sums(group, by, is_walked=is_walked).where(which, sought.is_not(None))
        if begin is not None:
            query = query.where(sought >= begin)
        if end is not None:
            query = query.where(sought < end)
        for row in connection.execute(query, kpis.asked_at(at)):
            for place, one in enumerate(group):
                found[row[0]][one.id] = (row[1 + 2 * place] or 0, row[2 + 2 * place] or 0)
    return found


def by_day(
    connection: Connection, which: ColumnElement[bool], dimension: str, at: datetime, figures: Iterable[Figure]
) -> Iterator[tuple[str, date, str, int, int]]:
    """Value, day, figure, numerator and denominator of matters, but where both are nothing."""
    for instant, same in groupby(sorted(figures, key=lambda one: one.at), key=lambda one: one.at):
        group, moment = list(same), matter_fact.c[instant]
        query = _sums(group, dimension, is_walked=False).add_columns(_day(connection, moment).label("day"))
        query = query.where(which, moment.is_not(None)).group_by(literal_column("day"))
        for row in connection.execute(query, kpis.asked_at(at)):
            for place, one in enumerate(group):
                numerator, denominator = row[1 + 2 * place] or 0, row[2 + 2 * place] or 0
                if numerator or denominator:
                    yield row[0], row.day, one.id, numerator, denominator


def of_days(
    connection: Connection,
    dimension: str,
    values: ColumnElement[bool],
    begin: date,
    end: date,
    figures: Iterable[Figure],
) -> dict[str, Counted]:
    """Figures from the counts of days, for each value of a dimension; both days are counted."""
    days, found = figure_day.c, defaultdict[str, Counted](dict)
    query = (
        select(days.value, days.figure, func.sum(days.numerator), func.sum(days.denominator))
        .where(days.dimension == dimension, days.figure.in_([one.id for one in figures]), days.day.between(begin, end))
        .where(values)
        .group_by(days.value, days.figure)
    )
    for value, figure, numerator, denominator in connection.execute(query):
        found[value][figure] = (int(numerator), int(denominator))
    return found


def _add(connection: Connection, which: ColumnElement[bool], at: datetime, sign: int = 1) -> None:
    added = [
        (dimension, *told)
        for dimension in DIMENSIONS
        for told in by_day(connection, which, dimension, at, kpis.shipped().values())
    ]
    if added:
        # In one order, so that two who add at once do not wait for each other.
        names = ("dimension", "value", "day", "figure")
        rows = [dict(zip(names, one[:4], strict=True)) | _signed(sign, *one[4:]) for one in sorted(added)]
        connection.execute(_more(connection.dialect.name), rows)


def _signed(sign: int, numerator: int, denominator: int) -> dict[str, int]:
    return {"numerator": sign * numerator, "denominator": sign * denominator}


def _sums(figures: Iterable[Figure], dimension: str, *, is_walked: bool) -> Select[Any]:
    """The value of the dimension, and for each figure its numerator and its denominator."""
    fact = DIMENSIONS[dimension]
    value = matter_fact.c[fact] if fact else literal("")
    columns: list[Any] = []
    for one in figures:
        columns += [func.sum(one.numerator), literal(0) if one.denominator is None else func.sum(one.denominator)]
    query = select(value.label("value"), *columns).select_from(matter_fact)
    return query.group_by(unsought(value, is_sqlite=is_walked)) if fact else query


def _is_over(at: datetime) -> ColumnElement[bool]:
    facts = matter_fact.c
    limits = (or_(facts[name].is_(None), facts[name] <= at) for name in _LIMITS)
    return and_(facts.closed_at.is_not(None), *limits)


def _day(connection: Connection, moment: ColumnElement[Any]) -> ColumnElement[date]:
    """The day of the city: eight hours ahead all the year, since long before there were hotlines."""
    if connection.dialect.name == "sqlite":
        return func.date(moment, "+8 hours", type_=Date)
    return cast(func.timezone("Asia/Shanghai", moment), Date)


@cache
def _more(dialect: str) -> Any:
    made: Any = (sqlite if dialect == "sqlite" else postgresql).insert(figure_day)
    more = {name: figure_day.c[name] + made.excluded[name] for name in ("numerator", "denominator")}
    return made.on_conflict_do_update(index_elements=list(figure_day.primary_key), set_=more)


def _alone(connection: Connection) -> None:
    """One process counts at a time."""
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(_LOCK)))
