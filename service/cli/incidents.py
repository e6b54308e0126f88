"""`hotline incidents`: what is stuck and why, and trying it again."""

from __future__ import annotations

import click

from service.cli.connection import connect
from service.cli.show import table


@click.command()
@click.option("--retry", multiple=True, metavar="KEY", help="Try again at this incident; may be given several times.")
@click.pass_obj
def incidents(reach: tuple[str | None, str | None], retry: tuple[str, ...]) -> None:
    """List open incidents, or try again where the cause has been mended."""
    connection = connect(*reach)
    for key in retry:
        connection.call("POST", f"/v2/incidents/{key}/resolution", {})
        click.echo(f"Incident {key} is resolved; the step is tried again.")
    if retry:
        return
    answer = connection.call("POST", "/v2/incidents/search", {"filter": {"state": "ACTIVE"}})
    rows = [
        (one["incidentKey"], one["processDefinitionId"], one["elementId"], one["errorType"], one["errorMessage"])
        for one in answer["items"]
    ]
    table(("key", "process", "element", "kind", "what"), rows, empty="No incident: everything goes its way.")


COMMANDS = (incidents,)
