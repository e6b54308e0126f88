"""`hotline definitions`: what is deployed, version by version, and deleting a version."""

from __future__ import annotations

import click

from service.cli.connection import connect
from service.cli.show import moment, table


@click.group()
def definitions() -> None:
    """Processes, files of decisions and forms that are deployed."""


@definitions.command("list")
@click.argument("id_", required=False, metavar="[ID]")
@click.option("--deleted", is_flag=True, help="Those that were deleted.")
@click.pass_obj
def list_(reach: tuple[str | None, str | None], id_: str | None, deleted: bool) -> None:
    """List all versions, or those of one process, file of decisions or form."""
    filter_ = {"state": "DELETED" if deleted else "ACTIVE"} | ({"resourceId": id_} if id_ else {})
    sort = [{"field": "kind"}, {"field": "resourceId"}, {"field": "version"}]
    asked = {"filter": filter_, "sort": sort, "page": {"limit": 10_000}}
    rows = [
        (one["resourceKey"], one["kind"], one["resourceId"], one["version"], moment(one["effectiveFrom"]))
        for one in connect(*reach).call("POST", "/v2/resources/search", asked)["items"]
    ]
    table(("key", "kind", "id", "version", "counts from"), rows)


@definitions.command()
@click.argument("keys", nargs=-1, required=True, metavar="KEY…")
@click.confirmation_option(prompt="Delete them? They count no more then, and cannot be brought back.")
@click.pass_obj
def delete(reach: tuple[str | None, str | None], keys: tuple[str, ...]) -> None:
    """Delete versions by which nothing runs; the version before counts again, and what has happened stays readable."""
    connection = connect(*reach)
    for key in keys:
        answer = connection.call("POST", f"/v2/resources/{key}/deletion", {})
        click.echo(f"{key} is deleted.")
        for one in answer["warnings"]:
            click.echo(f"{one['resourceName']}: {one['elementId']}: {one['message']} → {one['mend']}", err=True)


COMMANDS = (definitions,)
