"""`look-up-staff`: in which roles those that a unit has named work there."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from service.handlers import Job, JobHandler

# A unit → who works there, each with the roles.
LookUpStaff = Callable[[str], Mapping[str, Sequence[str]]]


def handler(look_up: LookUpStaff) -> JobHandler:
    """Whoever does not work in the unit has no role there."""

    def look_up_staff(job: Job) -> Mapping[str, Any]:
        told, works = job.variables, look_up(str(job.variables["unit_id"]))
        return {f"{one}_roles": list(works.get(str(told[f"{one}_id"]), ())) for one in ("principal", "handler")}

    return look_up_staff
