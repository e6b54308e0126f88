"""Who has been trained, and until when that counts (Art. 8, Art. 9)."""

from __future__ import annotations

from calendar import monthrange
from datetime import date

from sqlalchemy import Connection, select

from service.clock import in_city
from service.engine import Engine
from service.errors import NotFound
from service.handlers import Job
from service.handlers.issue_certificate import Issue, Passed
from service.store import rows
from service.store.keys import new_key
from service.store.tables import certificate, person
from service.store.unit_of_work import Database


def issue(database: Database, engine: Engine) -> Issue:
    def keep(job: Job, passed: Passed) -> str:
        at = engine.clock()
        values = {
            "key": new_key(),
            "person_id": passed.person_id,
            "unit_id": passed.unit_id,
            "course": passed.course,
            "score": passed.score,
            "issued_at": at,
            "valid_until": later(in_city(at).date(), passed.months),
            "job_key": job.key,
        }
        with database.write() as connection:
            if connection.execute(select(person.c.id).where(person.c.id == passed.person_id)).first() is None:
                raise NotFound(f"Nobody is known as {passed.person_id[:40]}. Register the person, then try again.")
            rows.add_once(connection, certificate, values)
        return f"cert-{job.key}"

    return keep


def is_held(connection: Connection, person_id: str, day: date) -> bool:
    """Whether somebody has a certificate that counts on a day."""
    mine = (certificate.c.person_id == person_id) & (certificate.c.valid_until >= day)
    return connection.execute(select(certificate.c.key).where(mine).limit(1)).first() is not None


def later(day: date, months: int) -> date:
    """The same day of the month so many months later, or the last one that this month has."""
    years, month = divmod(day.month - 1 + months, 12)
    year = day.year + years
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
