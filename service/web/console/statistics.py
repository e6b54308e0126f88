"""The public page of statistics: whoever asks sees how the hotline does, and nothing of any person (Art. 3)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

from flask import render_template
from sqlalchemy import select

from service.clock import in_city
from service.hotline import figures, kpis, parameters
from service.hotline.figure_counts import Counted
from service.hotline.figures import Asked
from service.hotline.kpis import Figure
from service.hotline.small_cells import hidden, is_small, public
from service.store.tables import unit
from service.web import here
from service.web.console import languages

_TOLD = ("received", "accepted", "direct_rate", "on_time_rate", "resolution_rate", "satisfaction_rate", "connect_rate")
_OF_UNITS = ("dispatched", "on_time_rate", "supervision_rate")


def page() -> str:
    """Of the twelve months that are over."""
    end = in_city(here().engine.clock()).date().replace(day=1) - timedelta(days=1)
    begin = date(end.year - 1, end.month, 1)
    begin = date(begin.year + begin.month // 12, begin.month % 12 + 1, 1)
    asked, at = Asked(begin, end), here().engine.clock()
    told, of_units = ([kpis.shipped()[id_] for id_ in ids] for ids in (_TOLD, _OF_UNITS))
    with here().database.read() as connection:
        whole = figures.told(connection, None, asked, at, figures=told).get("", {})
        days = figures.series(connection, None, asked, at, told)
        parts = figures.told(connection, None, asked, at, by="unit", figures=of_units)
        units = list(connection.execute(select(unit).order_by(unit.c.id)))
        least = parameters.number(connection, here().engine, "SMALL_CELL")
    months: dict[str, Counted] = {}
    for day in sorted(days):
        month = months.setdefault(f"{day:%Y-%m}", {})
        for id_, (numerator, denominator) in days[day].items():
            before = month.get(id_, (0, 0))
            month[id_] = (before[0] + numerator, before[1] + denominator)
    language, of_unit = languages.language(), _public(of_units, parts, least)
    return render_template(
        "console/statistics.html",
        language=language,
        begin=begin,
        end=end,
        told=told,
        of_units=of_units,
        whole=[public(one, whole, least, is_hidden=is_small(one, whole, least)) for one in told],
        months=_public(told, months, least),
        units=[(one, of_unit[one.id]) for one in units if one.id in of_unit],
        least=least,
    )


def _public(told: Sequence[Figure], parts: Mapping[str, Counted], least: int) -> dict[str, list[str]]:
    """For each part of a sum its figures, as anybody may read them."""
    kept = {one.id: hidden(one, parts, least) for one in told}
    return {
        key: [public(one, counted, least, is_hidden=key in kept[one.id]) for one in told]
        for key, counted in parts.items()
    }
