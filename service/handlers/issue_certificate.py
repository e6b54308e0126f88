"""`issue-certificate`: somebody was trained and has passed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from service.handlers import Job, JobHandler


@dataclass(frozen=True, slots=True)
class Passed:
    """Who has passed what. `months` says for how long that counts."""

    person_id: str
    unit_id: str | None
    course: str
    score: int
    months: int


# Keeps a certificate; answers its id, the same for the same job. Raises NotFound for somebody whom nobody knows.
Issue = Callable[[Job, Passed], str]


def handler(issue: Issue) -> JobHandler:
    def issue_certificate(job: Job) -> Mapping[str, Any]:
        told = job.variables
        passed = Passed(
            person_id=str(told["participant"]),
            unit_id=told.get("unit_id"),
            course=str(told["course_title"]),
            score=int(told["test_score"]),
            months=int(told["parameters"]["CERTIFICATE_MONTHS"]),
        )
        return {"certificate_id": issue(job, passed)}

    return issue_certificate
