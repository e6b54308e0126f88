"""The pages of the units: the register as a tree, a unit by itself, whose duty what is, and who sits when."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from flask import render_template, request
from sqlalchemy import RowMapping

from service.clock import in_city
from service.hotline import duties, rosters, units
from service.web import here
from service.web.console import languages, words

_DAYS = 7
# The picture of a roster: the width of a day, the height of a seat, and the room on the left for its name.
_DAY, _SEAT, _LEFT, _TOP = 120, 34, 70, 30
# Cells of tables: words with commas between, and words of which the text has one.
_WORD = re.compile(r'"([^"]*)"')
_LISTED = re.compile(r'"[^"]*"(\s*,\s*"[^"]*")*')
_UNSAID = words.named("not said")
_SOUGHT = re.compile(r'matches\(\?,\s*"([^"\\()\[\].*+?]+)"\)')


@dataclass(frozen=True, slots=True)
class Bar:
    """A stretch of time in the picture."""

    x: float
    y: float
    width: float
    text: str
    title: str
    kind: str  # sits, stands-in, gap


def page() -> str:
    """The tree: what is below a unit is inside of it."""
    with here().database.read() as connection:
        rows = units.listed(connection)
        people = units.people(connection, (row[one] for row in rows for one in ("principal_id", "liaison_id")))
    return render_template("console/units.html", below=_below(rows), count=len(rows), people=people, **_words())


def unit(unit_id: str) -> str:
    parts = here()
    with parts.database.read() as connection:
        row = units.get(connection, unit_id)
        rows = units.listed(connection)
        known = {one["id"]: one for one in rows}
        staff = ("principal_id", "liaison_id", "handler_id", "deputy_id")
        people = units.people(connection, (row[one] for one in staff))
        tables = duties.in_force(connection, parts.engine.clock(), known)
    return render_template(
        "console/unit.html",
        unit=row,
        parent=known.get(row["parent_id"] or ""),
        below=_below(rows),
        people=people,
        duties=duties.of_unit(tables, unit_id),
        lists=[one for one in tables if one.decision_id in duties.TABLES[1:]]
        if row["kind"] in ("COUNTY", "ZONE")
        else (),
        units=known,
        file_of=_file_of,
        since=in_city(row["activated_at"]).strftime("%Y-%m-%d") if row["activated_at"] else None,
        **_words(),
    )


def directory() -> str:
    """Whose duty what is."""
    parts = here()
    with parts.database.read() as connection:
        known = {one["id"]: one for one in units.listed(connection)}
        tables = duties.in_force(connection, parts.engine.clock(), known)
    return render_template("console/duties.html", tables=tables, units=known, file_of=_file_of, **_words())


def roster() -> str:
    """A week: a bar for each shift, a row for each seat, and above them when nobody sits."""
    parts = here()
    begins = rosters.monday(_day(request.args.get("week", "")) or in_city(parts.engine.clock()).date())
    ends = begins + timedelta(days=_DAYS)
    with parts.database.read() as connection:
        rows = rosters.between(connection, begins, ends)
    gaps = rosters.gaps(rows, begins, ends)
    seats = sorted({row["seat"] for row in rows})
    language = languages.language()
    return render_template(
        "console/roster.html",
        begins=begins,
        before=(begins - timedelta(days=_DAYS)).date(),
        after=ends.date(),
        days=[(_LEFT + _DAY * number, begins + timedelta(days=number)) for number in range(_DAYS)],
        rows=rows,
        gaps=[(in_city(one), in_city(other)) for one, other in gaps],
        gap_bars=[_bar(one, other, begins, _TOP, "", "gap") for one, other in gaps],
        bars=[
            _bar(
                row["from_at"],
                row["to_at"],
                begins,
                _TOP + _SEAT * (seats.index(row["seat"]) + 1),
                _name(row, language) if row["name"] else row["person_id"],
                "stands-in" if row["stands_in"] else "sits",
            )
            for row in rows
        ],
        seats=[(seat, _TOP + _SEAT * (number + 1)) for number, seat in enumerate(seats)],
        width=_LEFT + _DAY * _DAYS + 10,
        height=_TOP + _SEAT * (len(seats) + 1) + 10,
        day_width=_DAY,
        seat_height=_SEAT,
        left=_LEFT,
        top=_TOP,
        **_words(),
    )


def _words() -> dict[str, Any]:
    language = languages.language()
    return {"language": language, "kinds": words.UNITS, "name": lambda row: _name(row, language), "said": _said}


def _said(cell: str) -> Sequence[str] | None:
    """The words that a cell of a table lists or looks for; None for what is said in FEEL only."""
    sought = _SOUGHT.fullmatch(cell)
    if sought:
        return sought[1].split("|")
    return [one or languages.translated(_UNSAID) for one in _WORD.findall(cell)] if _LISTED.fullmatch(cell) else None


def _name(row: RowMapping | Mapping[str, Any], language: str) -> str:
    return str(row["name"] if language == "zh" or not row["name_en"] else row["name_en"])


def _below(rows: Sequence[RowMapping]) -> dict[str | None, list[RowMapping]]:
    """The units below each, in the order of their kinds; those below none by None."""
    order = {kind: number for number, kind in enumerate(words.UNITS)}
    found: dict[str | None, list[RowMapping]] = {}
    for row in sorted(rows, key=lambda one: (order.get(one["kind"], len(order)), one["id"])):
        found.setdefault(row["parent_id"], []).append(row)
    return found


def _file_of(key: int) -> str:
    return f"{request.script_root}/v2/decision-requirements/{key}/xml"


def _day(told: str) -> date | None:
    try:
        day = date.fromisoformat(told)
    except ValueError:
        return None
    return day if 1950 < day.year < 2200 else None


def _bar(begins: datetime, ends: datetime, week: datetime, y: int, text: str, kind: str) -> Bar:
    """What of a stretch lies in the week, as long as it lasts."""
    first = max(0.0, (begins - week) / timedelta(days=1))
    last = min(float(_DAYS), (ends - week) / timedelta(days=1))
    title = f"{text} {in_city(begins):%m-%d %H:%M} – {in_city(ends):%m-%d %H:%M}".strip()
    return Bar(round(_LEFT + first * _DAY, 1), y, round((last - first) * _DAY, 1), text, title, kind)
