"""What is published in versions: one of an id is in force, those before it are kept."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, Table, func, insert, select, update

from service.errors import NotFound
from service.store.keys import new_key

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


def withdraw(connection: Connection, table: Table, id_: str, at: datetime) -> RowMapping:
    """Take down the version that is in force, if any is; answers the newest one. Raises NotFound."""
    columns = table.c
    in_force = (columns.id == id_) & (columns.state == PUBLISHED)
    connection.execute(update(table).where(in_force).values(state=WITHDRAWN, withdrawn_at=at))
    newest = select(table).where(columns.id == id_).order_by(columns.version.desc()).limit(1)
    row = connection.execute(newest).mappings().first()
    if row is None:
        raise NotFound(f"Nothing was ever published as {id_[:60]}.")
    return row
