"""What follows from the kind of a unit, as the table unit-kind says: whom it is ranked with, and its budget."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import Connection

from service.engine import Engine, decisions
from service.errors import Conflict

DECISION = "unit-kind"


@dataclass(frozen=True, slots=True)
class Rules:
    """Without a `group` a unit is counted with the one above it."""

    group: str | None
    has_budget: bool


def rules(connection: Connection, engine: Engine, kinds: Iterable[str]) -> Mapping[str, Rules]:
    """Kind → what follows from it. Raises NotFound without the table, Conflict for a kind without a row."""
    return {kind: _rules(connection, engine, kind) for kind in set(kinds)}


def _rules(connection: Connection, engine: Engine, kind: str) -> Rules:
    told = decisions.evaluate(connection, engine, {"unit_kind": kind}, decision_id=DECISION)
    if told.failed or told.output is None:
        reason = told.failure_message or "no row is for it"
        raise Conflict(f"The table {DECISION} does not say what follows from the kind {kind}: {reason}. Add a row.")
    return Rules(told.output["group"], told.output["has_budget"])
