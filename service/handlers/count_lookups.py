"""`count-lookups`: how often callers have asked in vain what no entry of the knowledge base answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from service.handlers import Job, JobHandler

# The instance that asks, the category of what was asked, the days that are looked at → how often it was asked in them
# since a unit was last told to write about it.
CountLookups = Callable[[int, str, str, int], int]


def handler(count: CountLookups) -> JobHandler:
    def count_lookups(job: Job) -> Mapping[str, Any]:
        told = job.variables
        category = str(told.get("category_l1") or ""), str(told.get("category_l2") or "")
        return {"unanswered_lookups": count(job.instance_key, *category, int(told["parameters"]["KB_GAP_WINDOW"]))}

    return count_lookups
