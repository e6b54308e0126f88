"""`withdraw-entry`: nobody finds an entry of the knowledge base any more until it is published again."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from service.handlers import Job, JobHandler

# Takes the entry with an id down; answers since when it is. Raises NotFound for one that there never was.
Withdraw = Callable[[str], datetime]


def handler(withdraw: Withdraw) -> JobHandler:
    def withdraw_entry(job: Job) -> Mapping[str, Any]:
        return {"withdrawn_at": withdraw(str(job.variables["entry_id"])).isoformat()}

    return withdraw_entry
