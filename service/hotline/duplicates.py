"""Matters that are about the same: which look like a new one, for the table `duplicate` to judge, and which merged."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from rapidfuzz import fuzz
from sqlalchemy import ColumnElement, Connection, Row, RowMapping, or_, select

from service.clock import in_city
from service.hotline import sealed_fields
from service.store.secrets import KeyRing
from service.store.tables import accusation, matter

# How many are looked at, the newest first; what is older has been told to the same people often enough.
_MOST = 20


def similar_to(
    connection: Connection, secrets: KeyRing, told: Mapping[str, Any], phone: str, received_at: datetime
) -> list[dict[str, Any]]:
    """The open matters of the same caller, and those of the same category in the same area, each by its number.

    A confidential matter of somebody else is not named: its number alone would tell that it was raised (Art. 11). Nor
    is one against others than this is against: whom it is against may be who handles this one (Art. 10, 35).
    """
    mine = sealed_fields.has_phone(secrets, phone) if phone else None
    there = (matter.c.category_l1 == told["category_l1"]) & (matter.c.area == told["division_code"][:6])
    near = there & ~matter.c.confidential if told["category_l1"] and told["division_code"] else None
    ways = [one for one in (mine, near) if one is not None]
    if not ways:
        return []
    query = (
        select(matter, (mine if mine is not None else matter.c.number.is_(None)).label("is_of_caller"))
        .where(matter.c.closed_at.is_(None), matter.c.merged_into.is_(None), or_(*ways), ~_against_others(told))
        .order_by(matter.c.received_at.desc())
        .limit(_MOST)
    )
    found = [sealed_fields.opened(secrets, row) for row in connection.execute(query).mappings()]
    return list(_facts(found, told, received_at))


def _against_others(told: Mapping[str, Any]) -> ColumnElement[bool]:
    same = (accusation.c.kind == "unit") & (accusation.c.name == (told.get("accused_unit") or ""))
    return select(accusation.c.name).where(accusation.c.root_key == matter.c.instance_key, ~same).exists()


def handled(connection: Connection, row: RowMapping) -> RowMapping:
    """The row of the matter that is handled for this one: the one that it was merged into, or itself."""
    query = select(matter).where(matter.c.number == row["merged_into"])
    return connection.execute(query).mappings().first() or row


def followers(connection: Connection, root_key: int) -> Sequence[Row[Any, Any]]:
    """Number and instance of each matter that was merged into the one of a process instance."""
    into = select(matter.c.number).where(matter.c.instance_key == root_key).scalar_subquery()
    return connection.execute(select(matter.c.number, matter.c.instance_key).where(matter.c.merged_into == into)).all()


def _facts(
    rows: Sequence[Mapping[str, Any]], told: Mapping[str, Any], received_at: datetime
) -> Iterator[dict[str, Any]]:
    for row in rows:
        category = told["category_l2"] and (row["category_l1"], row["category_l2"])
        yield {
            "number": row["number"],
            "same_object": bool(row["is_of_caller"]),
            "same_category": category == (told["category_l1"], told["category_l2"]),
            "other_open": True,
            "confidential": bool(row["confidential"] or told["confidential"]),
            "distance_metres": 0 if told["address"] and _plain(row["address"]) == _plain(told["address"]) else None,
            "days_apart": abs((in_city(received_at).date() - in_city(row["received_at"]).date()).days),
            "similarity": round(fuzz.ratio(_plain(row["text"]), _plain(told["text"]))),
        }


def _plain(text: str) -> str:
    return "".join(one for one in text.casefold() if one.isalnum())
