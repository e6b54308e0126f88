"""What is secret in a matter: kept beside it as its processes tell, so that every answer can be judged by it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection, Select, delete, insert, select, update

from service.engine import Engine
from service.engine.followed import FollowedStep
from service.store.tables import matter, protection

# The property of an element from which on a process is secret: its value is the class.
SECRECY = "secrecy"
_LONGEST = 20


@dataclass(frozen=True, slots=True)
class Marks:
    """The class of what is secret, and whether the service object asked for confidentiality."""

    secrecy: str = "NONE"
    confidential: bool = False


NOTHING = Marks()


def follow(engine: Engine) -> Any:
    """A follower: what the variables `secrecy` and `confidential` of a matter's first process say, and the property
    `secrecy` of an element. A process of its own that goes on about a matter (`matter_no`) is as secret as that."""

    def told(connection: Connection, step: FollowedStep) -> None:
        values = _told(engine, connection, step)
        before = _of_matter(connection, step)
        if not values and before == NOTHING:
            return
        known = of(connection, [step.root_key]).get(step.root_key, NOTHING)
        now = replace(known, **values)
        if now.secrecy == NOTHING.secrecy:
            now = replace(now, secrecy=before.secrecy)
        now = replace(now, confidential=now.confidential or before.confidential)
        _keep(connection, step.root_key, known, now)

    return told


def of(connection: Connection, root_keys: Collection[int]) -> dict[int, Marks]:
    """Of those among these matters in which something is secret."""
    query = select(protection).where(protection.c.root_key.in_(set(root_keys)))
    return {row.root_key: Marks(row.secrecy, row.confidential) for row in connection.execute(query)}


def matters_with_marks() -> Select[Any]:
    """The rows of matters, each with what `of_row` reads."""
    mine = protection.c.root_key == matter.c.instance_key
    return select(matter, protection.c.secrecy).outerjoin_from(matter, protection, mine)


def of_row(row: Mapping[Any, Any]) -> Marks:
    """Of a matter's row with its `secrecy`, which is none where nothing is secret."""
    return Marks(row["secrecy"] or NOTHING.secrecy, bool(row["confidential"]))


def _told(engine: Engine, connection: Connection, step: FollowedStep) -> dict[str, Any]:
    values: dict[str, Any] = {}
    if step.instance_key == step.root_key:
        secrecy, confidential = step.variables.get("secrecy"), step.variables.get("confidential")
        if isinstance(secrecy, str) and 0 < len(secrecy) <= _LONGEST:
            values["secrecy"] = secrecy
        if isinstance(confidential, bool):
            values["confidential"] = confidential
    if step.elements:
        elements = engine.process_model(connection, step.definition_key).elements
        drawn = [elements[id_].properties.get(SECRECY) for id_ in step.elements if id_ in elements]
        if classes := [one[:_LONGEST] for one in drawn if one]:
            values["secrecy"] = classes[-1]
    return values


def _of_matter(connection: Connection, step: FollowedStep) -> Marks:
    number = step.variables.get("matter_no")
    if not isinstance(number, str) or step.business_id == number:
        return NOTHING
    query = select(protection.c.secrecy, protection.c.confidential)
    query = query.join(matter, matter.c.instance_key == protection.c.root_key)
    row = connection.execute(query.where(matter.c.number == number, matter.c.instance_key != step.root_key)).first()
    return Marks(row.secrecy, row.confidential) if row else NOTHING


def _keep(connection: Connection, root_key: int, known: Marks, now: Marks) -> None:
    mine, values = protection.c.root_key == root_key, _values(now)
    if now == known:
        return
    if now == NOTHING:
        connection.execute(delete(protection).where(mine))
    elif known == NOTHING:
        connection.execute(insert(protection).values(root_key=root_key, **values))
    else:
        connection.execute(update(protection).where(mine).values(**values))


def _values(marks: Marks) -> Mapping[str, Any]:
    return {"secrecy": marks.secrecy, "confidential": marks.confidential}
