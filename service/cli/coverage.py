"""`hotline coverage`: for each clause of the regulation what carries it, and which are not carried yet."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click
from rich.text import Text

from service import exact_json
from service.app import PROJECT, served
from service.cli.show import console, table
from service.errors import HotlineError
from service.hotline import coverage as clauses_carried
from service.hotline.carriers import Carrier
from service.hotline.clauses import LANGUAGES, Clause
from service.hotline.coverage import Coverage


@click.command()
@click.argument("folder", default=PROJECT, type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--all", "all_", is_flag=True, help="Fail as long as there is a clause that nothing carries.")
@click.option("--keep", is_flag=True, help="Write down that what is carried now must be carried from now on.")
@click.option("--json", "as_json", is_flag=True, help="Tell it to a program.")
@click.option("--lang", type=click.Choice(LANGUAGES), default="en", help="The language of the sentences.")
def coverage(folder: Path, all_: bool, keep: bool, as_json: bool, lang: str) -> None:
    """Tell for each clause of the regulation what carries it in FOLDER: elements, rules, fields, routes, pages, ….

    It fails if what is named is not there, or if something carries a clause no more that must carry it. A test that is
    named proves a clause; it does not carry it.
    """
    try:
        seen = clauses_carried.look(folder, served())
        added = clauses_carried.keep(folder, seen) if keep else []
    except HotlineError as error:
        raise click.ClickException(str(error)) from None
    if as_json:
        click.echo(exact_json.dumps(_told(seen)))
    else:
        _print(seen, lang)
        if keep:
            click.echo(f"{len(added)} clauses are new among those that must be carried: {' '.join(added)}")
    if seen.problems or (all_ and seen.not_carried):
        raise click.exceptions.Exit(1)


def _print(seen: Coverage, lang: str) -> None:
    rows = [(id_, one.said[lang], "\n".join(map(str, seen.by[id_])) or "—") for id_, one in seen.clauses.items()]
    table(("clause", "what it says", "what carries it"), rows)
    if seen.not_carried:
        console.print(Text(f"\nNot carried: {' '.join(seen.not_carried)}"))
    if seen.problems:
        console.print(Text(f"\n{len(seen.problems)} problems", style="bold"))
        told = [(one.file, one.element_id, one.message, one.mend) for one in seen.problems]
        table(("file", "what", "problem", "how to mend it"), told)
    click.echo(f"{len(seen.carried)} of {len(seen.clauses)} clauses are carried")


def _told(seen: Coverage) -> Mapping[str, Any]:
    carried = set(seen.carried)
    return {
        "carried": len(carried),
        "of": len(seen.clauses),
        "clauses": [_clause(one, seen.by[one.id], one.id in carried) for one in seen.clauses.values()],
        "problems": [
            {"file": one.file, "element": one.element_id, "message": one.message, "mend": one.mend}
            for one in seen.problems
        ],
    }


def _clause(one: Clause, by: tuple[Carrier, ...], is_carried: bool) -> Mapping[str, Any]:
    return {
        "id": one.id,
        "article": one.article,
        "paragraph": one.paragraph,
        "actor": one.actor,
        "said": one.said,
        "carried": is_carried,
        "carriers": [{"kind": it.kind, "place": it.place, "id": it.id, "name": it.name} for it in by],
    }


COMMANDS = (coverage,)
