"""The page of who may ask what, written from the table that the routes take their rules from."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

from service.web.permissions import ROUTES
from service.web.rules import RELATIONS, ROLES, Rule
from service.web.scopes import SCOPES, needed

PAGE = Path(__file__).parents[2] / "docs" / "permissions.md"
_HEAD = """# Who may ask what

Written by `python -m tests.permissions` from the table in `service/web/permissions.py`, from which every route takes
its rule. A test asks with a matter in each relation, and compares: every route as the first of the roles that the table
treats alike, and a route of every rule as each of the others.

Roles of the agency count for its own people and for those of no unit: a unit cannot give them. `✓` is answered; `—` is
refused, and in a list left out. How somebody stands to a matter:

| relation | what it means |
|---|---|
"""
_TOKENS = """
A token may be for less than its person may do: `hotline tokens give SYSTEM --scope …`. A route asks a token for the
scope that stands behind it; one without scopes is for nothing. A system of a unit (INTEGRATOR there) reads the matters
of its unit and of those below it, none against the unit, and steers nothing.

| scope | what it is for |
|---|---|
"""


def rules() -> list[Rule]:
    """Each rule once, in the order of the table."""
    return [rule for rule, _ in groupby(ROUTES.values())]


def written() -> str:
    relations = "\n".join(f"| {name} | {about} |" for name, about in RELATIONS.items())
    scoped = "\n".join(f"| `{name}` | {about} |" for name, about in SCOPES.items())
    return (
        _HEAD
        + relations
        + "\n"
        + _TOKENS
        + scoped
        + "\n"
        + "".join(f"\n{part}" for rule in rules() for part in _section(rule))
    )


def _section(rule: Rule) -> Iterator[str]:
    yield f"## {rule.name[0].upper()}{rule.name[1:]}\n"
    yield f"{rule.about}\n"
    if rule.is_paced:
        yield "One address is answered so often a minute as `REQUESTS_OF_ADDRESS` says.\n"
    yield "".join(_line(route) for route, own in ROUTES.items() if own == rule)
    if rule.cells:
        yield _matrix(rule)
    elif not rule.is_open:
        yield f"Answered: {', '.join(role for role in ROLES if rule.answers(role))}.\n"


def _line(route: str) -> str:
    scope = needed(route)
    return f"- `{route}` ({scope})\n" if scope else f"- `{route}`\n"


def _matrix(rule: Rule) -> str:
    """One line for all roles that are alike."""
    lines: dict[tuple[str, ...], list[str]] = {}
    for role in ROLES:
        cells = tuple("✓" if rule.answers(role, relation) else "—" for relation in RELATIONS)
        lines.setdefault(cells, []).append(role)
    head = f"| role | {' | '.join(RELATIONS)} |\n|---{'|:---:' * len(RELATIONS)}|\n"
    return head + "".join(f"| {', '.join(roles)} | {' | '.join(cells)} |\n" for cells, roles in lines.items())
