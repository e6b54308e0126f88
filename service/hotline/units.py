"""The register of units: counties, zones, departments, enterprises, those below them, and the agency itself."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime

from sqlalchemy import Connection, RowMapping, insert, select, update

from service.engine import Engine
from service.errors import NotFound
from service.handlers.activate_unit import Activate, Joining
from service.handlers.find_inactive_units import FindInactive
from service.handlers.list_bodies import Body, ListBodies
from service.handlers.look_up_staff import LookUpStaff
from service.store.tables import person, unit
from service.store.unit_of_work import Database

ACTIVE = "ACTIVE"
# What a county gives matters on to.
_BODIES = ("COUNTY_DEPT", "TOWN")


def listed(connection: Connection) -> Sequence[RowMapping]:
    """All units by kind and name."""
    return connection.execute(select(unit).order_by(unit.c.kind, unit.c.id)).mappings().all()


def find(connection: Connection, id_: str) -> RowMapping | None:
    """A unit of the register; None for one that it does not have."""
    return connection.execute(select(unit).where(unit.c.id == id_)).mappings().first()


def get(connection: Connection, id_: str) -> RowMapping:
    """Raises NotFound for a unit that is not in the register."""
    row = find(connection, id_)
    if row is None:
        raise NotFound(f"There is no unit {id_[:40]} in the register.")
    return row


def people(connection: Connection, ids: Iterable[str | None]) -> dict[str, RowMapping]:
    """The names of people by their ids."""
    columns = person.c
    query = select(columns.id, columns.name, columns.name_en).where(columns.id.in_({one for one in ids if one}))
    return {row["id"]: row for row in connection.execute(query).mappings()}


def bodies(database: Database) -> ListBodies:
    def list_(unit_id: str) -> Sequence[Body]:
        of = unit.c
        query = select(of.id, of.name, of.kind).where(of.state == ACTIVE, of.kind.in_(_BODIES)).order_by(of.id)
        with database.read() as connection:
            found = [Body(*row) for row in connection.execute(query.where(of.parent_id == unit_id))]
            return found or [Body(unit_id, get(connection, unit_id)["name"], kind) for kind in _BODIES]

    return list_


def inactive(database: Database) -> FindInactive:
    def find_() -> Sequence[str]:
        query = select(unit.c.id).where(unit.c.state != ACTIVE).order_by(unit.c.id)
        with database.read() as connection:
            return connection.execute(query).scalars().all()

    return find_


def activate(database: Database, engine: Engine) -> Activate:
    """Keep a unit as active from now on, whether it was in the register before or not."""

    def keep(joining: Joining) -> datetime:
        at = engine.clock()
        with database.write() as connection:
            values = {**asdict(joining), "state": ACTIVE, "activated_at": at}
            del values["id"]
            changed = connection.execute(update(unit).where(unit.c.id == joining.id).values(**values))
            if changed.rowcount == 0:
                connection.execute(insert(unit).values(id=joining.id, **values))
        return at

    return keep


def staff(database: Database) -> LookUpStaff:
    def look_up(unit_id: str) -> Mapping[str, Sequence[str]]:
        query = select(person.c.id, person.c.roles).where(person.c.unit_id == unit_id)
        with database.read() as connection:
            return {row.id: row.roles for row in connection.execute(query)}

    return look_up
