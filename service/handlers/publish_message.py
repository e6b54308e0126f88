"""`publish-message`: tell other processes that something has come to light in a matter."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from service.handlers import Job, JobHandler

# Publishes a message (name, correlation key, id, variables); the same id again changes nothing.
Publish = Callable[[str, str, str, Mapping[str, Any]], None]


def handler(publish: Publish) -> JobHandler:
    """Header: `message` is its name; it correlates with the matter's number."""

    def publish_message(job: Job) -> None:
        correlation_key = str(job.variables.get("matter_no", ""))
        publish(job.headers["message"], correlation_key, str(job.key), job.variables)

    return publish_message
