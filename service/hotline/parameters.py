"""The numbers that the regulation leaves open: those of the deployed table `parameters` that count now."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from service.engine import Engine, decisions
from service.errors import NotFound

DECISION = "parameters"


def in_force(connection: Connection, engine: Engine, at: datetime) -> Mapping[str, Any]:
    """Name → value; raises NotFound where no table is deployed."""
    told = decisions.evaluate(connection, engine, {"received_at": at}, decision_id=DECISION)
    return told.output if isinstance(told.output, Mapping) else {}


def number(connection: Connection, engine: Engine, name: str) -> int:
    """One of them; raises NotFound for a name of which no row counts now."""
    value = in_force(connection, engine, engine.clock()).get(name)
    if value is None:
        raise NotFound(f"No row of the table {DECISION} gives {name} now. Add one, and deploy the table.")
    return int(value)
