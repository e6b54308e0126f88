"""The pages of figures: what they come to, of what they are counted, by which definition."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from flask import Response, render_template, request
from sqlalchemy import Connection, select

from service.clock import KNOWN_YEARS, in_city
from service.errors import Invalid, NotFound
from service.hotline import figure_lists, figures
from service.hotline.countable import DIMENSIONS
from service.hotline.figure_counts import Counted
from service.hotline.figures import ALL, Asked
from service.hotline.kpis import Figure
from service.store.tables import unit
from service.web import here
from service.web.auth import caller
from service.web.console import clocks, languages, words
from service.web.console.words import named
from service.web.eyes import titles
from service.web.hotline import figures as api

# What is told apart on the first page, and may be drawn.
MEASURES = (
    *("received", "closed", "on_time_rate", "resolution_rate", "satisfaction_rate", "return_rate"),
    "supervision_rate",
)
_DAYS_7, _DAYS_30, _THIS_MONTH = named("7 days"), named("30 days"), named("This month")
_LAST_MONTH, _THIS_YEAR = named("Last month"), named("This year")
_AT_ONCE = 100
_BUCKETS, _FIRST, _DRAWN, _MUCH = 30, 20, 12, 999
Names = Mapping[str, Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class Shown:
    """A figure's numbers as they are read; `share` is that of a bar to 100; `value` is drawn, if there is any."""

    numerator: int
    denominator: int | None
    text: str
    share: float

    @property
    def value(self) -> str:
        if self.denominator is None:
            return str(self.numerator)
        return f"{100 * self.numerator / self.denominator:.1f}" if self.denominator else ""


def overview() -> str:
    """A measure in the course of time beside the period before, and by a dimension; then all figures."""
    asked, at = asked_span(), here().engine.clock()
    before = _before(asked)
    by = _dimension({name: word for name, word in words.DIMENSIONS.items() if name != "type"})
    with here().database.read() as connection:
        told = figures.told(connection, caller(), asked, at).get("", {})
        told_before = figures.told(connection, caller(), before, at).get("", {})
        measures = [one for one in figures.tellable(caller(), asked, by) if one.id in MEASURES]
        measure = next((one for one in measures if one.id == request.args.get("show")), next(iter(measures), None))
        if measure is None:
            raise NotFound("No figure is told apart so.")
        parts = figures.told(connection, caller(), asked, at, by=by, figures=measures)
        days = figures.series(connection, caller(), asked, at, [measure])
        days_before = figures.series(connection, caller(), before, at, [measure])
        names = words_of(connection)
    listed = [
        (one, shown(one, told), shown(one, told_before), _change(one, told, told_before))
        for one in figures.tellable(caller(), asked)
    ]
    course = list(zip(_stretches(measure, asked, days), _stretches(measure, before, days_before), strict=True))
    rows = sorted(parts.items(), key=lambda row: (-row[1].get(measure.id, (0, 0))[0], row[0]))
    most = len(rows) if "all" in request.args else _FIRST
    return _page(
        "figures",
        asked,
        names,
        before=before,
        numbers=[one for one in listed if not one[0].is_rate],
        rates=[one for one in listed if one[0].is_rate],
        measures=measures,
        measure=measure,
        course=course,
        heights=_heights(measure, [it for (_, _, it), _ in course]),
        bars=_bars(measure, by, rows, names),
        by=by,
        differ=words.DIMENSIONS,
        rows=[(value, [shown(one, counted) for one in measures]) for value, counted in rows[:most]],
        more=len(rows) - most,
        options=_options(names, asked),
        periods=_periods(),
        # A click on a value goes on with the next dimension.
        further=next((one for one in words.DIMENSIONS if one != by and one not in asked.only), by),
        shared={"show": request.args.get("show", ""), "by": request.args.get("by", "")},
    )


def export() -> Response:
    """All figures as CSV, as the API gives them."""
    asked = asked_span()
    given = {"begin": asked.begin, "end": asked.end, **asked.only}
    return api.exported({**given, "by": _dimension(words.DIMENSIONS) if request.form.get("by") else ALL})


