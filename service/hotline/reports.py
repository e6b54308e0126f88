"""What somebody reports about a matter: bad conduct, a leak, retaliation, misuse. Each begins a process of its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import Connection, RowMapping, select

from service.clock import in_city
from service.engine import Engine, messages
from service.errors import Conflict, Invalid, NotFound, Problem
from service.store.tables import unit


def make(
    connection: Connection, engine: Engine, row: RowMapping, what: str, given: Mapping[str, Any], *, by: str
) -> None:
    """Begin what looks into a report about a matter; `what` is one of REPORTS.

    Whom it is against sees nothing of it, from its first step on. Raises Invalid for a unit that there is not, and
    Conflict while a report of this kind about the matter is looked into.
    """
    accused = given.get("accused_unit")
    if accused and connection.execute(select(unit.c.id).where(unit.c.id == accused)).first() is None:
        message = f"There is no unit {accused}."
        raise Invalid(message, [Problem("accused_unit", message, "Take its id from /hotline/v1/units.")])
    message, variables = REPORTS[what](row, given)
    at = in_city(engine.clock()).isoformat(timespec="seconds")
    told = {"matter_no": row["number"], "title": row["title"], "received_at": at, **variables}
    try:
        messages.correlate(connection, engine, name=message, correlation_key=row["number"], variables=told, by=by)
    except NotFound:
        reason = f"A report of this kind about {row['number']} is being looked into. Add to it when you are asked."
        raise Conflict(reason, what=what) from None


def _conduct(row: RowMapping, given: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    return "conduct-complained", {"text": given["text"], **_against(row, given)}


def _leak(row: RowMapping, given: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    told = _against(row, given)
    return "leak-reported", {"text": given["text"], **told, "unit_id": told["accused_unit"]}


def _retaliation(row: RowMapping, given: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    told = _against(row, given)
    return "retaliation-reported", {"text": given["text"], **told, "unit_id": told["accused_unit"]}


def _misuse(_: RowMapping, given: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    return "misuse-flagged", {"flag_text": given["text"]}


def _against(row: RowMapping, given: Mapping[str, Any]) -> dict[str, Any]:
    """The unit that handles the matter, unless another is named."""
    return {"accused_unit": given["accused_unit"] or row["unit_id"], "accused_person": given["accused_person"]}


# What may be reported → the message that the diagrams wait for, with its variables.
REPORTS: Mapping[str, Callable[[RowMapping, Mapping[str, Any]], tuple[str, dict[str, Any]]]] = {
    "conduct-complaint": _conduct,
    "leak-report": _leak,
    "retaliation-report": _retaliation,
    "misuse": _misuse,
}
