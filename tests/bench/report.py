"""The table that the bench prints."""

from __future__ import annotations

from dataclasses import dataclass

from rich.table import Table


@dataclass(frozen=True, slots=True)
class Row:
    """One measure: a median time, or a size; `met` is None where nothing is aimed at."""

    measure: str
    median: str
    per_second: str = ""
    ratio: str = ""
    aim: str = ""
    met: bool | None = None


def time(measure: str, seconds: float, floor: float, aim: str = "", met: bool | None = None) -> Row:
    return Row(measure, f"{seconds * 1000:.2f} ms", f"{1 / seconds:,.0f}", f"{seconds / floor:.2f}", aim, met)


def within(measure: str, seconds: float, floor: float, times: float) -> Row:
    """A time that should be at most so many times the floor."""
    return time(measure, seconds, floor, f"{times:g} × floor", seconds <= times * floor)


def size(measure: str, value: float, unit: str, at_most: float | None = None) -> Row:
    aim = f"under {at_most:,.0f} {unit}" if at_most else ""
    return Row(measure, f"{value:,.0f} {unit}", "", "", aim, value < at_most if at_most else None)


def table(title: str, rows: list[Row]) -> Table:
    shown = Table(title=title, title_justify="left")
    for heading in ("measure", "median", "per second", "ratio to Core floor", "aim", "met"):
        shown.add_column(heading, justify="left" if heading in ("measure", "aim", "met") else "right")
    for row in rows:
        met = {True: "yes", False: "[bold red]no", None: ""}[row.met]
        shown.add_row(row.measure, row.median, row.per_second, row.ratio, row.aim, met)
    return shown
