"""`publish-information`: what was approved is to be read by everybody from now on."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from service.handlers import Job, JobHandler

# Keeps kind, title and text as the next version of an id, or under a new id; answers id, version and since when it
# is published, the same for the same job.
PublishInformation = Callable[[Job, str | None, str, str, str], tuple[str, int, datetime]]


def handler(publish: PublishInformation) -> JobHandler:
    def publish_information(job: Job) -> Mapping[str, Any]:
        told = job.variables
        kind, title, text = (str(told[f"publication_{one}"]) for one in ("kind", "title", "text"))
        id_, version, at = publish(job, told.get("publication_id"), kind, title, text)
        return {"publication_id": id_, "publication_version": version, "published_at": at.isoformat()}

    return publish_information
