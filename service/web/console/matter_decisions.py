"""The decisions of a matter: what went in, the table with the rows that fired, what came out; and why no other row."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from threading import Lock
from typing import Any

from cachetools import LRUCache
from flask import render_template, request
from sqlalchemy import Connection, select

from service.hotline import drawn
from service.hotline.drawn import DrawnDecision, DrawnRow
from service.store.tables import decision_definition, decision_requirements
from service.web import here
from service.web.console import matter
from service.web.console.way import all_of, called
from service.web.hotline import matters

# A longer table is shown by the rows that fired alone, unless all are asked for.
_ROWS = 25
# By the checksum of a file.
_FILES: LRUCache[str, Mapping[str, DrawnDecision]] = LRUCache(64)
_LOCK = Lock()


@dataclass(frozen=True, slots=True)
class Row:
    """`refused`: the number of the cell that the values did not pass; none if others had priority, or it fired."""

    number: int
    drawn: DrawnRow
    has_fired: bool
    refused: int | None


@dataclass(frozen=True, slots=True)
class Table:
    """One table or expression on the way to a decision; `hidden` rows are not shown."""

    told: Mapping[str, Any]
    drawn: DrawnDecision | None
    rows: Sequence[Row]
    hidden: int


@dataclass(frozen=True, slots=True)
class Decided:
    process: Mapping[str, Any]
    element: str
    legal_basis: str
    told: Mapping[str, Any]
    tables: Sequence[Table]


def page(number: str) -> str:
    why = request.args.get("why") == "1"
    told = matters.way(number, why=why)
    with here().database.read() as connection:
        found = list(_decided(connection, list(all_of(told)), why=why))
    found.sort(key=lambda one: one.told["at"])
    return render_template("console/matter_decisions.html", found=found, why=why, called=called, **matter.head(number))


def _decided(connection: Connection, processes: Sequence[Mapping[str, Any]], *, why: bool) -> Iterator[Decided]:
    files: dict[tuple[str, int], Mapping[str, DrawnDecision]] = {}
    for process in processes:
        elements = {one["id"]: one for one in process["elements"]}
        for decision in process["decisions"]:
            version = decision["decision_id"], decision["version"]
            if version not in files:
                files[version] = _file(connection, *version)
            at = elements.get(decision["element_id"])
            tables = [_table(one, files[version].get(one["decision_id"]), why=why) for one in decision["evaluated"]]
            name = called(at) if at else decision["element_id"]
            yield Decided(process, name, at["legal_basis"] if at else "", decision, tables)


def _file(connection: Connection, decision_id: str, version: int) -> Mapping[str, DrawnDecision]:
    """What is decided by the file that a version of a decision stands in, which never changes."""
    decision, file = decision_definition.c, decision_requirements.c
    mine = (decision.decision_id == decision_id) & (decision.version == version)
    query = select(file.key, file.checksum).join(decision_definition, decision.requirements_key == file.key)
    row = connection.execute(query.where(mine)).first()
    if row is None:
        return {}
    with _LOCK:
        known = _FILES.get(row.checksum)
    if known is None:
        whole = connection.execute(select(file.xml, file.resource_name).where(file.key == row.key)).one()
        known = {one.id: one for one in drawn.decisions(bytes(whole.xml), whole.resource_name)}
        with _LOCK:
            _FILES[row.checksum] = known
    return known


def _table(told: Mapping[str, Any], table: DrawnDecision | None, *, why: bool) -> Table:
    if table is None or not table.rows:
        return Table(told, table, (), 0)
    fired = {one["index"] for one in told["rules"]}
    refused = {one["index"]: one["refused_by"] for one in told["unmatched"]}
    shows_all = why or len(table.rows) <= _ROWS
    rows = [
        Row(number, row, number in fired, _cell(table, refused.get(number)))
        for number, row in enumerate(table.rows, 1)
        if shows_all or number in fired
    ]
    return Table(told, table, rows, len(table.rows) - len(rows))


def _cell(table: DrawnDecision, refusal: Mapping[str, Any] | None) -> int | None:
    """The column of the cell that refused a row."""
    if refusal is None:
        return None
    inputs = table.columns[: len(table.columns) - table.outputs]
    names = (refusal["name"], refusal["expression"])
    return next((at for at, column in enumerate(inputs) if column in names), None)
