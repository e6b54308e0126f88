"""`export-results`: one file with the results of a year, for the comprehensive assessment."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from service.handlers import Job, JobHandler

# The id of the frozen figures, the rankings, the document by which they were approved → the id of the export.
ExportResults = Callable[[str, Sequence[Any], str], str]


def handler(export: ExportResults) -> JobHandler:
    def export_results(job: Job) -> Mapping[str, Any]:
        told = job.variables
        document = str(told.get("results_document") or "")
        return {"export_id": export(str(told["period_id"]), list(told["rankings"]), document)}

    return export_results
