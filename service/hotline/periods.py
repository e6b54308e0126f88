"""Frozen figures: of a month or a year, as they were when first asked for; their results, and their export."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, RowMapping, select, update

from service import exact_json
from service.engine import Engine, audit
from service.errors import NotFound
from service.handlers.export_results import ExportResults
from service.handlers.freeze_period import Freeze
from service.handlers.publish_results import PublishResults
from service.hotline import figure_counts, figures, kpis, parameters, unit_kinds
from service.hotline.countable import MATTERS
from service.hotline.figure_counts import Counted
from service.hotline.figures import Asked
from service.hotline.people import Viewer, is_agency, with_below
from service.store import rows
from service.store.tables import figure_period, matter_fact, unit
from service.store.unit_of_work import Database

# What the table assessment-score reads → the figure that it is; a rate is null where there was nothing to divide by.
SCORED: Mapping[str, str] = {
    "sign_on_time": "sign_in_rate",
    "on_time": "on_time_rate",
    "resolution": "resolution_rate",
    "satisfaction": "satisfaction_rate",
    "return_rate": "return_rate",
    "redo_rate": "redo_rate",
    "supervised_daily": "supervised_daily",
    "supervised_listed": "supervised_listed",
    "supervised_interview": "supervised_interview",
    "fraud": "fraud",
    "knowledge": "knowledge_currency",
}
# Nothing here tells of these yet: the table counts them in full.
_UNTOLD = ("mechanism", "leaders_answering", "training")
_DEDUCTED = ("return_rate", "redo_rate")
_BY_RATES = 6  # digits


def span(connection: Connection, engine: Engine, period: str, until: date) -> Asked:
    """The days of a period by its last one; how far an analysis of a subject looks back is a parameter."""
    match period:
        case "DAY":
            return Asked(until, until)
        case "WEEK":
            return Asked(until - timedelta(days=6), until)
        case "MONTH":
            return Asked(until.replace(day=1), until)
        case "YEAR":
            return Asked(until.replace(month=1, day=1), until)
    days = parameters.number(connection, engine, "ANALYSIS_DAYS")
    return Asked(until - timedelta(days=days - 1), until)


def freeze(database: Database, engine: Engine) -> Freeze:
    """Figures that are frozen already are answered as they were."""

    def keep(period: str, until: date, left_out: Sequence[str]) -> tuple[str, Sequence[Mapping[str, Any]]]:
        excluded, at = sorted(set(left_out)), engine.clock()
        id_ = f"{period}-{until}"
        if excluded:
            id_ += "-" + hashlib.sha256("\n".join(excluded).encode()).hexdigest()[:12]
        with database.write() as connection:
            there = select(figure_period.c.id).where(figure_period.c.id == id_)
            if connection.execute(there).first() is None:
                asked = span(connection, engine, period, until)
                values = {"id": id_, "period": period, "begins_on": asked.begin, "ends_on": asked.end}
                values |= {"frozen_at": at, "excluded": excluded}
                values["figures"] = _figures(connection, engine, asked, excluded, at)
                rows.add_once(connection, figure_period, values)
            return id_, get(connection, id_)["figures"]["units"]

    return keep


def publish(database: Database, engine: Engine) -> PublishResults:
    def tell(id_: str, rankings: Sequence[Any]) -> str:
        with database.write() as connection:
            if get(connection, id_)["published_at"] is None:
                mine = figure_period.c.id == id_
                values = {"published_at": engine.clock(), "results": {"rankings": list(rankings)}}
                connection.execute(update(figure_period).where(mine).values(**values))
        return f"results-{id_}"

    return tell


def export(database: Database, engine: Engine) -> ExportResults:
    """Keep the file that is handed over; the audit chain, which is anchored and signed, keeps its hash."""

    def hand_over(id_: str, rankings: Sequence[Any], document: str) -> str:
        at = engine.clock()
        with database.write() as connection:
            row = get(connection, id_)
            if row["exported_at"] is None:
                results = {"rankings": list(rankings), "document": document}
                values = {"results": results, "exported_at": at, "published_at": row["published_at"] or at}
                connection.execute(update(figure_period).where(figure_period.c.id == id_).values(**values))
                sha256 = hashlib.sha256(exported(id_, results).encode()).hexdigest()
                subject = f"assessment {id_}"
                audit.record(connection, at, "results-exported", who="in-process", subject=subject, sha256=sha256)
        return f"export-{id_}"

    return hand_over


def exported(id_: str, results: Any) -> str:
    """The file: always the same text for the same results."""
    return exact_json.dumps({"period_id": id_, **{name: results[name] for name in sorted(results)}})


def get(connection: Connection, id_: str) -> RowMapping:
    """The row of frozen figures; raises NotFound."""
    row = connection.execute(select(figure_period).where(figure_period.c.id == id_)).mappings().first()
    if row is None:
        raise NotFound(f"No figures are frozen as {id_[:40]}.")
    return row


def published(connection: Connection, viewer: Viewer) -> list[dict[str, Any]]:
    """What is published, the latest first: a unit is told of itself and those below it, the agency of all."""
    query = select(figure_period).where(figure_period.c.published_at.is_not(None))
    found = connection.execute(query.order_by(figure_period.c.ends_on.desc(), figure_period.c.id)).mappings().all()
    own = None
    if not is_agency(viewer):
        own = set(connection.execute(with_below(viewer.unit_id)).scalars()) if viewer.unit_id else set()
    return [_told(row, own) for row in found]


def lines(connection: Connection, id_: str) -> list[dict[str, Any]]:
    """All that is published of a period, as it was frozen: of all matters, then of each unit, then how it is ranked.

    Raises NotFound for what is not published.
    """
    row = get(connection, id_)
    if row["published_at"] is None:
        raise NotFound(f"The figures {id_[:40]} are not published.")
    of_all = [
        _line(figure=figure, numerator=a, denominator=b) for figure, (a, b) in sorted(row["figures"]["all"].items())
    ]
    of_units = [
        _line(one["unit_id"], one["group"], figure=figure, value=value)
        for one in row["figures"]["units"]
        for figure, value in sorted(one["figures"].items())
    ]
    ranked = [
        _line(one["unit_id"], group["group"], figure=figure, value=value)
        for group in row["results"]["rankings"]
        for place, one in enumerate(group["units"], 1)
        for figure, value in (("place", place), ("score", one["score"]))
    ]
    return [*of_all, *of_units, *ranked]


def _line(unit_id: str = "", group: str = "", **told: Any) -> dict[str, Any]:
    return {"unit_id": unit_id, "group": group, "numerator": None, "denominator": None, "value": None, **told}


def _told(row: RowMapping, own: set[str] | None) -> dict[str, Any]:
    def is_told(one: Mapping[str, Any]) -> bool:
        return own is None or one["unit_id"] in own

    rankings = [
        {"group": group["group"], "place": place, **one}
        for group in row["results"]["rankings"]
        for place, one in enumerate(group["units"], 1)
        if is_told(one)
    ]
    units = [one for one in row["figures"]["units"] if is_told(one)]
    names = ("id", "period", "begins_on", "ends_on", "frozen_at", "published_at", "exported_at")
    return {**{name: row[name] for name in names}, "rankings": rankings, "units": units}


def _figures(
    connection: Connection, engine: Engine, asked: Asked, excluded: Sequence[str], at: datetime
) -> dict[str, Any]:
    whole = figures.told(connection, None, asked, at).get("", {})
    of_units: dict[str, Counted] = defaultdict(dict)
    registered = list(connection.execute(select(unit)))
    kinds = unit_kinds.rules(connection, engine, (one.kind for one in registered))
    group = {one.id: kinds[one.kind].group for one in registered}
    above = {one.id: one.parent_id for one in registered if group[one.id] is None}
    parts = [(1, figures.told(connection, None, asked, at, by="unit"))]
    if excluded:
        parts.append((-1, _of(connection, excluded, asked, at)))
    for sign, counted in parts:
        for value, one in counted.items():
            figures.add(of_units[above.get(value) or value], one, sign)
    units = [
        {"unit_id": one.id, "group": group[one.id], "figures": _scored(of_units[one.id])}
        for one in registered
        if group[one.id] is not None
    ]
    return {"all": {id_: list(numbers) for id_, numbers in whole.items()}, "units": units}


def _of(connection: Connection, numbers: Sequence[str], asked: Asked, at: datetime) -> dict[str, Counted]:
    """What certain matters come to, unit by unit."""
    which = matter_fact.c.number.in_(numbers)
    begin, end = figures.moments(asked)
    of_matters = kpis.by_countable(kpis.shipped().values())[MATTERS]
    return figure_counts.of_facts(connection, MATTERS, which, begin, end, "unit", at, of_matters)


def _scored(counted: Counted) -> dict[str, float | int | None]:
    found: dict[str, float | int | None] = dict.fromkeys(_UNTOLD)
    for name, id_ in SCORED.items():
        numerator, denominator = counted.get(id_, (0, 0))
        if not kpis.shipped()[id_].is_rate:
            found[name] = numerator
        elif denominator:
            found[name] = round(numerator / denominator, _BY_RATES)
        else:
            found[name] = 0 if name in _DEDUCTED else None
    return found
