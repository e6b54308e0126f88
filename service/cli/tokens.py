"""`hotline tokens`: by which systems sign in, each for some scopes and for a time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import click

from service.cli.connection import connect
from service.cli.show import moment, table
from service.web.scopes import SCOPES

_PATH = "/hotline/v1"
# From before there were scopes.
_NOTHING = "nothing, without scopes: give another, and take it back"


@click.group()
def tokens() -> None:
    """Tokens by which systems sign in."""


@tokens.command()
@click.argument("person")
@click.option(
    "--scope",
    "scopes",
    multiple=True,
    required=True,
    type=click.Choice(list(SCOPES)),
    help="What it is for; again for more.",
)
@click.option("--label", default="", help="A word about it.")
@click.option("--days", default=365, show_default=True, help="How long it counts.")
@click.pass_obj
def give(reach: tuple[str | None, str | None], person: str, scopes: tuple[str, ...], label: str, days: int) -> None:
    """Give a system, or yourself, a token for some scopes."""
    body = {"scopes": list(scopes), "label": label, "days": days}
    given = connect(*reach).call("POST", f"{_PATH}/people/{person}/tokens", body)
    click.echo(given["token"])
    click.echo(f"This is told once. It is called {given['id']}, and runs out {moment(given['expires_at'])}.", err=True)


@tokens.command("list")
@click.argument("person")
@click.pass_obj
def list_(reach: tuple[str | None, str | None], person: str) -> None:
    """The tokens of somebody."""
    items = connect(*reach).call("GET", f"{_PATH}/people/{person}/tokens")["items"]
    rows = [(one["id"], one["label"], " ".join(one["scopes"]) or _NOTHING, _until(one)) for one in items]
    table(("id", "label", "for", "runs out"), rows, empty=f"{person} has no token.")


def _until(one: Mapping[str, Any]) -> str:
    return moment(one["expires_at"]) if one["expires_at"] else "never"


@tokens.command("take-back")
@click.argument("id_", metavar="ID")
@click.pass_obj
def take_back(reach: tuple[str | None, str | None], id_: str) -> None:
    """Let a token let nobody in any more."""
    connect(*reach).call("DELETE", f"{_PATH}/tokens/{id_}")
    click.echo(f"The token {id_} lets nobody in any more.")


COMMANDS = (tokens,)
