"""`hotline tasks`, `claim` and `complete`: what is open, and doing it."""

from __future__ import annotations

from typing import Any

import click

from service import exact_json
from service.cli.connection import connect
from service.cli.show import table


@click.command()
@click.option("--group", help="Only tasks that this group may do, such as CALL_TAKER or dept-housing:UNIT_HANDLER.")
@click.option("--assignee", help="Only tasks of this person.")
@click.option("--matter", help="Only tasks of the matter with this number.")
@click.option("--limit", default=50, show_default=True)
@click.pass_obj
def tasks(
    reach: tuple[str | None, str | None], group: str | None, assignee: str | None, matter: str | None, limit: int
) -> None:
    """List open user tasks, the most urgent first."""
    asked: dict[str, Any] = {"state": "CREATED"}
    if group:
        asked["candidateGroup"] = group
    if assignee:
        asked["assignee"] = assignee
    if matter:
        asked["processInstanceVariables"] = [{"name": "matter_no", "value": exact_json.dumps(matter)}]
    body = {
        "filter": asked,
        "sort": [{"field": "priority", "order": "DESC"}, {"field": "dueDate", "order": "ASC"}],
        "page": {"limit": limit},
    }
    answer = connect(*reach).call("POST", "/v2/user-tasks/search", body)
    rows = [
        (
            one["userTaskKey"],
            one["name"] or one["elementId"],
            ", ".join(one["candidateGroups"]),
            one["assignee"],
            one["priority"],
            one["dueDate"],
        )
        for one in answer["items"]
    ]
    empty = "No task is open here. Tasks appear when a matter reaches a person."
    table(("key", "task", "for", "assignee", "priority", "due"), rows, empty=empty)
    total = answer["page"]["totalItems"]
    if total > len(rows):
        click.echo(f"{len(rows)} of {total}; --limit shows more.")


@click.command()
@click.argument("key")
@click.argument("person")
@click.option("--take-over", is_flag=True, help="Also when somebody else has it.")
@click.pass_obj
def claim(reach: tuple[str | None, str | None], key: str, person: str, take_over: bool) -> None:
    """Give a task to a person."""
    body = {"assignee": person, "allowOverride": take_over}
    connect(*reach).call("POST", f"/v2/user-tasks/{key}/assignment", body)
    click.echo(f"Task {key} is {person}'s.")


@click.command()
@click.argument("key")
@click.argument("answers", nargs=-1, metavar="[NAME=VALUE]…")
@click.pass_obj
def complete(reach: tuple[str | None, str | None], key: str, answers: tuple[str, ...]) -> None:
    """Complete a task; values are JSON where they can be read so, otherwise text."""
    connect(*reach).call("POST", f"/v2/user-tasks/{key}/completion", {"variables": variables(answers)})
    click.echo(f"Task {key} is done.")


def variables(pairs: tuple[str, ...]) -> dict[str, Any]:
    """`name=value` words as variables."""
    found: dict[str, Any] = {}
    for pair in pairs:
        name, sign, value = pair.partition("=")
        if not name or not sign:
            raise click.ClickException(f"“{pair}” is no NAME=VALUE.")
        try:
            found[name] = exact_json.loads(value)
        except ValueError:
            found[name] = value
    return found


COMMANDS = (tasks, claim, complete)
