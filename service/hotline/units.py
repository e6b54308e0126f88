"""The units: counties, zones, departments, enterprises, and the agency itself."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, RowMapping, select

from service.store.tables import unit


def listed(connection: Connection) -> Sequence[RowMapping]:
    """All units by kind and name."""
    return connection.execute(select(unit).order_by(unit.c.kind, unit.c.id)).mappings().all()
