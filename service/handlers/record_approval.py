"""`record-approval`: files of tables and diagrams were approved, and may be deployed to count from a day on."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

from service.handlers import Job, JobHandler
from service.handlers.compile_analysis import day

# Notes the SHA-256 of files, from when they may count, and the document by which; once for the same job.
RecordApproval = Callable[[Job, Sequence[str], date, str], None]


def handler(record: RecordApproval) -> JobHandler:
    def record_approval(job: Job) -> Mapping[str, Any]:
        told = job.variables
        checksums = list(dict.fromkeys(str(told["scheme_checksums"]).lower().split()))
        record(job, checksums, day(told["scheme_from"]), str(told["scheme_document"]))
        return {"approved_files": len(checksums)}

    return record_approval
