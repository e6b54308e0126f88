"""The page of what may be drawn, written from what is seen of each cell."""

from __future__ import annotations

from pathlib import Path

from tests.vocabulary import activities, events, gateways
from tests.vocabulary.play import Seen
from tests.vocabulary.tables import Cell, Table

PAGE = Path(__file__).parents[2] / "docs" / "vocabulary.md"
TABLES = (events.table(), activities.table(), gateways.table())

_HEAD = """# What may be drawn

Written by `python -m tests.vocabulary`: for each cell a diagram was made, in which the element in question has the id
`here`, and read and played to its end. A test does so again and compares.

| cell | what it means |
|---|---|
| runs | It is deployed, and runs as BPMN 2.0 and Camunda 8 say. |
| warned | It is deployed and runs, though probably not as it was meant; the words numbered below are in the answer. |
| refused | The file is not deployed; the words numbered below name the element, the reason and the way out. |
| — | BPMN has no such thing; it is refused in words as well. |
"""
_DIGITS = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


def written() -> str:
    return "\n".join([_HEAD, *map(_table, TABLES)])


def _table(table: Table) -> str:
    words: dict[tuple[str, str], int] = {}
    lines = [f"## {table.title}", "", table.words, ""]
    lines.append(_row(table.corner, *table.columns))
    lines.append("|---" * (len(table.columns) + 1) + "|")
    for name, cells in table.rows.items():
        shown = [_cell(cells[column], words) if column in cells else "" for column in table.columns]
        lines.append(_row(name, *shown))
    told = [f"{number}. {reason} → {mend}" for (reason, mend), number in words.items()]
    return "\n".join([*lines, "", *told, ""])


def _cell(cell: Cell, words: dict[tuple[str, str], int]) -> str:
    seen: Seen = cell.look()
    if not cell.known:
        return "—"
    numbers = (words.setdefault(one, len(words) + 1) for one in seen.words)
    return " ".join([seen.became, *(str(number).translate(_DIGITS) for number in numbers)])


def _row(*cells: str) -> str:
    return "| " + " | ".join(one.replace("|", "\\|") for one in cells) + " |"
