"""`hotline instances migrate`, `cancel` and `hotline batches`: what is done to many instances, and how far it is."""

from __future__ import annotations

from typing import Any

import click

from service.cli.connection import Connection, connect
from service.cli.instances import instances
from service.cli.show import table


@instances.command()
@click.argument("process")
@click.option("--from", "before", type=int, metavar="VERSION", help="Only instances of this version; otherwise of all.")
@click.option("--to", "after", type=int, metavar="VERSION", help="The version to go on by; otherwise the newest.")
@click.option("--map", "mapped", multiple=True, metavar="ID=ID", help="What an element or flow becomes.")
@click.option("--check", is_flag=True, help="Only tell which instances cannot, and why.")
@click.pass_obj
def migrate(
    reach: tuple[str | None, str | None],
    process: str,
    before: int | None,
    after: int | None,
    mapped: tuple[str, ...],
    check: bool,
) -> None:
    """Let the instances of a process go on by another version of it; what is not mapped keeps its id."""
    connection = connect(*reach)
    target = _definition(connection, process, after)
    mapping = [_mapping(one) for one in mapped]
    filter_: dict[str, Any] = {"processDefinitionId": process}
    filter_["processDefinitionVersion"] = {"$neq": target["version"]} if before is None else before
    plan = {"targetProcessDefinitionKey": target["processDefinitionKey"], "mappingInstructions": mapping}
    asked = {"filter": filter_, "migrationPlan": {**plan, "mapEqualIds": True}}
    if not check:
        _told(connection, connection.call("POST", "/v2/process-instances/migration", asked))
        return
    found = connection.call("POST", "/v2/process-instances/migration-check", asked)
    rows = [
        (one["processInstanceKey"], problem["elementId"], problem["message"], problem["mend"])
        for one in found["items"]
        for problem in one["problems"]
    ]
    can = sum(not one["problems"] for one in found["items"])
    click.echo(f"{can} of {len(found['items'])} instances can go on by version {target['version']}.")
    if rows:
        table(("instance", "element", "why not", "mend"), rows)
    if found["hasMore"]:
        click.echo("There are more instances than were looked at.")


@instances.command()
@click.argument("process", metavar="PROCESS|KEY")
@click.option("--version", type=int, help="Only instances of this version; otherwise of all.")
@click.confirmation_option(prompt="End it, or all of them, with all that was called?")
@click.pass_obj
def cancel(reach: tuple[str | None, str | None], process: str, version: int | None) -> None:
    """End one instance, by its key, or those of a process that nobody has called."""
    connection = connect(*reach)
    if process.isdigit():
        connection.call("POST", f"/v2/process-instances/{process}/cancellation", {})
        click.echo(f"Process instance {process} is cancelled.")
        return
    filter_: dict[str, Any] = {"processDefinitionId": process}
    if version is not None:
        filter_["processDefinitionVersion"] = version
    _told(connection, connection.call("POST", "/v2/process-instances/cancellation", {"filter": filter_}))


@click.command()
@click.argument("key", required=False)
@click.pass_obj
def batches(reach: tuple[str | None, str | None], key: str | None) -> None:
    """List what was done to many instances; with a KEY, the instances that it could not be done to."""
    connection = connect(*reach)
    if key:
        asked = {"filter": {"batchOperationKey": key, "state": "FAILED"}, "page": {"limit": 1_000}}
        items = connection.call("POST", "/v2/batch-operation-items/search", asked)["items"]
        rows = [(one["processInstanceKey"], one["errorMessage"]) for one in items]
        table(("instance", "why not"), rows, empty="It failed for none.")
        return
    newest = {"sort": [{"field": "startDate", "order": "DESC"}]}
    answer = connection.call("POST", "/v2/batch-operations/search", newest)
    table(("key", "what", "state", "of", "done", "failed"), [_line(one) for one in answer["items"]])


def _definition(connection: Connection, process: str, version: int | None) -> dict[str, Any]:
    filter_: dict[str, Any] = {"processDefinitionId": process}
    filter_ |= {"isLatestVersion": True} if version is None else {"version": version}
    found = connection.call("POST", "/v2/process-definitions/search", {"filter": filter_})["items"]
    if not found:
        raise click.ClickException(f"There is no process {process} in that version.")
    definition: dict[str, Any] = found[0]
    return definition


def _mapping(given: str) -> dict[str, str]:
    before, sign, after = given.partition("=")
    if not (before and sign and after):
        raise click.ClickException(f"“{given}” is no mapping; write it as look=inspect.")
    return {"sourceElementId": before, "targetElementId": after}


def _told(connection: Connection, begun: dict[str, Any]) -> None:
    key = begun["batchOperationKey"]
    one = connection.call("GET", f"/v2/batch-operations/{key}")
    click.echo(f"Batch operation {key}: {one['operationsCompletedCount']} of {one['operationsTotalCount']} are done,")
    click.echo(f"{one['operationsFailedCount']} failed. `hotline batches` tells how far it is.")


def _line(one: dict[str, Any]) -> tuple[Any, ...]:
    counts = (one["operationsTotalCount"], one["operationsCompletedCount"], one["operationsFailedCount"])
    return (one["batchOperationKey"], one["batchOperationType"], one["state"], *counts)


COMMANDS = (batches,)
