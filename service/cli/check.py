"""`hotline check`: whether diagrams, tables and forms are fit to be deployed, and all scenarios come true."""

from __future__ import annotations

from pathlib import Path
from typing import NoReturn

import click

from service.app import PROJECT
from service.cli.show import table
from service.engine import rehearsal
from service.handlers.registry import all_handlers


@click.command()
@click.argument("folder", default=PROJECT, type=click.Path(exists=True, file_okay=False, path_type=Path))
def check(folder: Path) -> None:
    """Check the processes, dmn and forms of FOLDER, and play its scenarios; everything without a database."""
    report = rehearsal.check(folder, all_handlers(post=_nobody, publish=_nobody).keys())
    rows = [(one.file, one.element_id, one.message, one.mend) for one in report.problems]
    if rows:
        table(("file", "element", "problem", "how to mend it"), rows)
    click.echo(f"{report.files} files, {report.scenarios} scenarios, {len(rows)} problems")
    if rows:
        raise click.exceptions.Exit(1)


def _nobody(*_: object, **__: object) -> NoReturn:
    raise NotImplementedError("Nothing is sent while diagrams are checked.")


COMMANDS = (check,)
