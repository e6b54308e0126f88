"""What commands print: tables, and a word where there is nothing to show."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from service.clock import in_city

# Rows are folded for people; whoever reads them by a program reads a row on a line.
_WIDE = 1_000
console = Console(highlight=False, width=None if sys.stdout.isatty() else _WIDE)


def table(columns: Sequence[str], rows: Iterable[Sequence[Any]], *, empty: str = "Nothing there.") -> None:
    """Print rows under their columns; what people have written is shown as it is, never as markup."""
    drawn = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        drawn.add_column(column, overflow="fold")  # a key or an id that is cut off is of no use
    for row in rows:
        drawn.add_row(*(Text("" if value is None else str(value)) for value in row))
    if drawn.row_count:
        console.print(drawn)
    else:
        console.print(empty)


def moment(text: str) -> str:
    """An instant of an answer, as the city's clocks show it."""
    return f"{in_city(datetime.fromisoformat(text)):%F %T}"
