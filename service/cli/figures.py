"""`hotline figures rebuild`: the facts of all matters once more out of their history."""

from __future__ import annotations

import click
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from sqlalchemy import func, select

from service.app import create_app
from service.cli.connection import settings
from service.cli.show import console
from service.errors import HotlineError
from service.hotline import facts
from service.store.tables import matter
from service.web import Hotline


@click.group()
def figures() -> None:
    """What figures are counted from."""


@figures.command()
@click.option(
    "--check", is_flag=True, help="Change nothing; end with 1 if there are facts that the history does not give."
)
def rebuild(check: bool) -> None:
    """Give every matter the facts that its history gives; figures are counted anew from them.

    Asks the database itself (DATABASE_URL); on SQLite the service has to be stopped meanwhile.
    """
    try:
        parts: Hotline = create_app(settings()).extensions["hotline"]
    except HotlineError as error:
        raise click.ClickException(error.message) from None
    with parts.database.read() as connection:
        total = connection.execute(select(func.count()).select_from(matter)).scalar_one()
    columns, others = (TextColumn("matters"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()), 0
    with Progress(*columns, console=console) as bar:
        task = bar.add_task("", total=total)
        for looked_at, found in facts.rebuild(parts.database, changes=not check):
            others += len(found)
            bar.advance(task, looked_at)
    parts.database.close()
    click.echo(f"{total} matters were looked at; {others} had other facts than their history gives.")
    if check and others:
        raise click.exceptions.Exit(1)


COMMANDS = (figures,)
