"""`activate-unit`: a unit that has named its body, its staff and its head is given matters from now on."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from service.handlers import Job, JobHandler


@dataclass(frozen=True, slots=True)
class Joining:
    """A unit as the process has asked for it; the people are ids."""

    id: str
    name: str
    kind: str
    division_code: str
    hotline_body: str
    principal_id: str
    liaison_id: str
    handler_id: str
    deputy_id: str
    subordinates: str
    territorial_list: str


# Keeps the unit as active; answers since when it is.
Activate = Callable[[Joining], datetime]


def handler(activate: Activate) -> JobHandler:
    def activate_unit(job: Job) -> Mapping[str, Any]:
        told = job.variables
        at = activate(
            Joining(
                id=str(told["unit_id"]),
                name=str(told["unit_title"]),
                kind=str(told["unit_kind"]),
                division_code=str(told["division_code"]),
                hotline_body=str(told["hotline_body"]),
                principal_id=str(told["principal_id"]),
                liaison_id=str(told["liaison_id"]),
                handler_id=str(told["handler_id"]),
                deputy_id=str(told["deputy_id"]),
                subordinates=str(told.get("subordinate_units") or ""),
                territorial_list=str(told.get("territorial_list") or ""),
            )
        )
        return {"activated_at": at.isoformat()}

    return activate_unit
