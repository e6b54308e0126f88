"""Figures as they are asked for: of a period, by a dimension, for whoever may see the matters that they count."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
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
    narrowed, dimension, of_viewer = _narrowed(viewer, asked, by)
    if len(narrowed) > 1:
        which = of_viewer if viewer is None else and_(of_viewer, not_against(viewer, matter_fact.c.root_key))
        return figure_counts.of_facts(connection, which, *moments(asked), by, at, wanted)
    days = figure_counts.of_days(connection, dimension, _day_condition(viewer, asked), asked.begin, asked.end, wanted)
    found: dict[str, Counted] = defaultdict(dict)
    for value, counted in days.items():
        add(found[value if by == dimension else ""], counted)
    others = and_(of_viewer, figure_counts.UNCOUNTED)
    if viewer is not None:
        others = and_(others, not_against(viewer, matter_fact.c.root_key))
        for value, counted in figure_counts.of_facts(
            connection, _hidden(viewer, of_viewer), *moments(asked), by, at, wanted, are_few=True
        ).items():
            add(found[value], counted, sign=-1)
    open_ = figure_counts.of_facts(connection, others, *moments(asked), by, at, wanted, are_few=True)
    for value, counted in open_.items():
        add(found[value], counted)
    return dict(found)


def series(
    connection: Connection, viewer: Viewer | None, asked: Asked, at: datetime, figures: Sequence[Figure]
) -> dict[date, Counted]:
    """The same figures for each day that has any."""
    narrowed, dimension, of_viewer = _narrowed(viewer, asked, ALL)
    found: dict[date, Counted] = defaultdict(dict)
    which = [(1, of_viewer if viewer is None else and_(of_viewer, not_against(viewer, matter_fact.c.root_key)))]
    if len(narrowed) < 2:
        which = [(1, and_(which[0][1], figure_counts.UNCOUNTED))]
        if viewer is not None:
            which.append((-1, _hidden(viewer, of_viewer)))
        days = figure_day.c
        query = (
            select(days.day, days.figure, func.sum(days.numerator), func.sum(days.denominator))
            .where(days.dimension == dimension, days.figure.in_([one.id for one in figures]))
            .where(days.day.between(asked.begin, asked.end), _day_condition(viewer, asked))
            .group_by(days.day, days.figure)
        )
        for day, figure, numerator, denominator in connection.execute(query):
            add(found[day], {figure: (int(numerator), int(denominator))})
    for sign, one in which:
        for _, day, figure, *numbers in figure_counts.by_day(connection, one, ALL, at, figures):
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
        .where(_fact_condition(viewer, asked), not_against(viewer, facts.root_key), adds != 0)
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


def _narrowed(viewer: Viewer | None, asked: Asked, by: str) -> tuple[set[str], str, ColumnElement[bool]]:
    """The dimensions that are asked about, one of them, and the matters that are meant."""
    narrowed = set(asked.only) | ({by} - {ALL}) | (set() if viewer is None or is_agency(viewer) else {"unit"})
    return narrowed, next(iter(narrowed), ALL), _fact_condition(viewer, asked)


def _hidden(viewer: Viewer, of_viewer: ColumnElement[bool]) -> ColumnElement[bool]:
    """What is in the counts of days, and not for this viewer: matters against the viewer."""
    return and_(of_viewer, matter_fact.c.is_counted, matter_fact.c.root_key.in_(against(viewer)))


def _fact_condition(viewer: Viewer | None, asked: Asked) -> ColumnElement[bool]:
    conditions = [true() if viewer is None else of_own_units(viewer, matter_fact.c.unit_id)]
    for dimension, value in asked.only.items():
        column = matter_fact.c[str(DIMENSIONS[dimension])]
        conditions.append(column.in_(with_below(value)) if dimension == "unit" else column == value)
    return and_(*conditions)


def _day_condition(viewer: Viewer | None, asked: Asked) -> ColumnElement[bool]:
    value = figure_day.c.value
    if asked.only:
        (dimension, only), *_ = asked.only.items()
        own = true() if viewer is None else of_own_units(viewer, value)
        return and_(own, value.in_(with_below(only))) if dimension == "unit" else value == only
    return true() if viewer is None else of_own_units(viewer, value)


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