def one(figure: str) -> str:
    found, asked = figures.get(figure), asked_span()
    if found not in figures.tellable(caller(), asked):
        raise NotFound(f"The figure {figure} is not told apart so.")
    # By what they do not differ they are not told apart.
    differ = {name: word for name, word in words.DIMENSIONS.items() if found.counts.has([name])}
    by = _dimension(differ)
    with here().database.read() as connection:
        at, names = here().engine.clock(), words_of(connection)
        whole = figures.told(connection, caller(), asked, at, figures=[found]).get("", {})
        past = figures.told(connection, caller(), _before(asked), at, figures=[found]).get("", {})
        parts = figures.told(connection, caller(), asked, at, by=by, figures=[found]) if differ else {}
        days = figures.series(connection, caller(), asked, at, [found])
    rows = [(value, shown(found, counted)) for value, counted in parts.items()]
    most = max((row.numerator for _, row in rows), default=0) or 1
    if not found.is_rate:
        rows = [(value, Shown(row.numerator, None, row.text, 100 * row.numerator / most)) for value, row in rows]
    rows.sort(key=lambda row: (-row[1].share, row[0]))
    course = _stretches(found, asked, days)
    return _page(
        "figure",
        asked,
        names,
        figure=found,
        whole=shown(found, whole),
        past=shown(found, past),
        change=_change(found, whole, past),
        rows=rows,
        by=by,
        differ=differ,
        course=course,
        heights=_heights(found, [it for _, _, it in course]),
    )


def counted(figure: str, part: str) -> str:
    found, asked = figures.get(figure), asked_span()
    if part not in ("numerator", "denominator") or (part == "denominator" and not found.is_rate):
        raise NotFound(f"The figure {figure} has no {part[:40]}.")
    after = figure_lists.cursor(request.args.get("after"))
    with here().database.read() as connection:
        rows = figure_lists.counted(
            connection,
            caller(),
            asked,
            here().engine.clock(),
            found,
            part,
            limit=_AT_ONCE,
            after=after,
        )
        names = words_of(connection)
    said = titles([row["number"] for row in rows])
    last = rows[-1] if len(rows) == _AT_ONCE else None
    return _page(
        "counted",
        asked,
        names,
        figure=found,
        part=part,
        rows=rows,
        said=said,
        following=figure_lists.following(last) if last else None,
        statuses=words.STATUSES,
        counted=words.COUNTED[found.counts.id],
    )


def shown(figure: Figure, counted: Counted) -> Shown:
    """Where there is nothing to divide by there is no rate."""
    numerator, denominator = counted.get(figure.id, (0, 0))
    if not figure.is_rate:
        return Shown(numerator, None, f"{numerator:,}", 0)
    if not denominator:
        return Shown(numerator, 0, "—", 0)
    share = 100 * numerator / denominator
    return Shown(numerator, denominator, f"{share:.1f} %", min(max(share, 0), 100))


def _page(template: str, asked: Asked, names: Names, **more: Any) -> str:
    language = languages.language()
    only = {"from": asked.begin.isoformat(), "to": asked.end.isoformat(), **asked.only}
    return render_template(
        f"console/{template}.html",
        language=language,
        asked=asked,
        only=only,
        link=lambda **given: urlencode({**only, **given}),
        dimensions=words.DIMENSIONS,
        name=lambda dimension, value: names.get(dimension, {}).get(value, value),
        day=clocks.shown,
        **more,
    )


def asked_span() -> Asked:
    """The last thirty days unless others are asked for."""
    today = in_city(here().engine.clock()).date()
    end = _day("to") or today
    begin = _day("from") or end - timedelta(days=29)
    if begin > end:
        raise Invalid("from: it is after the last day.")
    only = {name: value for name in DIMENSIONS if name != ALL and (value := request.values.get(name, ""))}
    return Asked(begin, end, only)


def _day(name: str) -> date | None:
    told = request.values.get(name, "")
    try:
        day = date.fromisoformat(told) if told else None
    except ValueError:
        raise Invalid(f"{name}: it is no day. Write it as 2026-11-28.") from None
    if day is not None and not KNOWN_YEARS[0] < day.year < KNOWN_YEARS[-1]:
        raise Invalid(f"{name}: the year {day.year} is none that is known here.")
    return day


