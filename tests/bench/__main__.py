"""The command: prints a table for each store and part as soon as it is measured."""

from __future__ import annotations

import os
import sys
from contextlib import redirect_stdout
from dataclasses import replace
from functools import partial
from pathlib import Path
from time import monotonic

import click
from rich.console import Console

from service import logs
from tests.bench import decisions
from tests.bench.measure import FULL, GROUPS, SMALL, measure
from tests.bench.report import table
from tests.stores import STORES, Stores

PARTS = (*GROUPS, "lists", "pages", "decisions")


@click.command(
    help=f"""Measure on SQLite and on PostgreSQL, and FEEL and DMN, in one run on one machine; or only these PARTS.

    \b
    steps      start, claim, complete, correlate; the tick that finds nothing due
    rounds     a loop of {FULL.rounds[-1]:,} rounds
    growth     what is stored of a case and of a matter
    many       multi-instance, migration, deadlines in the same second
    seed       {FULL.made_up:,} matters of a made-up year, beside their rows by the bare driver
    lists      each list and dashboard among {FULL.listed:,} matters, or --matters
    pages      each page among as many, its weight, and its first view in a browser
    load       starts and completions at a steady pace beside {FULL.open_:,} open instances
    served     the same by HTTP, with searches, and what the server takes of the machine
    decisions  FEEL and DMN beside plain Python

    Ratios are to the floor of the same run. What is being done is told on the standard error meanwhile.
    """
)
@click.option("--small", is_flag=True, help="A few samples only, to see that all of it runs.")
@click.option(
    "--seconds", default=60, show_default=True, type=click.IntRange(1), help="How long each of load and served goes on."
)
@click.option("--matters", type=click.IntRange(1), help="How many matters lists are asked among.")
@click.option("--store", "kinds", type=click.Choice(STORES), multiple=True, default=STORES, help="Only this store.")
@click.argument("parts", nargs=-1, type=click.Choice(PARTS))
def main(small: bool, seconds: int, matters: int | None, kinds: tuple[str, ...], parts: tuple[str, ...]) -> None:
    console = Console(file=sys.stdout, width=max(110, Console().width))
    sizes, begun = SMALL if small else FULL, monotonic()
    sizes = replace(sizes, listed=matters or sizes.listed)

    def tell(subject: str, text: str) -> None:
        click.echo(f"{monotonic() - begun:6.0f} s  {subject}: {text}", err=True)

    # A served step writes its line of the log, so that is timed with it.
    with Stores(durable=True) as stores, Path(os.devnull).open("w") as nowhere, redirect_stdout(nowhere):
        logs.configure("INFO", "json")
        for kind in kinds:
            of_store = partial(stores.new, kind), sizes, parts or PARTS, seconds, partial(tell, kind)
            for title, found in measure(*of_store):
                console.print(table(f"{kind}: {title}", found, floor="Core floor"))
    if not parts or "decisions" in parts:
        tell("FEEL and DMN", f"{sizes.decisions} samples")
        console.print(table("FEEL and DMN", decisions.measure(sizes.decisions), floor="Python"))
    tell("all", "done")


main()
