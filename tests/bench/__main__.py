"""Every measure on SQLite and on PostgreSQL, and of FEEL and DMN, in one run on one machine; or only these ROWS."""

from __future__ import annotations

import os
import sys
from contextlib import redirect_stdout
from functools import partial
from pathlib import Path

import click
from rich.console import Console

from service import logs
from tests.bench import decisions
from tests.bench.measure import FULL, GROUPS, SMALL, measure
from tests.bench.report import table
from tests.stores import STORES, Stores

ROWS = (*GROUPS, "decisions")


@click.command(help=__doc__)
@click.option("--small", is_flag=True, help="A few samples only, to see that all of it runs.")
@click.option("--seconds", default=60, help="How long the load goes on.")
@click.option("--store", "kinds", type=click.Choice(STORES), multiple=True, default=STORES, help="Only this store.")
@click.argument("rows", nargs=-1, type=click.Choice(ROWS))
def main(small: bool, seconds: int, kinds: tuple[str, ...], rows: tuple[str, ...]) -> None:
    console = Console(file=sys.stdout, width=max(110, Console().width))
    sizes = SMALL if small else FULL
    # A served step writes its line of the log, so that is timed with it.
    with Stores(durable=True) as stores, Path(os.devnull).open("w") as nowhere, redirect_stdout(nowhere):
        logs.configure("INFO", "json")
        for kind in kinds:
            if found := measure(partial(stores.new, kind), sizes, rows or ROWS, seconds):
                console.print(table(kind, found, floor="Core floor"))
    if not rows or "decisions" in rows:
        console.print(table("FEEL and DMN", decisions.measure(sizes.decisions), floor="Python"))


main()
