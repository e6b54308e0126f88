"""`find-long-calls`: which calls of the last day have held the line for long."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from service.handlers import Job, JobHandler


@dataclass(frozen=True, slots=True)
class LongCall:
    """The matter that came of it, and how many minutes it was."""

    matter_no: str
    received_at: datetime
    minutes: int


FindLongCalls = Callable[[], Sequence[LongCall]]


def handler(find: FindLongCalls) -> JobHandler:
    def find_long_calls(_: Job) -> Mapping[str, Any]:
        told = [(one.matter_no, one.received_at.isoformat(), one.minutes) for one in find()]
        return {"long_calls": [{"matter_no": no, "received_at": at, "minutes": many} for no, at, many in told]}

    return find_long_calls
