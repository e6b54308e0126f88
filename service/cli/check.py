"""`hotline check`: whether diagrams, tables and forms are fit to be deployed, and all scenarios come true."""

from __future__ import annotations

from itertools import groupby
from operator import attrgetter
from pathlib import Path

import click
from rich.text import Text

from service.app import PROJECT
from service.cli.show import console, table
from service.engine import rehearsal
from service.handlers.registry import HANDLERS


@click.command()
@click.argument("folder", default=PROJECT, type=click.Path(exists=True, file_okay=False, path_type=Path))
def check(folder: Path) -> None:
    """Check the processes, dmn and forms of FOLDER, and play its scenarios; everything without a database.

    What would be deployed with a warning is a problem here too.
    """
    report = rehearsal.check(folder, HANDLERS.keys())
    for file, problems in groupby(sorted(report.problems, key=attrgetter("file")), key=attrgetter("file")):
        console.print(Text(f"\n{file}", style="bold"))
        table(("element", "problem", "how to mend it"), [(one.element_id, one.message, one.mend) for one in problems])
    warnings = sum(one.is_warning for one in report.problems)
    counted = f"{len(report.problems)} problems" + (f", {warnings} of them warnings" if warnings else "")
    click.echo(f"{report.files} files, {report.scenarios} scenarios, {counted}")
    if report.problems:
        raise click.exceptions.Exit(1)


COMMANDS = (check,)
