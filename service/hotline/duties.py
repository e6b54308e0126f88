"""Whose duty what is: the decision tables in force that say so, as they are drawn (Art. 9, Art. 24)."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from service.engine.versions import is_in_effect
from service.store.tables import decision_definition, decision_requirements
from service.xml_gate import parse_upload

# The directory of the city, the lists of towns, and what departments of a county are on duty for.
TABLES = ("duty-units", "territorial-list", "county-department-duty")
_ID = re.compile(r'"([a-z0-9][a-z0-9.-]*)"')
_WORDS = re.compile(r'"([^"]+)"')


@dataclass(frozen=True, slots=True)
class Row:
    """The cells as they are drawn, the outputs last; `about` is the annotation, `units` those that it names."""

    id: str
    cells: Sequence[str]
    about: str
    units: Sequence[str]


@dataclass(frozen=True, slots=True)
class Table:
    """A decision table in force. `columns` are their labels, the outputs last."""

    decision_id: str
    name: str
    version: int
    requirements_key: int
    columns: Sequence[str]
    rows: Sequence[Row]


def in_force(connection: Connection, at: datetime, units: Collection[str]) -> list[Table]:
    """The tables that are deployed and count now; `units` are the ids that rows may name."""
    definition, requirements = decision_definition.c, decision_requirements.c
    query = (
        select(definition.decision_id, definition.version, requirements.key, requirements.xml)
        .join(decision_requirements, requirements.key == definition.requirements_key)
        .where(is_in_effect(decision_definition, "decision_id", at), definition.decision_id.in_(TABLES))
    )
    found = {row.decision_id: row for row in connection.execute(query)}
    read = [
        _table(row.decision_id, row.version, row.key, row.xml, units)
        for id_ in TABLES
        if (row := found.get(id_)) is not None
    ]
    return [one for one in read if one is not None]


def categories(connection: Connection, at: datetime) -> list[tuple[str, str]]:
    """The kinds of matters that the directory of the city knows: first and second level, as its first columns say."""
    known = next((one for one in in_force(connection, at, ()) if one.decision_id == TABLES[0]), None)
    told: dict[tuple[str, str], None] = {}
    for row in known.rows if known else ():
        for first in _WORDS.findall(row.cells[0]):
            told[first, ""] = None
            told |= dict.fromkeys((first, second) for second in _WORDS.findall(row.cells[1]))
    return sorted(told)


def of_unit(tables: Sequence[Table], unit_id: str) -> list[tuple[Table, list[Row]]]:
    """The rows that name a unit, by their table."""
    named = [(one, [row for row in one.rows if unit_id in row.units]) for one in tables]
    return [(one, rows) for one, rows in named if rows]


def _table(id_: str, version: int, key: int, xml: bytes, units: Collection[str]) -> Table | None:
    root = parse_upload(xml, f"{id_}.dmn")
    decision = next((one for one in root.iter("{*}decision") if one.get("id") == id_), None)
    drawn = decision.find("{*}decisionTable") if decision is not None else None
    if decision is None or drawn is None:
        # Policy staff may decide it by something else than a table.
        return None
    columns = [one.get("label") or "" for one in (*drawn.findall("{*}input"), *drawn.findall("{*}output"))]
    rows = []
    for rule in drawn.findall("{*}rule"):
        entries = (*rule.findall("{*}inputEntry"), *rule.findall("{*}outputEntry"))
        cells = [(one.findtext("{*}text") or "").strip() for one in entries]
        named = [one for cell in cells for one in _ID.findall(cell) if one in units]
        about = (rule.findtext("{*}description") or "").strip()
        rows.append(Row(rule.get("id", ""), cells, about, tuple(dict.fromkeys(named))))
    return Table(id_, decision.get("name") or id_, version, key, columns, rows)
