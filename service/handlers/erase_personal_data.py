"""`erase-personal-data`: forget who has raised some matters and what they have said; what is counted stays."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from service.handlers import Job, JobHandler

# Erases matters by their numbers, those that are not erased yet; answers which are.
Erase = Callable[[Collection[str]], Sequence[str]]


def handler(erase: Erase) -> JobHandler:
    def erase_personal_data(job: Job) -> Mapping[str, Any]:
        kept = set(str(job.variables.get("matters_kept") or "").split())
        wanted = [str(number) for number in job.variables["expired_matters"] if number not in kept]
        return {"erased_matters": list(erase(wanted))}

    return erase_personal_data
