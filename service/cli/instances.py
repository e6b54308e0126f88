"""`hotline start`, `path`, `instances`: beginning a process, the way that it went, and letting it stand still."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import click
from rich.text import Text
from rich.tree import Tree

from service.cli import decisions
from service.cli.connection import Connection, connect
from service.cli.show import console, moment, table
from service.cli.tasks import variables
from service.clock import CITY_ZONE

# As they are drawn: circles for events, diamonds for gateways, boxes for what somebody or something does.
SIGNS = (("start", "○"), ("end", "●"), ("gateway", "◇"), ("event", "◎"), ("rule", "▤"), ("call", "▣"), ("", "▭"))
_STYLES = {"ACTIVE": "bold yellow", "TERMINATED": "dim"}


@click.command()
@click.argument("process")
@click.argument("given", nargs=-1, metavar="[NAME=VALUE]…")
@click.pass_obj
def start(reach: tuple[str | None, str | None], process: str, given: tuple[str, ...]) -> None:
    """Start the newest version of a process; values are JSON where they can be read so, otherwise text."""
    body = {"processDefinitionId": process, "variables": variables(given)}
    answer = connect(*reach).call("POST", "/v2/process-instances", body)
    click.echo(f"Process instance {answer['processInstanceKey']} of {process} has begun.")


@click.command()
@click.argument("which", metavar="MATTER|INSTANCE")
@click.option("--why", is_flag=True, help="Tell of each decision its inputs, and of each rule why it did not fire.")
@click.pass_obj
def path(reach: tuple[str | None, str | None], which: str, why: bool) -> None:
    """Draw the way of a matter, by its number, or of a process instance, by its key."""
    connection = connect(*reach)
    if which.isdigit():
        console.print(_drawn(_instance(connection, which), why))
        return
    matter = connection.call("GET", f"/hotline/v1/matters/{which}/path" + "?why=true" * why)
    if matter["process"] is None:
        raise click.ClickException(f"{which} has no process.")
    console.print(_drawn(matter["process"], why, f"{matter['number']} {matter['status']}"))


@click.group()
def instances() -> None:
    """What an operator does to process instances that run."""


@instances.command("list")
@click.argument("process", required=False)
@click.option("--all", "whole", is_flag=True, help="Those that have ended too.")
@click.pass_obj
def list_(reach: tuple[str | None, str | None], process: str | None, whole: bool) -> None:
    """List the instances that have not ended, newest first; of one PROCESS, or of all."""
    filter_: dict[str, Any] = {"processDefinitionId": process} if process else {}
    filter_ |= {} if whole else {"state": {"$in": ["ACTIVE", "SUSPENDED"]}}
    asked = {"filter": filter_, "sort": [{"field": "startDate", "order": "DESC"}]}
    answer = connect(*reach).call("POST", "/v2/process-instances/search", asked)
    rows = [
        (
            one["processInstanceKey"],
            one["processDefinitionId"],
            one["processDefinitionVersion"],
            one["state"] + " ⚠" * one["hasIncident"],
            moment(one["startDate"]),
            one["businessId"],
        )
        for one in answer["items"]
    ]
    table(("key", "process", "version", "state", "begun", "business id"), rows)
    if answer["page"]["totalItems"] > len(rows):
        click.echo(f"These are {len(rows)} of {answer['page']['totalItems']}.")


@instances.command()
@click.argument("key")
@click.pass_obj
def show(reach: tuple[str | None, str | None], key: str) -> None:
    """Draw the way of an instance, and tell its variables and what keeps it from going on."""
    connection = connect(*reach)
    console.print(_drawn(_instance(connection, key), False))
    asked = {"filter": {"processInstanceKey": key, "scopeKey": key}, "sort": [{"field": "name"}]}
    found = connection.call("POST", "/v2/variables/search", asked)["items"]
    table(("variable", "value"), [(one["name"], one["value"]) for one in found], empty="It has no variables.")
    for one in connection.call("POST", f"/v2/process-instances/{key}/incidents/search", {})["items"]:
        if one["state"] == "ACTIVE":
            click.echo(f"Incident {one['incidentKey']} at {one['elementId']}: {one['errorMessage']}")


@instances.command()
@click.argument("key")
@click.option("--from", "ended", multiple=True, metavar="ELEMENT", help="What ends; may be given several times.")
@click.option("--to", "begun", multiple=True, metavar="ELEMENT", help="What begins; may be given several times.")
@click.pass_obj
def move(reach: tuple[str | None, str | None], key: str, ended: tuple[str, ...], begun: tuple[str, ...]) -> None:
    """End elements of an instance and begin others, all of it or nothing."""
    if not ended and not begun:
        raise click.ClickException("Say what ends with --from ELEMENT, and what begins with --to ELEMENT.")
    asked = {
        "activateInstructions": [{"elementId": one} for one in begun],
        "terminateInstructions": [{"elementId": one} for one in ended],
    }
    connect(*reach).call("POST", f"/v2/process-instances/{key}/modification", asked)
    click.echo(f"Process instance {key} is modified.")


@instances.command()
@click.argument("keys", nargs=-1, required=True, metavar="KEY…")
@click.pass_obj
def suspend(reach: tuple[str | None, str | None], keys: tuple[str, ...]) -> None:
    """Let instances stand still until they are resumed; those that they have called go on by themselves."""
    connection = connect(*reach)
    for key in keys:
        connection.call("POST", f"/v2/process-instances/{key}/suspension", {})
        click.echo(f"Process instance {key} is suspended.")


@instances.command()
@click.argument("keys", nargs=-1, required=True, metavar="KEY…")
@click.pass_obj
def resume(reach: tuple[str | None, str | None], keys: tuple[str, ...]) -> None:
    """Let suspended instances go on; what was due meanwhile happens now."""
    connection = connect(*reach)
    for key in keys:
        connection.call("POST", f"/v2/process-instances/{key}/resumption", {})
        click.echo(f"Process instance {key} goes on.")


def _instance(connection: Connection, key: str) -> dict[str, Any]:
    """An instance as a matter's path has it."""
    instance = connection.call("GET", f"/v2/process-instances/{key}")
    asked = {"filter": {"processInstanceKey": key}, "page": {"limit": 10_000}}
    children = {"filter": {"parentProcessInstanceKey": key}, "page": {"limit": 10_000}}
    people = {
        one["elementInstanceKey"]: one["assignee"]
        for one in connection.call("POST", "/v2/user-tasks/search", asked)["items"]
    }
    elements = connection.call("POST", "/v2/element-instances/search", asked)["items"]
    ids = {one["elementInstanceKey"]: one["elementId"] for one in elements}
    decided = decisions.of_instance(connection, key)
    return {
        "process_id": instance["processDefinitionId"],
        "version": instance["processDefinitionVersion"],
        "state": instance["state"],
        "elements": [
            {
                "id": one["elementId"],
                "name": one["elementName"],
                "type": one["type"],
                "state": one["state"],
                "started_at": one["startDate"],
                "by": people.get(one["elementInstanceKey"]),
            }
            for one in elements
        ],
        "decisions": [{**one, "element_id": ids.get(one["element_key"])} for one in decided],
        "called": [
            _instance(connection, one["processInstanceKey"])
            for one in connection.call("POST", "/v2/process-instances/search", children)["items"]
        ],
    }


