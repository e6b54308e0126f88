"""`withdraw-information`: nobody reads a publication any more; its versions are kept."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from service.handlers import Job, JobHandler
from service.handlers.withdraw_entry import Withdraw


def handler(withdraw: Withdraw) -> JobHandler:
    def withdraw_information(job: Job) -> Mapping[str, Any]:
        return {"withdrawn_at": withdraw(str(job.variables["publication_id"])).isoformat()}

    return withdraw_information
