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
from service.hotline.seed import live, write
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
    "--live", "open_", default=0, show_default=True, type=click.IntRange(0), help="How many more are left open."
)
@click.option("--seed", default=12345, show_default=True, help="The same seed makes the same year.")
@click.option(
    "--processes", type=click.IntRange(1), help="How many write; as many as there are processors if there is much."
)
@click.option("--force", is_flag=True, help="Even where there are matters already.")
def seed(days: int, matters: int, open_: int, seed: int, processes: int | None, force: bool) -> None:
    """Fill an empty store (DATABASE_URL) with made-up matters; the service must not run meanwhile on SQLite.

    Each way that a matter may go is played once by the engine; its rows are copied to other days, places and people,
    in bulk. Nobody in it is real, and no phone number is anybody's.
    """
    try:
        app = create_app(settings())
        parts: Hotline = app.extensions["hotline"]
        furnish(app)
        if not force:
            write.refuse_real(parts.database)
        written = _write(parts, days, matters, seed, processes or (os.cpu_count() or 1 if matters >= _MANY else 1))
        for _ in live.left_open(parts.database, parts.engine, parts.secrets, open_, seed):
            pass
    except HotlineError as error:
        raise click.ClickException(error.message) from None
    parts.database.close()
    click.echo(f"{matters} matters of {days} days are written, {written} rows; {open_} more are open.")


def _write(parts: Hotline, days: int, matters: int, seed: int, processes: int) -> int:
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
    with TemporaryDirectory() as folder, Progress(*columns, console=console) as bar:
        stage = create_app(Settings(database_url=f"sqlite:///{Path(folder) / 'played.db'}", log_level="ERROR"))
        played: Hotline = stage.extensions["hotline"]
        theatre = write.Theatre(played.database, played.engine, played.secrets)
        tasks = {"played": bar.add_task("ways played", total=len(theatre.stage.archetypes))}
        tasks["written"] = bar.add_task("matters", total=matters)

        def tell(what: str, number: int) -> None:
            bar.advance(tasks[what], number)

        with parts.database.read() as connection:
            files = in_force(connection)
        theatre.play(files, in_city(parts.engine.clock()).date() - timedelta(days=days), tell)
        own = parts.database, parts.engine, parts.secrets
        written = write.year(*own, theatre, days=days, number=matters, seed=seed, tell=tell, processes=processes)
        played.database.close()
    return written


COMMANDS = (seed,)
