"""`hotline tck`: the standard's own test cases, or some in their layout, and how many of them come true."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import groupby
from operator import attrgetter
from pathlib import Path
from typing import Any

import click
from rich.progress import track

from service.cli.show import console, table
from service.dmn.tck import LEFT_OUT, Outcome, folders, play
from service.errors import NotFound

_Row = tuple[object, ...]


@click.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
def tck(folder: Path) -> None:
    """Play the test cases of FOLDER: a DMN Technology Compatibility Kit, one of its levels, or one test folder.

    Prints how many cases pass by folder and by level, then what fails and why. Ends with 1 if anything fails.
    """
    try:
        found = folders(folder)
    except NotFound as error:
        raise click.ClickException(error.message) from None
    outcomes: list[Outcome] = []
    for one in track(found, "Playing", console=console, transient=True, disable=not console.is_terminal):
        outcomes.extend(play(one))
    counted = [one for one in outcomes if not one.left_out]
    table(("level", "folder", "passed", "cases", "%", ""), _by_folder(outcomes))
    console.print()
    table(("level", "passed", "cases", "%", "results passed", "results"), _by_level(counted))
    failed = [one for one in counted if not one.passed]
    if failed:
        console.print()
        table(
            ("folder", "case", "expected", "got", "warnings"),
            ((one.folder, f"{one.case} {one.result}", one.expected, one.got, one.told) for one in failed),
        )
        raise click.exceptions.Exit(1)


def _by_folder(outcomes: list[Outcome]) -> Iterator[_Row]:
    for (level, folder), found in _grouped(outcomes, attrgetter("level", "folder")):
        if folder in LEFT_OUT:
            yield level, folder, "", len(_cases(found)), "", f"left out: {LEFT_OUT[folder]}"
        else:
            yield level, folder, *_score(_cases(found)), ""


def _by_level(outcomes: list[Outcome]) -> Iterator[_Row]:
    for level, found in [*_grouped(outcomes, attrgetter("level")), ("all", outcomes)]:
        yield level, *_score(_cases(found)), sum(one.passed for one in found), len(found)


def _grouped(outcomes: list[Outcome], key: Callable[[Outcome], Any]) -> list[tuple[Any, list[Outcome]]]:
    return [(value, list(found)) for value, found in groupby(outcomes, key)]


def _cases(outcomes: list[Outcome]) -> list[bool]:
    """Of each case whether it passes: a case passes with all its results."""
    passed: dict[tuple[str, ...], bool] = {}
    for one in outcomes:
        key = one.folder, one.file, one.case
        passed[key] = passed.get(key, True) and one.passed
    return list(passed.values())


def _score(cases: list[bool]) -> _Row:
    return sum(cases), len(cases), f"{100 * sum(cases) / len(cases):.1f}" if cases else ""


COMMANDS = (tck,)
