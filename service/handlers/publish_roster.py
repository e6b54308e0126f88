"""`publish-roster`: a week's roster that leaves no gap counts from now on."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

from service.handlers import Job, JobHandler
from service.handlers.check_coverage import Shift, shifts, week

# Keeps the shifts of the week that begins on a day, instead of those that were kept for it before; answers their id.
PublishRoster = Callable[[Job, date, Sequence[Shift]], str]


def handler(publish: PublishRoster) -> JobHandler:
    def publish_roster(job: Job) -> Mapping[str, Any]:
        return {"roster_id": publish(job, week(job.variables).date(), shifts(job.variables))}

    return publish_roster
