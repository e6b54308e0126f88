"""Tables of FEEL for tests: a line is `expression => JSON`, evaluated on a Tuesday morning in February 2026."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from random import Random
from typing import Any

from service import exact_json, feel

NOW = datetime(2026, 2, 10, 1, 0, tzinfo=UTC)


def environment(working_days: feel.WorkingDays | None = None, random: Random | None = None) -> feel.Environment:
    return feel.Environment(now=lambda: NOW, working_days=working_days, random=random or Random(1))


def evaluate(expression: str, variables: Mapping[str, Any] | None = None, env: feel.Environment | None = None) -> Any:
    """The JSON of an expression."""
    names = [name for name in variables or {} if " " in name or "-" in name]
    return feel.to_json(feel.compile_expression(expression, names).evaluate(variables or {}, env or environment()))


def cases(table: str) -> list[tuple[str, Any]]:
    rows = []
    for line in filter(None, (line.strip() for line in table.splitlines())):
        expression, _, expected = line.rpartition(" => ")
        rows.append((expression.strip(), exact_json.loads(expected)))
    return rows
