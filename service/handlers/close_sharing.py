"""`close-sharing`: a system is told nothing any more."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from service.handlers import Job, JobHandler
from service.handlers.withdraw_entry import Withdraw


def handler(close: Withdraw) -> JobHandler:
    def close_sharing(job: Job) -> Mapping[str, Any]:
        return {"closed_at": close(str(job.variables["consumer_id"])).isoformat()}

    return close_sharing
