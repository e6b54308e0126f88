"""`list-bodies`: which departments, towns and sub-districts a county may give a matter to."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from service.handlers import Job, JobHandler


@dataclass(frozen=True, slots=True)
class Body:
    """As a form offers it: `value` is the id of a unit, `label` its name, `kind` COUNTY_DEPT or TOWN."""

    value: str
    label: str
    kind: str


# The active ones below a unit; the unit itself where there are none.
ListBodies = Callable[[str], Sequence[Body]]


def handler(list_: ListBodies) -> JobHandler:
    def list_bodies(job: Job) -> Mapping[str, Any]:
        return {"bodies": [asdict(one) for one in list_(str(job.variables["unit_id"]))]}

    return list_bodies
