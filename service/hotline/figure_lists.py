"""What is counted in a figure, one by one, the latest first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, RowMapping, Select, and_, func, literal, null, or_, select, true

from service.clock import in_city
from service.errors import Invalid
from service.hotline import kpis
from service.hotline.countable import CALLS, MATTERS, Countable
from service.hotline.figures import ALL, PAIR, Asked, belonging, dimensions_of, free, meant, moments
from service.hotline.kpis import Figure
from service.hotline.people import Viewer, not_against
from service.store.queries import unsought
from service.store.tables import figure_day, matter, matter_fact, protection

# So many spans of days are looked through one by one; beyond, all from the first of them on.
_SPANS = 100
_MORE = 4
_FEW_DAYS = 7


def counted(
    connection: Connection,
    viewer: Viewer,
    asked: Asked,
    at: datetime,
    figure: Figure,
    part: str,
    *,
    limit: int,
    after: tuple[datetime, str] | None = None,
) -> Sequence[RowMapping]:
    """What is counted in a numerator or a denominator, the latest first, each with its `key` and what it `adds`.

    `number` is that of the matter with what is secret in it, of a call that of what came of it; of a check the entry's.
    """
    what, adds = figure.counts, figure.denominator
    if part == "numerator" or adds is None:
        adds = figure.numerator
    if not what.has(dimensions_of(viewer, asked, ALL)):
        return []
    begin, end = moments(asked)
    counted_at, key = what.facts.c[figure.at], what.key.label("key")
    query = _listed(what, viewer).add_columns(key, counted_at.label("at"), adds.label("adds")).limit(limit)
    query = query.where(adds != 0, belonging(what, viewer, asked), free(what, viewer))
    rows: Sequence[RowMapping] = []
    for when, is_rare in _whens(connection, viewer, asked, figure, part, limit, after):
        moment = unsought(counted_at, is_sqlite=is_rare and connection.dialect.name == "sqlite")
        page = query.where(when, moment >= begin, moment < end).order_by(moment.desc(), what.key.desc())
        if after is not None:
            instant, last = after
            page = page.where(or_(moment < instant, and_(moment == instant, what.key < last)))
        rows = connection.execute(page, kpis.asked_at(at)).mappings().all()
        if len(rows) == limit:
            break
    return rows


def _whens(
    connection: Connection,
    viewer: Viewer,
    asked: Asked,
    figure: Figure,
    part: str,
    limit: int,
    after: tuple[datetime, str] | None,
) -> Iterator[tuple[ColumnElement[bool], bool]]:
    """Ever more of the days on which so many may have been counted, and whether those are looked at by themselves: of
    something rare; of all else some are found on whatever day one begins."""
    what, narrowed, days = figure.counts, dimensions_of(viewer, asked, ALL), figure_day.c
    if not what.has_days or len(narrowed) >= PAIR:
        yield true(), False
        return
    number = func.sum(days.numerator if part == "numerator" or not figure.is_rate else days.denominator)
    end = min(asked.end, in_city(after[0]).date()) if after else asked.end
    query = (
        select(days.day, number)
        .where(days.dimension == (narrowed or (ALL,))[0], days.figure == figure.id, days.day.between(asked.begin, end))
        .where(meant(viewer, asked, dict.fromkeys(narrowed, days.value)))
        .group_by(days.day)
        .having(number != 0)
        .order_by(days.day.desc())
    )
    known = [(day, int(counted)) for day, counted in connection.execute(query)]
    needed, chosen, told = limit, 0, 0
    while True:
        while chosen < len(known) and told < needed:
            told += known[chosen][1]
            chosen += 1
        within = _within(what, figure, [day for day, _ in known[:chosen]])
        yield or_(what.uncounted, *within), not chosen or chosen > _FEW_DAYS
        if chosen == len(known):
            return
        # Something may count more than once, or be hidden from who looks.
        needed *= _MORE


def _within(what: Countable, figure: Figure, days: Sequence[date]) -> Iterator[ColumnElement[bool]]:
    """Days, the latest first, as spans that an index answers."""
    moment, spans = what.facts.c[figure.at], list[tuple[date, date]]()
    for day in days:
        if spans and spans[-1][0] == day + timedelta(days=1):
            spans[-1] = day, spans[-1][1]
        else:
            spans.append((day, day))
    if len(spans) > _SPANS:
        spans = [(spans[-1][0], spans[0][1])]
    for first, last in spans:
        begin, end = moments(Asked(first, last))
        yield and_(moment >= begin, moment < end)


def _listed(what: Countable, viewer: Viewer) -> Select[Any]:
    facts = matter_fact.c
    about: list[Any] = [facts.number, facts.unit_id, facts.division, facts.channel, facts.category, matter.c.status]
    secret: list[Any] = [matter.c.confidential, protection.c.secrecy]
    if what is CALLS:
        of_it = and_(facts.number == what.facts.c.matter_no, not_against(viewer, facts.root_key))
        told = [func.coalesce(one, "").label(one.name) for one in about]
        query = select(*told, *secret).select_from(what.facts).outerjoin(matter_fact, of_it)
        query = query.outerjoin(matter, matter.c.number == facts.number)
    elif what is MATTERS:
        query = select(*about, *secret).select_from(matter_fact).join(matter, matter.c.number == facts.number)
    else:
        own: Mapping[Any, Any] = {facts.number: what.key.label("number"), facts.unit_id: what.facts.c.unit_id}
        told = [own.get(one, literal("").label(one.name)) for one in about]
        return select(*told, null().label("confidential"), null().label("secrecy"))
    return query.outerjoin(protection, protection.c.root_key == facts.root_key)


def following(row: Mapping[Any, Any]) -> str:
    """Where the page after a row begins."""
    return f"{row['at'].isoformat()}|{row['key']}"


def cursor(told: str | None) -> tuple[datetime, str] | None:
    """Where a page begins, as `following` has written it; None for the first. Raises Invalid for anything else."""
    if not told:
        return None
    at, _, key = told.partition("|")
    try:
        moment = datetime.fromisoformat(at)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise Invalid("after: it is no `next` of a page before.")
    return moment, key
