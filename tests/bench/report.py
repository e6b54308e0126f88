"""The table that the bench prints."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from rich.table import Table

# Says what is being done now, while it takes long.
Tell = Callable[[str], object]


@dataclass(frozen=True, slots=True)
class Row:
    """One measure: a median time, or a size; `met` is None where nothing is aimed at."""

    measure: str
    median: str
    by_hand: str = ""
    per_second: str = ""
    ratio: str = ""
    aim: str = ""
    met: bool | None = None
    # What else is told of it, by heading.
    more: Mapping[str, str] = field(default_factory=dict)


def time(measure: str, seconds: float, floor: float, aim: str = "", met: bool | None = None) -> Row:
    return Row(measure, f"{seconds * 1000:.2f} ms", "", f"{1 / seconds:,.0f}", f"{seconds / floor:.2f}", aim, met)


def beside(measure: str, seconds: float, by_hand: float, aim: str = "", met: bool | None = None) -> Row:
    """A short time, with that of plain Python as its floor."""
    ratio = f"{seconds / by_hand:.2f}"
    return Row(measure, f"{seconds * 1e6:,.2f} µs", f"{by_hand * 1e6:,.2f} µs", f"{1 / seconds:,.0f}", ratio, aim, met)


def within(measure: str, seconds: float, floor: float, times: float) -> Row:
    """A time that should be at most so many times the floor."""
    return time(measure, seconds, floor, f"{times:g} × floor", seconds <= times * floor)


def each(measure: str, seconds: float, number: int, floor: float, times: float) -> Row:
    """Many done at once: the time of all, and of each, which should be at most so many times the floor."""
    one = seconds / number
    aim, met = f"{times:g} × floor each", one <= times * floor
    return Row(measure, f"{seconds:,.2f} s", "", f"{1 / one:,.0f}", f"{one / floor:.2f}", aim, met)


def size(measure: str, value: float, unit: str, at_most: float | None = None) -> Row:
    aim = f"under {at_most:,.0f} {unit}" if at_most else ""
    return Row(measure, f"{value:,.0f} {unit}", aim=aim, met=value < at_most if at_most else None)


def share(measure: str, part: float, at_most: float | None = None) -> Row:
    """A part of one processor."""
    aim = f"under {at_most:.0%}" if at_most else ""
    return Row(measure, f"{part:.1%}", aim=aim, met=part < at_most if at_most else None)


def table(title: str, rows: list[Row], *, floor: str) -> Table:
    """The rows under their headings; a column that no row fills is left out. `floor` is what ratios are told of."""
    shown = Table(title=title, title_justify="left")
    met = {True: "yes", False: "[bold red]no", None: ""}
    columns = {
        "measure": [row.measure for row in rows],
        "median": [row.median for row in rows],
        "by hand": [row.by_hand for row in rows],
        "per second": [row.per_second for row in rows],
        f"ratio to {floor}": [row.ratio for row in rows],
        **{
            heading: [row.more.get(heading, "") for row in rows]
            for heading in {name: 1 for row in rows for name in row.more}
        },
        "aim": [row.aim for row in rows],
        "met": [met[row.met] for row in rows],
    }
    filled = {heading: cells for heading, cells in columns.items() if any(cells)}
    for heading in filled:
        shown.add_column(heading, justify="left" if heading in ("measure", "aim", "met") else "right")
    for cells in zip(*filled.values(), strict=True):
        shown.add_row(*cells)
    return shown
