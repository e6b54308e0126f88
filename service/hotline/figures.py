"""Figures as they are asked for: of a period, by a dimension, for whoever may see what they count."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    and_,
    func,
    select,
    true,
)

from service.clock import CITY_ZONE
from service.errors import NotFound
from service.hotline import figure_counts, kpis
from service.hotline.countable import DIMENSIONS, MATTERS, Countable
from service.hotline.figure_counts import Counted
from service.hotline.kpis import Figure
from service.hotline.people import Viewer, against, is_agency, not_against, of_own_units, with_below
from service.store.queries import unsought
from service.store.tables import figure_day, matter_fact

ALL = "all"
# Of so many dimensions thirds of months are counted, of fewer days, of more nothing.
PAIR = 2


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
    """For each value of a dimension the figures of what somebody may see; None: of all."""
    found: dict[str, Counted] = defaultdict(dict)
    for what, those in kpis.by_countable(kpis.shipped().values() if figures is None else figures).items():
        if what.has(dimensions_of(viewer, asked, by)):
            for value, counted in _told(connection, what, viewer, asked, at, by, those).items():
                add(found[value], counted)
    return dict(found)


def tellable(viewer: Viewer, asked: Asked, by: str = ALL) -> list[Figure]:
    """The figures that can be told so: some have no unit, and nobody of a unit is told of them."""
    narrowed = dimensions_of(viewer, asked, by)
    return [one for one in kpis.shipped().values() if one.counts.has(narrowed)]


def _told(
    connection: Connection,
    what: Countable,
    viewer: Viewer | None,
    asked: Asked,
    at: datetime,
    by: str,
    wanted: Sequence[Figure],
) -> dict[str, Counted]:
    narrowed, few = dimensions_of(viewer, asked, by), _few(connection, what, viewer, asked)
    counted, found = _counted(what, len(narrowed), asked), defaultdict[str, Counted](dict)

    def add_all(of_values: Mapping[str, Counted], sign: int = 1) -> None:
        for value, numbers in of_values.items():
            add(found[value], numbers, sign)

    def of_facts(which: ColumnElement[bool], span: Asked, *, are_few: bool = False) -> dict[str, Counted]:
        return figure_counts.of_facts(connection, what, which, *moments(span), by, at, wanted, are_few=are_few)

    if counted is not None:
        add_all(_of_counts(connection, viewer, counted, narrowed, by, wanted))
        if viewer is not None and what is MATTERS:
            add_all(of_facts(_hidden(viewer, few), counted, are_few=True), sign=-1)
        add_all(of_facts(and_(few, free(what, viewer), what.uncounted), counted, are_few=True))
    for rest in _rests(asked, counted):
        add_all(of_facts(and_(belonging(what, viewer, asked), free(what, viewer)), rest))
    return found


def series(
    connection: Connection, viewer: Viewer | None, asked: Asked, at: datetime, figures: Sequence[Figure]
) -> dict[date, Counted]:
    """The same figures for each day that has any."""
    found: dict[date, Counted] = defaultdict(dict)
    narrowed = dimensions_of(viewer, asked, ALL)
    for what, those in kpis.by_countable(figures).items():
        if what.has(narrowed):
            _add_days(connection, found, what, viewer, asked, at, those)
    return dict(found)


def _add_days(
    connection: Connection,
    found: dict[date, Counted],
    what: Countable,
    viewer: Viewer | None,
    asked: Asked,
    at: datetime,
    figures: Sequence[Figure],
) -> None:
    narrowed = dimensions_of(viewer, asked, ALL)
    which = [(1, and_(belonging(what, viewer, asked), free(what, viewer)))]
    is_counted = len(narrowed) < PAIR and what.has_days
    if is_counted:
        few = _few(connection, what, viewer, asked)
        which = [(1, and_(few, free(what, viewer), what.uncounted))]
        if viewer is not None and what is MATTERS:
            which.append((-1, _hidden(viewer, few)))
        days = figure_day.c
        query = (
            select(days.day, days.figure, func.sum(days.numerator), func.sum(days.denominator))
            .where(days.dimension == (narrowed or (ALL,))[0], days.figure.in_([one.id for one in figures]))
            .where(days.day.between(asked.begin, asked.end), meant(viewer, asked, dict.fromkeys(narrowed, days.value)))
            .group_by(days.day, days.figure)
        )
        for day, figure, numerator, denominator in connection.execute(query):
            add(found[day], {figure: (int(numerator), int(denominator))})
    for sign, one in which:
        for _, day, figure, *numbers in figure_counts.by_day(
            connection, what, one, (ALL,), at, figures, are_few=is_counted
        ):
            if asked.begin <= day <= asked.end:
                add(found[day], {figure: (numbers[0], numbers[1])}, sign)


def dimensions_of(viewer: Viewer | None, asked: Asked, by: str) -> Sequence[str]:
    """The dimensions that are asked about, in their order."""
    units = set() if viewer is None or is_agency(viewer) else {"unit"}
    narrowed = ({*asked.only, by} | units) - {ALL}
    return [one for one in DIMENSIONS if one in narrowed]


def _counted(what: Countable, dimensions: int, asked: Asked) -> Asked | None:
    """Those of the days that are asked about of which there are counts, by so many dimensions; None if of none."""
    if not what.has_days:
        return None
    if dimensions < PAIR:
        return asked
    thirds = figure_counts.whole_thirds(asked.begin, asked.end) if dimensions == PAIR else None
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
    if len(narrowed) == PAIR:
        pair = narrowed[0], narrowed[1]
        values = meant(viewer, asked, figure_counts.columns_of_pair(pair))
        return figure_counts.of_thirds(connection, pair, by, values, asked.begin, asked.end, wanted)
    dimension = (narrowed or (ALL,))[0]
    values = meant(viewer, asked, {dimension: figure_day.c.value})
    days = figure_counts.of_days(connection, dimension, values, asked.begin, asked.end, wanted)
    found = defaultdict[str, Counted](dict)
    for value, counted in days.items():
        add(found[value if by == dimension else ""], counted)
    return found


def free(what: Countable, viewer: Viewer | None) -> ColumnElement[bool]:
    return true() if viewer is None or what is not MATTERS else not_against(viewer, matter_fact.c.root_key)


def _hidden(viewer: Viewer, of_viewer: ColumnElement[bool]) -> ColumnElement[bool]:
    """What is in the counts, and not for this viewer: matters against the viewer."""
    return and_(of_viewer, matter_fact.c.is_counted, matter_fact.c.root_key.in_(against(viewer)))


def belonging(what: Countable, viewer: Viewer | None, asked: Asked, *, is_walked: bool = False) -> ColumnElement[bool]:
    """What has the values that are asked about and belongs to the viewer's units; `is_walked`: no index of those is to
    be taken by SQLite."""
    known = {one: what.facts.c[fact] for one, fact in DIMENSIONS.items() if fact and fact in what.facts.c}
    wanted = {one: column for one, column in known.items() if one in {*asked.only, "unit"}}
    return meant(viewer, asked, {one: unsought(column, is_sqlite=is_walked) for one, column in wanted.items()})


def _few(connection: Connection, what: Countable, viewer: Viewer | None, asked: Asked) -> ColumnElement[bool]:
    """The same of what is few, and found by that: what is not counted yet, or hidden."""
    return belonging(what, viewer, asked, is_walked=connection.dialect.name == "sqlite")


def meant(viewer: Viewer | None, asked: Asked, columns: Mapping[str, ColumnElement[Any]]) -> ColumnElement[bool]:
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
