"""`open-sharing`: a system whose sharing was approved is told of matters from now on."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from service.errors import BpmnError
from service.handlers import Job, JobHandler

FORBIDDEN = "address-forbidden"


@dataclass(frozen=True, slots=True)
class Consumer:
    """A system, for what it is told and what. `scope` is STATUS, CONTENT or CONTACT."""

    unit_id: str
    name: str
    purpose: str
    scope: str
    url: str
    document: str


# Keeps a system; answers its id, the same for the same job, or None if nothing may be sent to its address.
Open = Callable[[Job, Consumer], str | None]


def handler(open_: Open) -> JobHandler:
    """Throws `address-forbidden` for an address that nothing may be sent to."""

    def open_sharing(job: Job) -> Mapping[str, Any]:
        told = job.variables
        consumer = Consumer(
            unit_id=str(told["unit_id"]),
            name=str(told["consumer_name"]),
            purpose=str(told["sharing_purpose"]),
            scope=str(told["sharing_scope"]),
            url=str(told["sharing_url"]),
            document=str(told["sharing_document"]),
        )
        id_ = open_(job, consumer)
        if id_ is None:
            raise BpmnError(FORBIDDEN, "Nothing may be sent to this address.")
        return {"consumer_id": id_}

    return open_sharing
