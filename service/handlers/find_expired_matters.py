"""`find-expired-matters`: which matters have been closed for longer than they are kept."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

from service.handlers import Job, JobHandler

# The numbers of those closed before a number of years, and the day from which on they are kept.
Expired = Callable[[int], tuple[Sequence[str], date]]


def handler(expired: Expired) -> JobHandler:
    def find_expired_matters(job: Job) -> Mapping[str, Any]:
        numbers, before = expired(int(job.variables["retention_years"]))
        return {"expired_matters": list(numbers), "expired_before": before.isoformat()}

    return find_expired_matters
