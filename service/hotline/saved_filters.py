"""The filters of the inbox that somebody keeps under names of their own; what they filter by is sealed."""

from __future__ import annotations

from typing import Any, NamedTuple

from sqlalchemy import Connection, RowMapping, delete, insert, select, update

from service import exact_json
from service.errors import Conflict, Invalid, NotFound
from service.store.keys import new_key
from service.store.secrets import KeyRing
from service.store.tables import saved_filter

MOST, LONGEST = 20, 40


class Filter(NamedTuple):
    """`query` is what stands in the address."""

    key: int
    name: str
    query: str


def listed(connection: Connection, secrets: KeyRing, person_id: str) -> list[Filter]:
    """In the order in which they were kept."""
    mine = select(saved_filter).where(saved_filter.c.person_id == person_id).order_by(saved_filter.c.key)
    return [_opened(secrets, row) for row in connection.execute(mine).mappings()]


def keep(connection: Connection, secrets: KeyRing, person_id: str, name: str, query: str) -> None:
    """One of the same name is changed; raises Invalid for a name that is none, Conflict for one more than MOST."""
    name = " ".join(name.split())
    if not name or len(name) > LONGEST or not name.isprintable():
        raise Invalid(f"Give the filter a name of {LONGEST} characters at most.")
    before = listed(connection, secrets, person_id)
    same = next((one.key for one in before if one.name == name), None)
    key = new_key() if same is None else same
    sealed = secrets.seal(exact_json.dumps({"name": name, "query": query}), *_place(key))
    if same is not None:
        connection.execute(update(saved_filter).where(saved_filter.c.key == key).values(sealed=sealed))
        return
    if len(before) >= MOST:
        raise Conflict(f"You keep {MOST} filters already. Delete one first.")
    connection.execute(insert(saved_filter).values(key=key, person_id=person_id, sealed=sealed))


def drop(connection: Connection, secrets: KeyRing, person_id: str, key: int) -> Filter:
    """What was dropped; raises NotFound, also for somebody else's."""
    found = next((one for one in listed(connection, secrets, person_id) if one.key == key), None)
    if found is None:
        raise NotFound("You keep no such filter.")
    connection.execute(delete(saved_filter).where(saved_filter.c.key == key))
    return found


def sealed_again(secrets: KeyRing, row: RowMapping) -> dict[str, Any]:
    """The column of a row, sealed by the newest key."""
    place = _place(row["key"])
    return {"sealed": secrets.seal(secrets.open(row["sealed"], *place), *place)}


def _opened(secrets: KeyRing, row: RowMapping) -> Filter:
    told = exact_json.loads(secrets.open(row["sealed"], *_place(row["key"])))
    return Filter(row["key"], told["name"], told["query"])


def _place(key: int) -> tuple[str, str, str]:
    return "saved_filter", str(key), "sealed"
