"""The heat of a process: its own picture, warm where much goes through, waits, takes long or is late; a table below."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from math import ceil
from typing import Any
from urllib.parse import urlencode

from flask import render_template, request, url_for
from markupsafe import Markup
from sqlalchemy import Connection, RowMapping, select

from service.errors import Invalid, NotFound
from service.hotline import heat, heat_counts
from service.hotline.heat import Asked, Heat
from service.store.tables import figure_day, process_definition
from service.web import here
from service.web.auth import caller
from service.web.console import figures, words
from service.web.console.clocks import clock, long, shown
from service.web.console.languages import language, translated
from service.web.console.picture import Warmth, draw
from service.web.console.words import named

# What the picture may show: its words, and what is told of it.
SHOWN: Mapping[str, str] = {
    "through": named("How many went through"),
    "waiting": named("How many wait now"),
    "time": named("How long it took"),
    "overdue": named("How many are overdue"),
}
PARTS: Mapping[str, str] = {
    "through": named("Went through in the period"),
    "waiting": named("Waits now"),
    "overdue": named("Is overdue"),
}
DIMENSIONS: Mapping[str, str] = {"unit": named("Unit"), "area": named("Area"), "category": named("Category")}
_AT_ONCE_WORD, _MINUTES = named("at once"), named("%(number)s min")
_SHORT_HOURS, _SHORT_DAYS = named("%(number)s h"), named("%(number)s d")
# Whose heat people ask for first.
_FIRST = ("hotline-intake", "matter-handling", "unit-handling")
_STEPS, _AT_ONCE, _LONGEST_ID = 5, 100, 200
# Where the steps of lengths end, in seconds: an hour, a working day, a day, three.
_TIMES = (3_600, 28_800, 86_400, 259_200)
_MINUTE, _HOUR, _DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Row:
    """An element as it stands in the table."""

    id: str
    name: str
    heat: Heat
    median: timedelta | None
    most: timedelta | None
    step: int

    @property
    def takes_time(self) -> bool:
        return bool(self.heat.waiting or (self.most and self.most >= timedelta(seconds=1)))


@dataclass(frozen=True)
class View:
    """What the address asks for."""

    asked: Asked
    version: RowMapping | None
    all: Sequence[RowMapping]
    kept: Mapping[str, str]

    @property
    def drawn(self) -> RowMapping:
        """The version whose picture is shown: the one that is chosen, else the newest that counts."""
        now = here().engine.clock()
        counting = (one for one in self.all if one["effective_at"] <= now and one["deleted_at"] is None)
        return self.version or next(counting, self.all[0])

    def link(self, **given: Any) -> str:
        told = {**self.kept, **given}
        return urlencode({name: value for name, value in told.items() if value not in ("", None)})


def page() -> str:
    """The processes, those with most instances first."""
    with here().database.read() as connection:
        found = heat.processes(connection, caller(), here().engine.clock())
        names = {one["key"]: _name(connection, one, one["process_id"]) for one in found}
    first = sorted(
        (one for one in found if one["process_id"] in _FIRST), key=lambda one: _FIRST.index(one["process_id"])
    )
    rest = [one for one in found if one["process_id"] not in _FIRST]
    return render_template("console/heat_processes.html", language=language(), first=first, rest=rest, names=names)


def one(process_id: str) -> str:
    parts, at = here(), here().engine.clock()
    show = request.args.get("show", "")
    show = show if show in SHOWN else "time"
    with parts.database.read() as connection:
        view = _view(connection, process_id)
        found = heat.look(connection, caller(), view.asked, at)
        until = heat_counts.up_to(connection, at)
        drawn = view.drawn
        xml = _file(connection, drawn["key"])
        rows = _rows(connection, view, found, show)
        known = figures.words_of(connection)
        categories = _categories(connection)
        title = _name(connection, drawn, process_id)
    whole, is_large = view.asked.whole(), request.args.get("size") == "large"
    warmth = {row.id: _warmth(row, view, show) for row in rows if _value(row, show)}
    picture = draw(xml["xml"], xml["resource_name"], heat=warmth, in_english=language() == "en", is_fitted=not is_large)
    return render_template(
        "console/heat.html",
        language=language(),
        view=view,
        title=title,
        drawn=drawn,
        show=show,
        shows=SHOWN,
        is_large=is_large,
        whole=whole,
        until=until,
        rows=[row for row in rows if row.takes_time],
        quick=[row for row in rows if not row.takes_time],
        scale=_scale(rows, show),
        # Made by us, node by node: whatever the file says is text in it.
        picture=Markup(picture.partition(b"?>")[2].decode()),  # noqa: S704
        options={"unit": known["unit"], "area": known["division"], "category": categories},
        dimensions=DIMENSIONS,
        said=_said,
        shown=shown,
    )


def behind(process_id: str, element_id: str) -> str:
    """The matters, or instances, that a number counts."""
    parts, at = here(), here().engine.clock()
    part, following = request.args.get("part", "waiting"), None
    if part not in PARTS:
        raise NotFound(f"Nothing is counted as {part[:40]}.")
    with parts.database.read() as connection:
        view = _view(connection, process_id)
        name = _element_name(connection, view, element_id[:_LONGEST_ID])
        if part == "through":
            before = _before(request.args.get("before", ""))
            rows, last = heat.gone_through(connection, caller(), view.asked, element_id, limit=_AT_ONCE, before=before)
            following = f"{last[0].isoformat()} {last[1]}" if last else None
        else:
            rows = heat.waiting(
                connection, caller(), view.asked, at, element_id, is_late=part == "overdue", limit=_AT_ONCE
            )
        known = figures.words_of(connection)
        title = _name(connection, view.drawn, process_id)
    return render_template(
        "console/heat_behind.html",
        language=language(),
        view=view,
        title=title,
        name=name,
        element_id=element_id,
        part=part,
        parts=PARTS,
        rows=rows,
        is_cut=part != "through" and len(rows) == _AT_ONCE,
        whole=view.asked.whole(),
        following=following,
        units=known["unit"],
        statuses=words.STATUSES,
        said=_said,
        shown=shown,
        now=at,
        clock=lambda row: clock(row["due_at"], at) if row["ended_at"] is None else None,
    )


def _view(connection: Connection, process_id: str) -> View:
    versions = heat.versions(connection, process_id)
    span = figures.asked_span()
    told = request.args.get("version", "")
    chosen = next((one for one in versions if str(one["version"]) == told), None)
    if told and chosen is None:
        raise NotFound(f"{process_id} has no version {told[:20]}.")
    dimension, value = _dimension()
    keys = [chosen["key"]] if chosen else [one["key"] for one in versions]
    kept = {
        "version": told,
        "from": span.begin.isoformat(),
        "to": span.end.isoformat(),
        "show": request.args.get("show", "") if request.args.get("show") in SHOWN else "",
        "size": "large" if request.args.get("size") == "large" else "",
        **({dimension: value} if dimension else {}),
    }
    return View(Asked(process_id, keys, span.begin, span.end, dimension, value), chosen, versions, kept)


def _dimension() -> tuple[str, str]:
    """One of unit, area and category, with its value: each in the address by its name, or both as `of`."""
    told = {name: value for name in DIMENSIONS if (value := request.args.get(name, "").strip())}
    name, _, value = request.args.get("of", "").partition(":")
    if value and name in DIMENSIONS:
        told = {name: value}
    if len(told) > 1:
        raise Invalid("Choose one of unit, area and category: they are counted one at a time.")
    return next(iter(told.items()), ("", ""))


def _rows(connection: Connection, view: View, found: Mapping[str, Heat], show: str) -> list[Row]:
    """The hottest first."""
    rows = []
    for id_, one in found.items():
        median, most = one.within(0.5), one.within(0.9)
        rows.append(Row(id_, _element_name(connection, view, id_), one, median, most, 0))
    ends = _ends(rows, show)
    rows = [replace(row, step=_step(_value(row, show), ends)) for row in rows]
    return sorted(rows, key=lambda row: (-_value(row, show), -row.heat.waiting, -row.heat.through, row.id))


def _value(row: Row, show: str) -> float:
    match show:
        case "through":
            return row.heat.through
        case "waiting":
            return row.heat.waiting
        case "overdue":
            return row.heat.late
    return row.median.total_seconds() if row.median and row.median >= _MINUTE else 0


def _ends(rows: Sequence[Row], show: str) -> list[float]:
    """Where the steps of the scale end, but the last: of lengths always the same, of numbers by the highest."""
    if show == "time":
        return list(_TIMES)
    top = max((_value(row, show) for row in rows), default=0)
    return sorted({float(ceil(top * step / _STEPS)) for step in range(1, _STEPS)} - {0, 1})


def _step(value: float, ends: Sequence[float]) -> int:
    """The hottest is always the last."""
    return _STEPS - len(ends) + bisect_right(ends, value) if value else 0


def _scale(rows: Sequence[Row], show: str) -> list[tuple[int, str]]:
    """Each step of the scale, and what it means."""
    if not any(_value(row, show) for row in rows):
        return []
    ends = _ends(rows, show)
    said = [_short(timedelta(seconds=one)) if show == "time" else f"{one:,.0f}" for one in ends]
    first = _STEPS - len(ends)
    return [*((first + at, f"< {one}") for at, one in enumerate(said)), (_STEPS, f"≥ {said[-1]}" if said else "1")]


def _warmth(row: Row, view: View, show: str) -> Warmth:
    number = _short(row.median or timedelta()) if show == "time" else f"{round(_value(row, show)):,}"
    told = [
        f"{translated(SHOWN['through'])}: {row.heat.through:,}",
        f"{translated(SHOWN['waiting'])}: {row.heat.waiting:,}",
    ]
    if row.median is not None:
        told.append(f"{translated(SHOWN['time'])}: {_said(row.median)} / {_said(row.most)}")
    told.append(f"{translated(SHOWN['overdue'])}: {row.heat.late:,}")
    part = "through" if show == "time" else show
    address = url_for("console.heat_behind", process_id=view.asked.process_id, element_id=row.id)
    href = f"{address}?{view.link(part=part)}"
    return Warmth(row.step, number, "\n".join((row.name, *told)), href)


def _said(length: timedelta | None) -> str:
    if length is None:
        return "–"
    if length < _MINUTE:
        return translated(_AT_ONCE_WORD)
    return translated(_MINUTES) % {"number": length // _MINUTE} if length < _HOUR else long(length)


def _short(length: timedelta) -> str:
    """As it has room in a picture."""
    for unit, said in ((_DAY, _SHORT_DAYS), (_HOUR, _SHORT_HOURS)):
        if length >= unit:
            number = length / unit
            return translated(said) % {
                "number": f"{number:.0f}" if number >= 10 else f"{number:.1f}".removesuffix(".0")
            }
    return translated(_MINUTES) % {"number": length // _MINUTE}


def _name(connection: Connection, version: RowMapping, process_id: str) -> str:
    in_english = ""
    if language() == "en":
        in_english = here().engine.process_model(connection, version["key"]).properties.get("name:en", "")
    return in_english or version["name"] or process_id


def _element_name(connection: Connection, view: View, id_: str) -> str:
    """What an element is called in the newest version that has it."""
    for version in (view.drawn, *view.all):
        element = here().engine.process_model(connection, version["key"]).elements.get(id_)
        if element is not None:
            return (element.properties.get("name:en") if language() == "en" else "") or element.name or id_
    return id_


def _file(connection: Connection, key: int) -> RowMapping:
    columns = process_definition.c
    query = select(columns.xml, columns.resource_name).where(columns.key == key)
    return connection.execute(query).mappings().one()


def _categories(connection: Connection) -> dict[str, str]:
    mine = figure_day.c.dimension == "category", figure_day.c.figure == "received", figure_day.c.value != ""
    found = connection.execute(select(figure_day.c.value).where(*mine).distinct()).scalars()
    return {one: one for one in sorted(found)}


def _before(told: str) -> tuple[datetime, int] | None:
    if not told:
        return None
    instant, _, key = told.partition(" ")
    try:
        found = datetime.fromisoformat(instant), int(key)
    except ValueError:
        raise Invalid("before: it is none of this list.") from None
    if found[0].tzinfo is None or not 0 <= found[1] < 2**63:
        raise Invalid("before: it is none of this list.")
    return found
