"""`hotline people`: what is done about how people sign in."""

from __future__ import annotations

import click

from service.cli.connection import connect


@click.group()
def people() -> None:
    """People of the organisation."""


@people.command("remove-second-factor")
@click.argument("person")
@click.pass_obj
def remove_second_factor(reach: tuple[str | None, str | None], person: str) -> None:
    """Somebody has lost the device: the next sign-in begins a new second factor."""
    connect(*reach).call("DELETE", f"/hotline/v1/people/{person}/second-factor")
    click.echo(f"{person} begins a new second factor at the next sign-in.")


COMMANDS = (people,)
