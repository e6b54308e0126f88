"""`hotline seed`: a made-up year of matters, to see what the service does with as many as a city has."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import click
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from service.app import create_app, furnish
from service.cli.connection import settings
from service.cli.show import console
from service.clock import in_city
from service.config import Settings
from service.errors import HotlineError
from service.hotline.seed import entries, live, write
from service.hotline.seed.play import in_force
from service.web import Hotline

# So many matters take longer than the processes that write them take to begin.
_MANY = 5_000


@click.command()
@click.option("--days", default=365, show_default=True, type=click.IntRange(1, 3650), help="How many until yesterday.")
@click.option(
    "--matters", default=100_000, show_default=True, type=click.IntRange(1), help="How many come to their end."
)
@click.option(
    "--live",
    "open_",
    type=click.IntRange(0),
    help="How many more the engine leaves open. [one in 1000]",
)
@click.option("--seed", default=12345, show_default=True, help="The same number makes the same matters.")
@click.option(
    "--processes", type=click.IntRange(1), help="How many make and write them. [of many matters: one a processor]"
)
@click.option("--force", is_flag=True, help="Even where there are matters already.")
@click.option("--once", is_flag=True, help="Nothing where there are matters already, and no complaint.")
def seed(days: int, matters: int, open_: int | None, seed: int, processes: int | None, force: bool, once: bool) -> None:
    """Fill an empty store (DATABASE_URL) with a made-up year of a city's hotline.

    Each way that a matter may go (answered at once, returned, disputed, extended, planned, terminated, a hard case and
    more) is played once by the engine, in a store of its own. What it has written is copied to other days, places,
    people and words: every matter has its path, decisions, letters and figures, and is sealed by keys of its own.
    Some more are filed and worked on by the engine itself, and left open; units push entries of the knowledge base,
    which its keeper publishes. Shares, channels and delays follow what
    other cities have published. Nobody in it is real, and no phone number is anybody's.

    On SQLite the service must not run meanwhile; and if the machine loses its power before the end, the file is to
    be made anew.
    """
    open_ = matters // 1_000 if open_ is None else open_
    processes = processes or (os.cpu_count() or 1 if matters >= _MANY else 1)
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
    try:
        app = create_app(settings())
        parts: Hotline = app.extensions["hotline"]
        furnish(app)
        if once and write.has_matters(parts.database):
            parts.database.close()
            return
        if not force:
            write.refuse_real(parts.database)
        with Progress(*columns, console=console) as bar:
            written = _write(parts, bar, days=days, number=matters, seed=seed, processes=processes)
            left = bar.add_task("left open", total=open_)
            for _ in live.left_open(parts.database, parts.engine, parts.secrets, open_, seed):
                bar.advance(left)
            known = bar.add_task("knowledge", total=entries.number())
            for _ in entries.publish(parts.database, parts.engine):
                bar.advance(known)
    except HotlineError as error:
        raise click.ClickException(error.message) from None
    parts.database.close()
    click.echo(f"{matters} matters of {days} days are written, {written} rows; {open_} more are open.")


def _write(parts: Hotline, bar: Progress, *, days: int, number: int, seed: int, processes: int) -> int:
    with TemporaryDirectory() as folder:
        stage = create_app(Settings(database_url=f"sqlite:///{Path(folder) / 'played.db'}", log_level="ERROR"))
        played: Hotline = stage.extensions["hotline"]
        theatre = write.Theatre(played.database, played.engine, played.secrets)
        tasks = {"played": bar.add_task("ways played", total=len(theatre.stage.archetypes))}
        tasks["written"] = bar.add_task("matters", total=number)

        def tell(what: str, number: int) -> None:
            bar.advance(tasks[what], number)

        with parts.database.read() as connection:
            files = in_force(connection)
        theatre.play(files, in_city(parts.engine.clock()).date() - timedelta(days=days), tell)
        of_year = {"days": days, "number": number, "seed": seed, "processes": processes}
        written = write.year(parts.database, parts.engine, parts.secrets, theatre, **of_year, tell=tell)
        played.database.close()
    return written


COMMANDS = (seed,)
