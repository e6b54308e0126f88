"""The page of what may be drawn, written from what is seen of each cell."""

from __future__ import annotations

from pathlib import Path

from tests.vocabulary import activities, attributes, events, gateways, others
from tests.vocabulary.play import Seen
from tests.vocabulary.tables import Cell, Table

PAGE = Path(__file__).parents[2] / "docs" / "vocabulary.md"
EXTENSIONS = attributes.tables()
TABLES = (events.table(), activities.table(), gateways.table(), *EXTENSIONS, *others.tables())

_HEAD = """# What may be drawn

Written by `python -m tests.vocabulary`: for each cell a diagram was made, in which the element in question has the id
`here`, and read and played to its end. A test does so again and compares.

| cell | what it means |
|---|---|
| runs | It is deployed, and runs as BPMN 2.0 and Camunda 8 say. |
| warned | It is deployed and runs, though probably not as it was meant; the words numbered below are in the answer. |
| refused | The file is not deployed; the words numbered below name the element, the reason and the way out. |
| — | BPMN or Camunda 8 has no such thing there; it is refused in words, or warned of if Camunda 8 passes over it. |
"""
_PROPERTIES = """## Properties that are read here

Any element may have properties; Camunda 8 passes over them. These mean something here:

| property | at | what it means |
|---|---|---|
| `name:en` | anything | Its name in English. |
| `legalBasis` | anything | The article that it carries out. |
| `clauses` | anything | The clauses of the regulation that it carries, with spaces between. |
| `approval` | a process | The process that must have approved its file; a table names it as knowledge source. |
| `status` | an element | What a matter is called from then on. |
| `secrecy` | an element | The class of what is secret in the matter from then on; see `dmn/field-access.dmn`. |
| `notBy` | a user task | User tasks, with spaces between, whose doer cannot do it; `process/task`: of the whole tree. |
| `starters` | a start event | Roles of those who may begin it by themselves, with spaces between. |
| `decideAgain` | a business rule task | `calendar`: it is decided anew when the calendar changes. |
| `external` | a task of a worker | `true`: a worker outside does it, which this project has no handler for. |
"""
_NONE = "—"
_DIGITS = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


def written() -> str:
    return "\n".join([_HEAD, *map(_table, TABLES), _nowhere(), _PROPERTIES])


def _nowhere() -> str:
    """What Camunda 8 has, but has no place in any table."""
    placed, told = set[str](), dict[str, str]()
    for table in EXTENSIONS:
        for row, cells in table.rows.items():
            for cell in cells.values():
                name = row.split(":")[0]
                if _cell(cell, {}, table) == _NONE:
                    told.setdefault(name, cell.look().words[0][1])
                else:
                    placed.add(name)
    lines = [f"- {name} → {mend}" for name, mend in told.items() if name not in placed]
    return "\n".join(["## Extensions of Camunda 8 that are refused wherever they stand", "", *lines, ""])


def _table(table: Table) -> str:
    words: dict[tuple[str, str], int] = {}
    lines = [f"## {table.title}", "", table.words, ""]
    lines.append(_row(table.corner, *table.columns))
    lines.append("|---" * (len(table.columns) + 1) + "|")
    rows: dict[str, list[str]] = {}
    for name, cells in table.rows.items():
        shown = [_cell(cells[column], words, table) if column in cells else "" for column in table.columns]
        base = name.removesuffix(attributes.COMPUTED)
        if base != name and rows.get(base + attributes.WRITTEN) == shown:
            del rows[base + attributes.WRITTEN]
            rows[base] = shown
        else:
            rows[name] = shown
    lines += [_row(name, *shown) for name, shown in rows.items() if set(shown) != {_NONE}]
    told = [f"{number}. {reason} → {mend}" for (reason, mend), number in words.items()]
    return "\n".join([*lines, "", *told, ""])


def _cell(cell: Cell, words: dict[tuple[str, str], int], table: Table) -> str:
    seen: Seen = cell.look()
    if not cell.known or (table in EXTENSIONS and seen.has_no_place):
        return _NONE
    numbers = (words.setdefault(one, len(words) + 1) for one in seen.words)
    return " ".join(
        [table.runs if seen.became == "runs" else seen.became, *(str(number).translate(_DIGITS) for number in numbers)]
    )


def _row(*cells: str) -> str:
    return "| " + " | ".join(one.replace("|", "\\|") for one in cells) + " |"
