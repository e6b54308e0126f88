"""The same steps from a terminal: `hotline serve`, `check`, `deploy`, `tasks`, `claim`, `complete`, `path`, …"""

from __future__ import annotations

import click

from service.cli import (
    audit,
    batches,
    check,
    coverage,
    definitions,
    deploy,
    figures,
    imports,
    incidents,
    instances,
    keys,
    people,
    seed,
    serve,
    tasks,
    tck,
    tokens,
)


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.option("--url", envvar="HOTLINE_URL", help="Where the service runs; otherwise this machine, or its database.")
@click.option("--token", envvar="HOTLINE_TOKEN", help="The bearer token of the person who acts.")
@click.pass_context
def main(context: click.Context, url: str | None, token: str | None) -> None:
    """A city's hotline regulation, executed."""
    context.obj = (url, token)


for _module in (
    serve,
    check,
    coverage,
    tck,
    deploy,
    definitions,
    instances,
    batches,
    tasks,
    incidents,
    imports,
    audit,
    figures,
    keys,
    seed,
    people,
    tokens,
):
    for _command in _module.COMMANDS:
        main.add_command(_command)
