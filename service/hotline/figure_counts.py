"""The counts of days, and of pairs by thirds of months: so no year is counted one by one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import cache
from itertools import combinations, groupby, pairwise
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Date,
    Select,
    Table,
    and_,
    case,
    cast,
    delete,
    extract,
    func,
    insert,
    literal,
    literal_column,
    select,
    type_coerce,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite

from service.hotline import kpis
from service.hotline.countable import CALLS, DIMENSIONS, MATTERS, Countable
from service.hotline.kpis import Figure
from service.store.queries import unsought
from service.store.tables import figure_day, figure_rule, figure_third
from service.store.unit_of_work import Database

PAIRS: Sequence[tuple[str, str]] = list(combinations([one for one, fact in DIMENSIONS.items() if fact], 2))
# The days of a month on which its thirds begin.
_THIRDS = (1, 11, 21)
_AT_ONCE = 500
_LOCK = 12349
_OF_DAYS = (MATTERS, CALLS)

# (numerator, denominator) by figure.
Counted = dict[str, tuple[int, int]]


def count(database: Database, at: datetime) -> int:
    """Add up what is over, and whose limits too; answers how many those were."""
    return sum(_count(database, one, at) for one in _OF_DAYS)


def _count(database: Database, what: Countable, at: datetime) -> int:
    done, query = 0, select(what.key).where(what.uncounted, what.is_over(at))
    with database.glance() as connection:
        if connection.execute(query.limit(1)).first() is None:
            return 0
    query = query.limit(_AT_ONCE)
    while True:
        with database.write() as connection:
            _alone(connection)
            found = connection.execute(query if database.is_sqlite else query.with_for_update()).scalars().all()
            these = what.key.in_(found)
            _add(connection, what, these, at)
            connection.execute(update(what.table).where(these).values(is_counted=True))
        done += len(found)
        if len(found) < _AT_ONCE:
            return done


def count_all(connection: Connection, at: datetime) -> None:
    """The same at once for all that there are, as after very many were written."""
    forget(connection)
    for one in _OF_DAYS:
        _add(connection, one, one.is_over(at), at)
        connection.execute(update(one.table).where(one.is_over(at)).values(is_counted=True))


def take_back(connection: Connection, what: Countable, key: str) -> None:
    """Count one no more: something changes in it."""
    mine = and_(what.key == key, what.table.c.is_counted)
    if connection.execute(select(what.key).where(mine)).first() is not None:
        # What is over does not depend on the instant any more.
        _add(connection, what, mine, datetime.max.replace(year=9998, tzinfo=UTC), sign=-1)
        connection.execute(update(what.table).where(mine).values(is_counted=False))


def forget(connection: Connection) -> None:
    """Count nothing any more."""
    connection.execute(delete(figure_day))
    connection.execute(delete(figure_third))
    for one in _OF_DAYS:
        connection.execute(update(one.table).where(one.table.c.is_counted).values(is_counted=False))


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
    what: Countable,
    which: ColumnElement[bool],
    begin: datetime | None,
    end: datetime | None,
    by: str,
    at: datetime,
    figures: Iterable[Figure],
    *,
    are_few: bool = False,
) -> dict[str, Counted]:
    """Figures counted one by one, for each value of a dimension; `are_few`: `which` has an index of its own."""
    found: dict[str, Counted] = defaultdict(dict)
    for instant, same in groupby(sorted(figures, key=lambda one: one.at), key=lambda one: one.at):
        group = list(same)
        moment = what.facts.c[instant]
        is_walked = are_few and connection.dialect.name == "sqlite"
        sought = unsought(moment, is_sqlite=is_walked)
        query = _sums(what, group, (by,), is_walked=is_walked).where(which, sought.is_not(None))
        if begin is not None:
            query = query.where(sought >= begin)
        if end is not None:
            query = query.where(sought < end)
        for row in connection.execute(query, kpis.asked_at(at)):
            for place, one in enumerate(group):
                found[row[0]][one.id] = (row[1 + 2 * place] or 0, row[2 + 2 * place] or 0)
    return found


def by_day(
    connection: Connection,
    what: Countable,
    which: ColumnElement[bool],
    dimensions: Sequence[str],
    at: datetime,
    figures: Iterable[Figure],
    *,
    are_few: bool = False,
) -> Iterator[tuple[Any, ...]]:
    """The values, the day (of two dimensions: the first of a third), the figure, numerator and denominator, but where
    both are nothing."""
    is_walked = are_few and connection.dialect.name == "sqlite"
    part = _third if len(dimensions) > 1 else _day
    for instant, same in groupby(sorted(figures, key=lambda one: one.at), key=lambda one: one.at):
        group, moment = list(same), what.facts.c[instant]
        query = _sums(what, group, dimensions, is_walked=is_walked).add_columns(part(connection, moment).label("day"))
        query = query.where(which, unsought(moment, is_sqlite=is_walked).is_not(None)).group_by(literal_column("day"))
        for *told, day in connection.execute(query, kpis.asked_at(at)):
            values, sums = told[: len(dimensions)], iter(told[len(dimensions) :])
            for one, numerator, denominator in zip(group, sums, sums, strict=True):
                if numerator or denominator:
                    yield (*values, day, one.id, numerator or 0, denominator or 0)


def of_days(
    connection: Connection,
    dimension: str,
    values: ColumnElement[bool],
    begin: date,
    end: date,
    figures: Iterable[Figure],
) -> dict[str, Counted]:
    """Figures from the counts of days, for each value of a dimension; both days are counted."""
    days = figure_day.c
    which = and_(days.dimension == dimension, days.day.between(begin, end), values)
    return _added(connection, figure_day, days.value, which, figures)


def of_thirds(
    connection: Connection,
    pair: tuple[str, str],
    by: str,
    values: ColumnElement[bool],
    begin: date,
    end: date,
    figures: Iterable[Figure],
) -> dict[str, Counted]:
    """Figures from the counts of thirds of months, for each value of one of a pair of dimensions, or of all ("")."""
    thirds = figure_third.c
    value = columns_of_pair(pair)[by] if by in pair else literal("")
    which = and_(thirds.dimensions == " ".join(pair), thirds.begins_on.between(begin, end), values)
    return _added(connection, figure_third, value, which, figures)


def columns_of_pair(pair: tuple[str, str]) -> Mapping[str, ColumnElement[Any]]:
    """Where each dimension of a pair has its value among the thirds."""
    return {pair[0]: figure_third.c.value, pair[1]: figure_third.c.other}


def whole_thirds(begin: date, end: date) -> tuple[date, date] | None:
    """The first and the last day of the thirds of months that lie between two days; None where none does."""
    first = begin if begin.day in _THIRDS else _next_third(begin)
    after = _next_third(end)
    if after - timedelta(days=1) != end:
        after = max(end.replace(day=day) for day in _THIRDS if day <= end.day)
    return (first, after - timedelta(days=1)) if first < after else None


def _next_third(day: date) -> date:
    later = next((one for one in _THIRDS if one > day.day), None)
    return day.replace(day=later) if later else (day.replace(day=28) + timedelta(days=4)).replace(day=1)


def _added(
    connection: Connection,
    table: Table,
    value: ColumnElement[Any],
    which: ColumnElement[bool],
    figures: Iterable[Figure],
) -> dict[str, Counted]:
    found = defaultdict[str, Counted](dict)
    counts = table.c
    query = (
        select(value.label("of_value"), counts.figure, func.sum(counts.numerator), func.sum(counts.denominator))
        .where(which, counts.figure.in_([one.id for one in figures]))
        .group_by(literal_column("of_value"), counts.figure)
    )
    for of_value, figure, numerator, denominator in connection.execute(query):
        found[of_value][figure] = (int(numerator), int(denominator))
    return found


def _add(connection: Connection, what: Countable, which: ColumnElement[bool], at: datetime, sign: int = 1) -> None:
    figures = kpis.by_countable(kpis.shipped().values()).get(what, [])

    def told(*dimensions: str) -> Iterator[tuple[Any, ...]]:
        return by_day(connection, what, which, dimensions, at, figures) if what.has(dimensions) else iter(())

    _sum(connection, figure_day, [(one, *row) for one in DIMENSIONS for row in told(one)], sign)
    _sum(connection, figure_third, [(" ".join(pair), *row) for pair in PAIRS for row in told(*pair)], sign)


def _sum(connection: Connection, table: Table, counted: Sequence[tuple[Any, ...]], sign: int) -> None:
    if counted:
        names = table.columns.keys()
        # In one order, so that two who add at once do not wait for each other.
        rows = [dict(zip(names, (*of, sign * top, sign * under), strict=True)) for *of, top, under in sorted(counted)]
        connection.execute(_more(table, connection.dialect.name), rows)


def _sums(what: Countable, figures: Iterable[Figure], dimensions: Sequence[str], *, is_walked: bool) -> Select[Any]:
    """The value of each dimension, and for each figure its numerator and its denominator."""
    facts = [what.facts.c[fact] if (fact := DIMENSIONS[one]) else None for one in dimensions]
    columns: list[Any] = [literal("") if fact is None else fact for fact in facts]
    for one in figures:
        columns += [func.sum(one.numerator), literal(0) if one.denominator is None else func.sum(one.denominator)]
    query = select(*columns).select_from(what.facts)
    return query.group_by(*[unsought(fact, is_sqlite=is_walked) for fact in facts if fact is not None])


def _day(connection: Connection, moment: ColumnElement[Any]) -> ColumnElement[date]:
    """The day of the city: eight hours ahead all the year, since long before there were hotlines."""
    if connection.dialect.name == "sqlite":
        return func.date(moment, "+8 hours", type_=Date)
    return cast(func.timezone("Asia/Shanghai", moment), Date)


def _third(connection: Connection, moment: ColumnElement[Any]) -> ColumnElement[date]:
    """The day on which the third of a month begins."""
    day = _day(connection, moment)
    number = extract("day", day)
    first = case(*((number < after, f"{begins:02}") for begins, after in pairwise(_THIRDS)), else_=f"{_THIRDS[-1]:02}")
    if connection.dialect.name == "sqlite":
        return type_coerce(func.strftime("%Y-%m-", day).concat(first), Date)
    return cast(func.to_char(day, "YYYY-MM-").concat(first), Date)


@cache
def _more(table: Table, dialect: str) -> Any:
    made: Any = (sqlite if dialect == "sqlite" else postgresql).insert(table)
    more = {name: table.c[name] + made.excluded[name] for name in ("numerator", "denominator")}
    return made.on_conflict_do_update(index_elements=list(table.primary_key), set_=more)


def _alone(connection: Connection) -> None:
    """One process counts at a time."""
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(_LOCK)))