def _dimension(known: Collection[str]) -> str:
    asked = request.values.get("by", "")
    return asked if asked in known else next(iter(known), ALL)


def words_of(connection: Connection) -> Names:
    """The words for values of dimensions."""
    is_chinese = languages.language() == "zh"
    units = list(connection.execute(select(unit)))
    called = {one.id: one.name if is_chinese or not one.name_en else one.name_en for one in units}
    places = {one.division_code: called[one.id] for one in units if one.kind in ("COUNTY", "ZONE")}
    translated = {
        dimension: {value: languages.translated(name) for value, name in known.items()}
        for dimension, known in (("channel", words.CHANNELS), ("type", words.TYPES))
    }
    return {"unit": called, "division": places, **translated}


def _stretches(figure: Figure, asked: Asked, days: Mapping[date, Counted]) -> list[tuple[date, date, Shown]]:
    """The span in at most so many stretches: first and last day, and what it comes to."""
    width = -(-((asked.end - asked.begin).days + 1) // _BUCKETS)
    found: list[tuple[date, date, Shown]] = []
    first = asked.begin
    while first <= asked.end:
        last = min(first + timedelta(days=width - 1), asked.end)
        counts = [days[day].get(figure.id, (0, 0)) for day in days if first <= day <= last]
        found.append((first, last, shown(figure, {figure.id: (sum(n for n, _ in counts), sum(d for _, d in counts))})))
        first = last + timedelta(days=1)
    return found


def _heights(figure: Figure, told: Sequence[Shown]) -> list[float]:
    """Of bars, from 0 to 100: of rates by all, of numbers by the highest."""
    most = max((it.numerator for it in told), default=0) or 1
    return [it.share if figure.is_rate else 100 * it.numerator / most for it in told]


def _bars(figure: Figure, by: str, rows: Sequence[tuple[str, Counted]], names: Names) -> list[tuple[str, float]]:
    """The first of those that have a name, each with its bar: what is drawn until the chart is, or instead of it."""
    first = [(value, shown(figure, counted)) for value, counted in rows if value][:_DRAWN]
    heights = _heights(figure, [it for _, it in first])
    return [(names.get(by, {}).get(value, value), height) for (value, _), height in zip(first, heights, strict=True)]


def _before(asked: Asked) -> Asked:
    """As many days before."""
    length = asked.end - asked.begin + timedelta(days=1)
    return replace(asked, begin=asked.begin - length, end=asked.end - length)


def _change(figure: Figure, now: Counted, before: Counted) -> str:
    """By how much it is more or less than in the period before: of rates in points, of numbers in hundredths."""
    new, old = shown(figure, now), shown(figure, before)
    if figure.is_rate:
        if not (new.denominator and old.denominator):
            return ""
        points = 100 * (new.numerator / new.denominator - old.numerator / old.denominator)
        return _signed(points, f"{abs(points):.1f}")
    if not old.numerator:
        return ""
    share = 100 * (new.numerator / old.numerator - 1)
    return _signed(share, f"{abs(share):.0f} %" if share < _MUCH else f"> {_MUCH} %")


def _signed(value: float, said: str) -> str:
    sign = "▲" if value > 0 else "▼" if value < 0 else "="
    return f"{sign} {said}"


def _options(names: Names, asked: Asked) -> dict[str, dict[str, str]]:
    """What each dimension may be narrowed to, by the words that are known; what is asked for is always there."""
    found = {dimension: dict(names.get(dimension, {})) for dimension in words.DIMENSIONS}
    for dimension, value in asked.only.items():
        found[dimension].setdefault(value, value)
    return found


def _periods() -> list[tuple[str, date, date]]:
    """Spans that are often asked for."""
    today = in_city(here().engine.clock()).date()
    month = today.replace(day=1)
    last = month - timedelta(days=1)
    return [
        (_DAYS_7, today - timedelta(days=6), today),
        (_DAYS_30, today - timedelta(days=29), today),
        (_THIS_MONTH, month, today),
        (_LAST_MONTH, last.replace(day=1), last),
        (_THIS_YEAR, today.replace(month=1, day=1), today),
    ]