def _drawn(process: Mapping[str, Any], why: bool, title: str = "") -> Tree:
    head = f"{process['process_id']} version {process['version']} {process['state']}"
    tree = Tree(Text(f"{title}  {head}".strip(), "bold"))
    decided = defaultdict(list)
    for one in process["decisions"]:
        decided[one["element_id"]].append(one)
    called = list(process["called"])
    day = ""
    for element in process["elements"]:
        began = datetime.fromisoformat(element["started_at"]).astimezone(CITY_ZONE)
        if f"{began:%F}" != day:
            day = f"{began:%F}"
            tree.add(Text(day, "cyan"))
        branch = tree.add(_line(element, f"{began:%T}"))
        if decided[element["id"]]:
            for one in decided[element["id"]].pop(0)["evaluated"]:
                decisions.drawn(branch, one, why=why)
        if "call" in element["type"].lower() and called:
            branch.add(_drawn(called.pop(0), why))
    for one in process.get("incidents", ()):
        if one["state"] == "ACTIVE":
            tree.add(Text(f"⚠ {one['element_id']}: {one['message']}", "bold red"))
    return tree


def _line(element: Mapping[str, Any], at: str) -> Text:
    kind = element["type"].lower()
    sign = next(sign for word, sign in SIGNS if word in kind)
    style = _STYLES.get(element["state"], "")
    line = Text(f"{at} {sign} {element['name'] or element['id']}  ", style).append(element["id"], "dim")
    for told in (element.get("by"), element.get("legal_basis")):
        if told:
            line.append(f"  {told}", "green" if told == element.get("by") else "dim")
    if element["state"] == "ACTIVE":
        line.append("  waits" + "".join(f" · {group}" for group in element.get("groups", ())))
    return line


COMMANDS = (start, path, instances)
