"""Matters that were kept long enough: found, and what is personal in them erased for good.

With the key of a process instance all that it has sealed is gone; the sealed columns are emptied too. What is left is
what all may read: which way a matter went, in what time, and what is counted from that.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Select, delete, select, update

from service.clock import in_city
from service.engine import Engine, audit
from service.handlers.erase_personal_data import Erase
from service.handlers.find_expired_matters import Expired
from service.hotline import attachments, matters, quarantine, sealed_fields
from service.store.protection import ERASED
from service.store.tables import (
    element_instance,
    history,
    matter,
    matter_note,
    notice,
    process_instance,
    task_draft,
    user_task,
)
from service.store.unit_of_work import Database

# One confirms so many at once at the most; the others come the next time.
_MOST = 500
_NOTHING = dict.fromkeys((*sealed_fields.COLUMNS, "phone_mark", "word_marks", "query_code_hash"), "")


def expired(database: Database, engine: Engine) -> Expired:
    def find(years: int) -> tuple[Sequence[str], date]:
        today = in_city(engine.clock())
        before = today.replace(
            year=today.year - years, day=min(today.day, 28), hour=0, minute=0, second=0, microsecond=0
        )
        with database.read() as connection:
            return list(connection.execute(_expired(before)).scalars()), before.date()

    return find


def erase(database: Database, engine: Engine) -> Erase:
    """Each in a transaction of its own; the second try of a job finds what the first has left."""

    def forget(numbers: Collection[str]) -> Sequence[str]:
        erased = []
        for number in numbers:
            with database.write() as connection:
                if _erase(connection, engine, number):
                    erased.append(number)
        return erased

    return forget


def _expired(before: datetime) -> Select[Any]:
    """Closed long ago, and nothing goes on about them: nor about one that was merged into them, or they into."""
    into = matter.alias("into").c
    open_ = select(into.number).where(into.closed_at.is_(None), into.number == matter.c.merged_into).exists()
    instance = process_instance.c
    about = (instance.root_key == matter.c.instance_key) | (instance.started_by_key == matter.c.number)
    goes_on = select(instance.key).where(about, instance.ended_at.is_(None)).exists()
    query = select(matter.c.number).where(matter.c.closed_at < before, matter.c.erased_at.is_(None))
    return query.where(~open_, ~goes_on).order_by(matter.c.closed_at).limit(_MOST)


def _erase(connection: Connection, engine: Engine, number: str) -> bool:
    row = matters.get(connection, number)
    if row["erased_at"] is not None:
        return False
    at, instance = engine.clock(), process_instance.c
    mine = (instance.root_key == row["instance_key"]) | (instance.started_by_key == number)
    roots = set(connection.execute(select(instance.root_key).where(mine)).scalars())
    keys = select(instance.key).where(instance.root_key.in_(roots))
    for table in (element_instance, history, matter_note, notice):
        connection.execute(update(table).where(table.c.instance_key.in_(keys)).values(sealed=None))
    connection.execute(update(user_task).where(user_task.c.instance_key.in_(keys)).values(transition=None))
    connection.execute(delete(task_draft).where(task_draft.c.instance_key.in_(keys)))
    connection.execute(
        update(process_instance).where(instance.root_key.in_(roots)).values(sealed=None, data_key=ERASED)
    )
    connection.execute(update(matter).where(matter.c.number == number).values(**_NOTHING, erased_at=at))
    quarantine.forget(connection, number)
    attachments.forget(connection, number)
    matters.note(connection, engine, row, "personal-data-erased", by="in-process")
    audit.record(connection, at, "personal-data-erased", who="in-process", subject=f"matter {number}")
    return True
