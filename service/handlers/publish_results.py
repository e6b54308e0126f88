"""`publish-results`: the rankings of a period, from then on for the units to read."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from service.handlers import Job, JobHandler

# The id of the frozen figures, the rankings → the id of the results.
PublishResults = Callable[[str, Sequence[Any]], str]


def handler(publish: PublishResults) -> JobHandler:
    def publish_results(job: Job) -> Mapping[str, Any]:
        return {"results_id": publish(str(job.variables["period_id"]), list(job.variables["rankings"]))}

    return publish_results
