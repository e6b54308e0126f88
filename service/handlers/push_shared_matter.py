"""`push-shared-matter`: tell a system what has changed in the matters of its unit since the last time."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from service.errors import BpmnError
from service.handlers import Job, JobHandler

REFUSED = "sharing-refused"

# Sends to the system with an id what it has not been told; answers how many matters, None if it wants no more. Raises
# whatever keeps it from being told: the job is tried again.
Push = Callable[[str], int | None]


def handler(push: Push) -> JobHandler:
    """Throws `sharing-refused` if the other side wants nothing any more."""

    def push_shared_matter(job: Job) -> Mapping[str, Any]:
        pushed = push(str(job.variables["consumer_id"]))
        if pushed is None:
            raise BpmnError(REFUSED, "The other side wants nothing any more.")
        return {"pushed_count": pushed}

    return push_shared_matter
