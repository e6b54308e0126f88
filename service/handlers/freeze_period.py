"""`freeze-period`: the figures of all units as they are now, which nothing changes any more."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

from service.handlers import Job, JobHandler
from service.handlers.compile_analysis import day

# Period, its last day, numbers of matters that do not count → the id of the frozen figures, and those of each unit.
Freeze = Callable[[str, date, Sequence[str]], tuple[str, Sequence[Mapping[str, Any]]]]


def handler(freeze: Freeze) -> JobHandler:
    def freeze_period(job: Job) -> Mapping[str, Any]:
        told = job.variables
        left_out = [str(one) for one in told.get("excluded_matters") or ()]
        id_, figures = freeze(str(told["period"]), day(told["period_until"]), left_out)
        return {"period_id": id_, "unit_figures": list(figures)}

    return freeze_period
