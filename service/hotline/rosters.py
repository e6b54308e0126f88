"""Who sits when: a week's roster, and the times at which nobody does (Art. 17)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import Connection, RowMapping, delete, insert, select

from service.clock import CITY_ZONE
from service.handlers import Job
from service.handlers.check_coverage import Shift, uncovered
from service.handlers.publish_roster import PublishRoster
from service.store.keys import new_key
from service.store.tables import person, roster_shift
from service.store.unit_of_work import Database


def publish(database: Database) -> PublishRoster:
    """A week has one roster: it is written anew whenever it is published again."""

    def keep(job: Job, week_from: date, shifts: Sequence[Shift]) -> str:
        rows = [
            {
                "key": new_key(),
                "week_from": week_from,
                "from_at": one.from_at,
                "to_at": one.to_at,
                "seat": one.seat,
                "person_id": one.person_id,
                "stands_in": one.stands_in,
                "job_key": job.key,
            }
            for one in shifts
        ]
        with database.write() as connection:
            connection.execute(delete(roster_shift).where(roster_shift.c.week_from == week_from))
            if rows:
                connection.execute(insert(roster_shift), rows)
        return f"roster-{week_from.isoformat()}"

    return keep


def between(connection: Connection, begins: datetime, ends: datetime) -> Sequence[RowMapping]:
    """The shifts that touch a stretch of time, with the names of who sits, by seat and time."""
    columns = roster_shift.c
    query = (
        select(roster_shift, person.c.name, person.c.name_en)
        .outerjoin(person, person.c.id == columns.person_id)
        .where(columns.from_at < ends, columns.to_at > begins)
        .order_by(columns.seat, columns.from_at)
    )
    return connection.execute(query).mappings().all()


def monday(day: date) -> datetime:
    """When the week of a day begins, by the city's clock."""
    first = day - timedelta(days=day.weekday())
    return datetime(first.year, first.month, first.day, tzinfo=CITY_ZONE)


def gaps(rows: Sequence[RowMapping], begins: datetime, ends: datetime) -> list[tuple[datetime, datetime]]:
    """When nobody sits, of shifts that were read."""
    sitting = [Shift(row["from_at"], row["to_at"], row["person_id"], row["seat"], row["stands_in"]) for row in rows]
    return list(uncovered(sitting, begins, ends))
