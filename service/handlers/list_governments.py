"""`list-governments`: who puts the hotline into a budget: the city's government and each county's."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from service.handlers import Job, JobHandler

# Answers the id and the name of each.
ListGovernments = Callable[[], Sequence[tuple[str, str]]]


def handler(list_: ListGovernments) -> JobHandler:
    def list_governments(job: Job) -> Mapping[str, Any]:
        return {"governments": [{"unit_id": id_, "title": name} for id_, name in list_()]}

    return list_governments
