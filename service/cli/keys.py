"""`hotline keys`: the keys that seal personal data."""

from __future__ import annotations

import click
from rich.progress import Progress, SpinnerColumn, TextColumn

from service.app import create_app
from service.cli.connection import settings
from service.cli.show import console
from service.clock import now
from service.errors import HotlineError
from service.hotline import data_keys
from service.store.secrets import new_key
from service.web import Hotline


@click.group()
def keys() -> None:
    """The keys that seal personal data."""


@keys.command()
@click.option("--id", "id_", default=lambda: f"{now():%Y%m%d}", help="What to call it; today's date, unless said.")
def new(id_: str) -> None:
    """Print a new key. Put it in front of the others in DATA_KEYS, keep it safe, and run `hotline keys reseal`."""
    click.echo(new_key(id_))


@keys.command()
def reseal() -> None:
    """Seal all personal data with the newest key of DATA_KEYS; then the older ones can be taken out.

    On SQLite the service has to be stopped meanwhile. It can be broken off and run again.
    """
    try:
        parts: Hotline = create_app(settings()).extensions["hotline"]
    except HotlineError as error:
        raise click.ClickException(error.message) from None
    done = 0
    with Progress(SpinnerColumn(), TextColumn("{task.completed} rows sealed anew"), console=console) as progress:
        bar = progress.add_task("", total=None)
        for done in data_keys.reseal(parts.database, parts.secrets):
            progress.update(bar, completed=done)
    parts.database.close()
    click.echo(f"{done} rows sealed anew. All is sealed with the key {parts.secrets.newest}.")


COMMANDS = (keys,)
