"""`find-repeats`: which matters of the last day the same people have raised before."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from service.handlers import Job, JobHandler


@dataclass(frozen=True, slots=True)
class Repeat:
    """The newest matter of somebody's about one category, and how many of them there are in the window."""

    matter_no: str
    received_at: datetime
    repeats: int


# The days that are looked at → what was raised again in the last one.
FindRepeats = Callable[[int], Sequence[Repeat]]


def handler(find: FindRepeats) -> JobHandler:
    def find_repeats(job: Job) -> Mapping[str, Any]:
        found = find(int(job.variables["parameters"]["REPEAT_WINDOW"]))
        told = [(one.matter_no, one.received_at.isoformat(), one.repeats) for one in found]
        return {"repeated": [{"matter_no": no, "received_at": at, "repeats": many} for no, at, many in told]}

    return find_repeats
