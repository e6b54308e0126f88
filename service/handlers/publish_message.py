"""`publish-message`: tell other processes that something has come to light in a matter."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from service.handlers import Job, JobHandler

# Publishes a message (name, correlation key, id, variables, how long it waits); the same id again changes nothing.
Publish = Callable[[str, str, str, Mapping[str, Any], timedelta], None]


CORRELATES = "matter_no"


def handler(publish: Publish) -> JobHandler:
    """Headers: `message` is its name; `tells` the variables that it tells, with spaces between; `days` for how many it
    waits for somebody to hear it, or for its turn where one of its matter is heard already: one, unless it is told.

    It correlates with the matter's number, which is told always: who hears it keeps what was told, for its whole life.
    """

    def publish_message(job: Job) -> None:
        names = (CORRELATES, *job.headers.get("tells", "").split())
        told = {name: job.variables[name] for name in names if name in job.variables}
        waits = timedelta(days=int(job.headers.get("days", "1")))
        publish(job.headers["message"], str(job.variables.get(CORRELATES, "")), str(job.key), told, waits)

    return publish_message
