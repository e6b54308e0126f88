"""`hotline deploy`: diagrams, tables and forms to the service, all or nothing."""

from __future__ import annotations

from pathlib import Path

import click

from service.app import PROJECT
from service.cli.connection import connect
from service.cli.show import moment, table

_KINDS = (".bpmn", ".dmn", ".form")


@click.command()
@click.argument("paths", nargs=-1, type=click.Path(exists=True, path_type=Path))
@click.option(
    "--effective", metavar="DATE", help="From when what is new counts: 2027-01-01, or an instant; else at once."
)
@click.pass_obj
def deploy(reach: tuple[str | None, str | None], paths: tuple[Path, ...], effective: str | None) -> None:
    """Deploy files, and all diagrams, tables and forms of folders, together; without PATHS, those of the project.

    A diagram runs with the tables and forms that were deployed together with it: deploy what belongs together at once.
    """
    paths = paths or tuple(PROJECT / folder for folder in ("processes", "dmn", "forms"))
    files = [file for path in paths for file in (sorted(path.rglob("*")) if path.is_dir() else [path])]
    files = [file for file in files if file.suffix in _KINDS or file in paths]
    if not files:
        raise click.ClickException("There is no .bpmn, .dmn or .form file to deploy.")
    parts = [("resources", (file.name, file.read_bytes(), "application/octet-stream")) for file in files]
    fields = {"effectiveFrom": effective} if effective else None
    answer = connect(*reach).call("POST", "/v2/deployments", files=parts, fields=fields)
    rows = []
    for one in answer["deployments"]:
        for kind, id_, version in (
            ("processDefinition", "processDefinitionId", "processDefinitionVersion"),
            ("decisionDefinition", "decisionDefinitionId", "version"),
            ("form", "formId", "version"),
        ):
            if one.get(kind):
                rows.append((kind, one[kind][id_], one[kind][version], moment(one[kind]["effectiveFrom"])))
    table(("kind", "id", "version", "counts from"), rows)
    for one in answer["warnings"]:
        click.echo(f"{one['resourceName']}: {one['elementId']}: {one['message']} → {one['mend']}", err=True)


COMMANDS = (deploy,)
