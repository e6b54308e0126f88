"""What is published in versions: one of an id is in force, those before it are kept."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, Table, func, insert, select, update

from service.engine import Engine
from service.errors import NotFound
from service.handlers.withdraw_entry import Withdraw
from service.store.keys import new_key
from service.store.unit_of_work import Database

PUBLISHED, REPLACED, WITHDRAWN = "PUBLISHED", "REPLACED", "WITHDRAWN"


def publish(
    connection: Connection, table: Table, id_: str | None, prefix: str, job_key: int, at: datetime, **values: Any
) -> tuple[RowMapping, bool]:
    """Keep the next version of an id, or the first of a new one; answers it, and whether this job is new."""
    columns = table.c
    of_job = select(table).where(columns.job_key == job_key)
    before = connection.execute(of_job).mappings().first()
    if before is not None:
        return before, False
    id_ = id_ or f"{prefix}-{job_key}"
    last = connection.execute(select(func.max(columns.version)).where(columns.id == id_)).scalar()
    in_force = (columns.id == id_) & (columns.state == PUBLISHED)
    connection.execute(update(table).where(in_force).values(state=REPLACED))
    version = {"id": id_, "version": (last or 0) + 1, "state": PUBLISHED, "published_at": at}
    connection.execute(insert(table).values(key=new_key(), job_key=job_key, **version, **values))
    return connection.execute(of_job).mappings().one(), True


def withdraw(database: Database, engine: Engine, table: Table) -> Withdraw:
    """Takes down the version of an id that is in force, if any is. Raises NotFound for what was never published."""
    columns = table.c

    def take_down(id_: str) -> datetime:
        in_force = (columns.id == id_) & (columns.state == PUBLISHED)
        newest = select(columns.withdrawn_at).where(columns.id == id_).order_by(columns.version.desc()).limit(1)
        with database.write() as connection:
            connection.execute(update(table).where(in_force).values(state=WITHDRAWN, withdrawn_at=engine.clock()))
            row = connection.execute(newest).first()
        if row is None:
            raise NotFound(f"Nothing was ever published as {id_[:60]}.")
        at: datetime = row.withdrawn_at
        return at

    return take_down
