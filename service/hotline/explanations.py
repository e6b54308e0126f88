"""A service object asks for an explanation of its own matter (Art. 14); the diagram says whether one is owed now."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, select

from service.clock import in_city
from service.engine import Engine, messages
from service.errors import Conflict
from service.hotline import matters
from service.store.tables import process_instance

PROCESS = "explanation"
REQUESTED = "explanation-requested"
# What the unit is shown of the matter beside the row's own columns.
_SHOWN = ("title", "text")


@dataclass(frozen=True, slots=True)
class Answered:
    """What the table explanation-right has answered; `not_before` is from when one may ask, if that is known."""

    answer: str
    not_before: str | None


def ask(connection: Connection, engine: Engine, row: RowMapping, given: Mapping[str, Any], *, by: str) -> Answered:
    """Begin an explanation of a matter, whose service object asks for it: `given` holds `objection`, `new_facts`.

    Raises Conflict while one is being prepared.
    """
    number = row["number"]
    before = _before(connection, number)
    if any(one["ended_at"] is None for one in before):
        raise Conflict(f"An explanation of the matter {number} is being prepared already. Wait for it.")
    variables = {
        **_shown(connection, engine, row),
        "matter_no": number,
        "received_at": _told(row["received_at"]),
        "unit_id": row["unit_id"],
        "matter_status": row["status"],
        "deadline": _told(row["deadline_at"]),
        "round": row["round"],
        "public_reply_text": matters.public_reply(connection, engine, row),
        "is_owner": True,
        "objection": given["objection"].strip(),
        "new_facts": bool(given["new_facts"].strip()),
        "new_facts_text": given["new_facts"].strip(),
        "explained_times": sum(_explained(one["variables"], row["round"]) for one in before),
    }
    _, key = messages.correlate(connection, engine, name=REQUESTED, correlation_key=number, variables=variables, by=by)
    mine = select(process_instance.c.variables).where(process_instance.c.key == key)
    right = connection.execute(mine).scalar_one().get("explanation_right")
    if right is None:
        raise Conflict(f"The question about {number} could not be judged. Call 12345.", process=PROCESS)
    return Answered(right["answer"], right["not_before"])


def _before(connection: Connection, number: str) -> list[RowMapping]:
    mine = (process_instance.c.process_id == PROCESS) & (process_instance.c.started_by_key == number)
    return list(connection.execute(select(process_instance).where(mine)).mappings())


def _explained(variables: Mapping[str, Any], round_: int) -> bool:
    """Whether an explanation was given of this round's reply: one of an earlier round is of another reply."""
    return variables.get("explained_at") is not None and variables.get("round") == round_


def _shown(connection: Connection, engine: Engine, row: RowMapping) -> dict[str, Any]:
    mine = select(process_instance).where(process_instance.c.key == row["instance_key"])
    found = connection.execute(mine).mappings().first()
    variables = engine.protection.variables(found) if found else {}
    return {name: variables.get(name) for name in _SHOWN}


def _told(moment: datetime | None) -> str | None:
    return in_city(moment).isoformat(timespec="seconds") if moment else None
