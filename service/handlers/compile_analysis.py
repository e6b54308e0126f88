"""`compile-analysis`: what a day, a week, a month or a subject comes to, as a draft for the analyst."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from service.handlers import Job, JobHandler

# Period, its last day, subject → the id of the analysis, and its text.
CompileAnalysis = Callable[[str, date, str | None], tuple[str, str]]


def handler(compile_: CompileAnalysis) -> JobHandler:
    def compile_analysis(job: Job) -> Mapping[str, Any]:
        told = job.variables
        id_, text = compile_(str(told["period"]), day(told["period_until"]), told.get("subject"))
        return {"analysis_id": id_, "analysis_draft": text}

    return compile_analysis


def day(told: Any) -> date:
    """The day that a variable holds."""
    return date.fromisoformat(str(told)[:10])
