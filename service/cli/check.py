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
from service.errors import Problem
from service.handlers.registry import HANDLERS
from service.hotline import fact_sources, matters
from service.hotline.clauses import FOLDER


@click.command()
@click.argument("folder", default=PROJECT, type=click.Path(exists=True, file_okay=False, path_type=Path))
def check(folder: Path) -> None:
    """Check the processes, dmn and forms of FOLDER, and play its scenarios; everything without a database.

    What would be deployed with a warning is a problem here too.
    """
    report = rehearsal.check(folder, HANDLERS.keys())
    found = [*report.problems, *_lost_facts(folder, report.project)]
    for file, problems in groupby(sorted(found, key=attrgetter("file")), key=attrgetter("file")):
        console.print(Text(f"\n{file}", style="bold"))
        table(("element", "problem", "how to mend it"), [(one.element_id, one.message, one.mend) for one in problems])
    warnings = sum(one.is_warning for one in found)
    counted = f"{len(found)} problems" + (f", {warnings} of them warnings" if warnings else "")
    click.echo(f"{report.files} files, {report.scenarios} scenarios, {counted}")
    if found:
        raise click.exceptions.Exit(1)


def _lost_facts(folder: Path, project: rehearsal.Project) -> list[Problem]:
    """The facts that are told by what is drawn no more; where a diagram cannot be read, nobody can say."""
    if ".bpmn" in project.unread or not (folder / FOLDER / fact_sources.FILE).is_file():
        return []
    given = {name for form, _, _ in project.found.forms.values() for name in form.labels}
    given.update(matters.DEFAULTS, matters.TOLD_TOO)
    return list(fact_sources.lost(fact_sources.read(folder), project.models, given))


COMMANDS = (check,)
