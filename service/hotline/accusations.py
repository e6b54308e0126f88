"""Whom a matter is against: kept beside it as its processes tell, so that every search leaves out what it must."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import Connection, delete, insert, or_, select, tuple_

from service.engine.followed import FollowedStep
from service.hotline.people import is_agency
from service.store.tables import accusation, matter, person

# Variable → what it names: one id, or a list of ids.
NAMED: Mapping[str, str] = {"accused_unit": "unit", "accused_person": "person"}
_LONGEST = 80


def follow(connection: Connection, step: FollowedStep) -> None:
    """A follower: the units and people that the variables of a matter's processes accuse.

    What the first process says replaces what it said; what it has called adds to it. A process of its own that goes
    on about a matter (`matter_no`) is against the same.
    """
    told = {kind: set(_ids(step.variables[name])) for name, kind in NAMED.items() if name in step.variables}
    named = {(kind, id_) for kind, ids in told.items() for id_ in ids} | set(_of_matter(connection, step))
    if not told and not named:
        return
    query = select(accusation.c.kind, accusation.c.name).where(accusation.c.root_key == step.root_key)
    known = {(row.kind, row.name) for row in connection.execute(query)}
    if step.instance_key == step.root_key and any(kind in told for kind, _ in known - named):
        gone = accusation.c.root_key == step.root_key, accusation.c.kind.in_(told)
        connection.execute(delete(accusation).where(*gone))
        known = {(kind, name) for kind, name in known if kind not in told}
    rows = [{"root_key": step.root_key, "kind": kind, "name": name} for kind, name in sorted(named - known)]
    if rows:
        connection.execute(insert(accusation), rows)


def hears(connection: Connection, by: str, root_key: int, holds: Mapping[str, Any]) -> bool:
    """Whether a message or a signal of somebody may reach a matter: not one against them, or their unit (Art. 10, 35).

    What an instance that has just begun `holds` is not kept as an accusation yet.
    """
    row = connection.execute(select(person.c.id, person.c.unit_id, person.c.roles).where(person.c.id == by)).first()
    theirs = {("person", by)}
    if row is not None and row.unit_id is not None and not is_agency(row):
        theirs.add(("unit", row.unit_id))
    if any((kind, id_) in theirs for name, kind in NAMED.items() for id_ in _ids(holds.get(name))):
        return False
    named = tuple_(accusation.c.kind, accusation.c.name).in_(theirs)
    of_matter = select(matter.c.instance_key).where(matter.c.number == str(holds.get("matter_no")))
    about = or_(accusation.c.root_key == root_key, accusation.c.root_key.in_(of_matter))
    return connection.execute(select(accusation.c.name).where(named, about).limit(1)).first() is None


def _of_matter(connection: Connection, step: FollowedStep) -> Iterator[tuple[str, str]]:
    number = step.variables.get("matter_no")
    if not isinstance(number, str) or step.business_id == number:
        return
    of_matter = accusation.c.root_key == matter.c.instance_key
    query = select(accusation.c.kind, accusation.c.name).join(matter, of_matter)
    query = query.where(matter.c.number == number, accusation.c.root_key != step.root_key)
    for row in connection.execute(query):
        yield row.kind, row.name


def _ids(value: Any) -> Iterator[str]:
    for one in value if isinstance(value, list) else [value]:
        if isinstance(one, str) and 0 < len(one) <= _LONGEST:
            yield one
