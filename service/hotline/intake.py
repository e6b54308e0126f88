"""What the tables say of a matter while it is being told, before anything of it is kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from service.engine import Engine, decisions
from service.engine.decisions import Evaluation
from service.errors import Conflict
from service.hotline import parameters
from service.hotline.matters import DEFAULTS

EMERGENCY, MISSING, ACCEPTANCE = "emergency-redirect", "intake-completeness", "acceptance"


@dataclass(frozen=True, slots=True)
class Judged:
    """What is still missing, and the two decisions, each with the rules that fired."""

    missing: tuple[str, ...]
    emergency: Evaluation
    acceptance: Evaluation


def judge(connection: Connection, engine: Engine, given: Mapping[str, Any]) -> Judged:
    """As the process will judge it when it is filed so; raises NotFound where a table is not deployed."""
    told = {**DEFAULTS, **given}
    emergency, acceptance = (
        decisions.evaluate(connection, engine, told, decision_id=one) for one in (EMERGENCY, ACCEPTANCE)
    )
    return Judged(missing(connection, engine, given), emergency, acceptance)


def missing(connection: Connection, engine: Engine, given: Mapping[str, Any]) -> tuple[str, ...]:
    """What the table intake-completeness asks for still (Art. 11)."""
    numbers = parameters.in_force(connection, engine, engine.clock())
    told = {**DEFAULTS, **given, "parameters": numbers}
    answer = decisions.evaluate(connection, engine, told, decision_id=MISSING)
    if answer.failed:
        raise Conflict(f"Whether something is missing could not be judged: {answer.failure_message}", decision=MISSING)
    return tuple(answer.output or ())
