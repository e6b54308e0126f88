"""Figures as they are asked for: of a period, by a dimension, for whoever may see the matters that they count."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, RowMapping, and_, func, or_, select, true

from service.clock import CITY_ZONE
from service.errors import Invalid, NotFound
from service.hotline import figure_counts, kpis
from service.hotline.figure_counts import DIMENSIONS, Counted
from service.hotline.kpis import Figure
from service.hotline.people import Viewer, against, is_agency, not_against, of_own_units, with_below
from service.store.tables import figure_day, matter, matter_fact, protection

ALL = "all"
_PAIR = 2


@dataclass(frozen=True, slots=True)
class Asked:
    """The first and the last day, and the values of dimensions that are looked at; a unit means those below it too."""

    begin: date
    end: date
    only: Mapping[str, str] = field(default_factory=dict)


def get(id_: str) -> Figure:
    """A figure; raises NotFound."""
    found = kpis.shipped().get(id_)
    if found is None:
        raise NotFound(f"There is no figure {id_[:40]}.")
    return found


def told(
    connection: Connection,
    viewer: Viewer | None,
    asked: Asked,
    at: datetime,
    *,
    by: str = ALL,
    figures: Iterable[Figure] | None = None,
) -> dict[str, Counted]:
    """For each value of a dimension the figures of the matters that somebody may see; None: of all matters."""
    wanted = list(kpis.shipped().values() if figures is None else figures)
    narrowed, of_viewer = _narrowed(viewer, asked, by), _of_viewer(viewer, asked)
    which = of_viewer if viewer is None else and_(of_viewer, not_against(viewer, matter_fact.c.root_key))
    counted, found = _counted(len(narrowed), asked), defaultdict[str, Counted](dict)

    def add_all(of_values: Mapping[str, Counted], sign: int = 1) -> None:
        for value, numbers in of_values.items():
            add(found[value], numbers, sign)

    def of_facts(which: ColumnElement[bool], span: Asked, *, are_few: bool = False) -> dict[str, Counted]:
        return figure_counts.of_facts(connection, which, *moments(span), by, at, wanted, are_few=are_few)

    if counted is not None:
        add_all(_of_counts(connection, viewer, counted, narrowed, by, wanted))
        if viewer is not None:
            add_all(of_facts(_hidden(viewer, of_viewer), counted, are_few=True), sign=-1)
        add_all(of_facts(and_(which, figure_counts.UNCOUNTED), counted, are_few=True))
    for rest in _rests(asked, counted):
        add_all(of_facts(which, rest))
    return dict(found)


def series(
    connection: Connection, viewer: Viewer | None, asked: Asked, at: datetime, figures: Sequence[Figure]
) -> dict[date, Counted]:
    """The same figures for each day that has any."""
    narrowed, of_viewer = _narrowed(viewer, asked, ALL), _of_viewer(viewer, asked)
    found: dict[date, Counted] = defaultdict(dict)
    which = [(1, of_viewer if viewer is None else and_(of_viewer, not_against(viewer, matter_fact.c.root_key)))]
    if len(narrowed) < 2:
        which = [(1, and_(which[0][1], figure_counts.UNCOUNTED))]
        if viewer is not None:
            which.append((-1, _hidden(viewer, of_viewer)))
        days = figure_day.c
        query = (
            select(days.day, days.figure, func.sum(days.numerator), func.sum(days.denominator))
            .where(days.dimension == (narrowed or (ALL,))[0], days.figure.in_([one.id for one in figures]))
            .where(days.day.between(asked.begin, asked.end), _meant(viewer, asked, dict.fromkeys(narrowed, days.value)))
            .group_by(days.day, days.figure)
        )
        for day, figure, numerator, denominator in connection.execute(query):
            add(found[day], {figure: (int(numerator), int(denominator))})
    for sign, one in which:
        for _, day, figure, *numbers in figure_counts.by_day(connection, one, (ALL,), at, figures):
            if asked.begin <= day <= asked.end:
                add(found[day], {figure: (numbers[0], numbers[1])}, sign)
    return dict(found)


def matters(
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
    """The matters of a numerator or a denominator, the latest first, each with what it `adds` and what is secret in
    it."""
    facts, moment = matter_fact.c, matter_fact.c[figure.at]
    adds = figure.numerator if part == "numerator" or figure.denominator is None else figure.denominator
    begin, end = moments(asked)
    columns = (facts.number, facts.unit_id, facts.division, facts.channel, facts.category)
    query = (
        select(*columns, matter.c.status, matter.c.confidential, protection.c.secrecy)
        .add_columns(moment.label("at"), adds.label("adds"))
        .join(matter, matter.c.number == facts.number)
        .outerjoin(protection, protection.c.root_key == facts.root_key)
        .where(_of_viewer(viewer, asked), not_against(viewer, facts.root_key), adds != 0)
        .where(moment >= begin, moment < end)
        .order_by(moment.desc(), facts.number.desc())
        .limit(limit)
    )
    if after is not None:
        instant, number = after
        query = query.where(or_(moment < instant, and_(moment == instant, facts.number < number)))
    return connection.execute(query, kpis.asked_at(at)).mappings().all()


def following(row: Mapping[Any, Any]) -> str:
    """Where the page after a row begins."""
    return f"{row['at'].isoformat()}|{row['number']}"


def cursor(told: str | None) -> tuple[datetime, str] | None:
    """Where a page begins, as `following` has written it; None for the first. Raises Invalid for anything else."""
    if not told:
        return None
    at, _, number = told.partition("|")
    try:
        moment = datetime.fromisoformat(at)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise Invalid("after: it is no `next` of a page before.")
    return moment, number


def _narrowed(viewer: Viewer | None, asked: Asked, by: str) -> Sequence[str]:
    """The dimensions that are asked about, in their order."""
    units = set() if viewer is None or is_agency(viewer) else {"unit"}
    narrowed = ({*asked.only, by} | units) - {ALL}
    return [one for one in DIMENSIONS if one in narrowed]


def _counted(dimensions: int, asked: Asked) -> Asked | None:
    """Those of the days that are asked about of which there are counts, by so many dimensions; None if of none."""
    if dimensions < _PAIR:
        return asked
    thirds = figure_counts.whole_thirds(asked.begin, asked.end) if dimensions == _PAIR else None
    return thirds and replace(asked, begin=thirds[0], end=thirds[1])


def _rests(asked: Asked, counted: Asked | None) -> Iterable[Asked]:
    """The days before and after those of which there are counts."""
    if counted is None:
        return [asked]
    before = replace(asked, end=counted.begin - timedelta(days=1))
    after = replace(asked, begin=counted.end + timedelta(days=1))
    return [one for one in (before, after) if one.begin <= one.end]


def _of_counts(
    connection: Connection,
    viewer: Viewer | None,
    asked: Asked,
    narrowed: Sequence[str],
    by: str,
    wanted: Sequence[Figure],
) -> Mapping[str, Counted]:
    if len(narrowed) == _PAIR:
        pair = narrowed[0], narrowed[1]
        values = _meant(viewer, asked, figure_counts.columns_of_pair(pair))
        return figure_counts.of_thirds(connection, pair, by, values, asked.begin, asked.end, wanted)
    dimension = (narrowed or (ALL,))[0]
    values = _meant(viewer, asked, {dimension: figure_day.c.value})
    days = figure_counts.of_days(connection, dimension, values, asked.begin, asked.end, wanted)
    found = defaultdict[str, Counted](dict)
    for value, counted in days.items():
        add(found[value if by == dimension else ""], counted)
    return found


def _hidden(viewer: Viewer, of_viewer: ColumnElement[bool]) -> ColumnElement[bool]:
    """What is in the counts, and not for this viewer: matters against the viewer."""
    return and_(of_viewer, matter_fact.c.is_counted, matter_fact.c.root_key.in_(against(viewer)))


def _of_viewer(viewer: Viewer | None, asked: Asked) -> ColumnElement[bool]:
    facts = {one: matter_fact.c[fact] for one, fact in DIMENSIONS.items() if fact}
    return _meant(viewer, asked, {one: facts[one] for one in {*asked.only, "unit"}})


def _meant(viewer: Viewer | None, asked: Asked, columns: Mapping[str, ColumnElement[Any]]) -> ColumnElement[bool]:
    """What has the values that are asked about and belongs to the viewer's units, by the columns of dimensions."""
    conditions: list[ColumnElement[bool]] = [true()]
    for dimension, column in columns.items():
        if dimension == "unit" and viewer is not None:
            conditions.append(of_own_units(viewer, column))
        if dimension in asked.only:
            value = asked.only[dimension]
            conditions.append(column.in_(with_below(value)) if dimension == "unit" else column == value)
    return and_(*conditions)


def add(known: Counted, counted: Counted, sign: int = 1) -> None:
    """Add figures to others, or take them off."""
    for id_, (numerator, denominator) in counted.items():
        before = known.get(id_, (0, 0))
        known[id_] = (before[0] + sign * numerator, before[1] + sign * denominator)


def moments(asked: Asked) -> tuple[datetime, datetime]:
    """The first moment of the first day, and the first one after the last."""
    return _midnight(asked.begin), _midnight(asked.end + timedelta(days=1))


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, CITY_ZONE)
