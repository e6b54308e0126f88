"""`find-inactive-units`: which units of the register are given no matter, because they are not active."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from service.handlers import Job, JobHandler

# The ids of those that are not active, in order.
FindInactive = Callable[[], Sequence[str]]


def handler(find: FindInactive) -> JobHandler:
    def find_inactive_units(_: Job) -> Mapping[str, Any]:
        return {"inactive_units": list(find())}

    return find_inactive_units
