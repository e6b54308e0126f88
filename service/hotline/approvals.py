"""Tables and diagrams that the government has approved: they may be deployed from then on (Art. 27)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from service.engine import Engine, approvals
from service.handlers import Job
from service.handlers.record_approval import RecordApproval
from service.store.unit_of_work import Database


def record(database: Database, engine: Engine) -> RecordApproval:
    def keep(job: Job, checksums: Sequence[str], since: date, document: str) -> None:
        with database.write() as connection:
            approvals.note(connection, engine, job, checksums, since, document)

    return keep
