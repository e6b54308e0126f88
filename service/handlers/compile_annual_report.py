"""`compile-annual-report`: the draft of the year's report, from frozen figures alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from service.handlers import Job, JobHandler

# The id of the frozen figures, the year → the text.
CompileReport = Callable[[str, int], str]


def handler(compile_: CompileReport) -> JobHandler:
    def compile_annual_report(job: Job) -> Mapping[str, Any]:
        return {"report_draft": compile_(str(job.variables["period_id"]), int(job.variables["report_year"]))}

    return compile_annual_report
