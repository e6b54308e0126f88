"""`publish-entry`: an entry of the knowledge base that was reviewed can be found from now on."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from service.handlers import Job, JobHandler


@dataclass(frozen=True, slots=True)
class Entry:
    """What an entry says: `questions` are other ways to ask, a line each; `audience` is PUBLIC or INTERNAL."""

    unit_id: str
    kind: str
    title: str
    questions: str
    short_answer: str
    answer: str
    legal_basis: str
    audience: str
    review_date: date | None
    valid_from: date | None
    valid_until: date | None


# Keeps an entry as the next version of an id, or under a new id; answers id and version, the same for the same job.
PublishEntry = Callable[[Job, str | None, Entry], tuple[str, int]]


def handler(publish: PublishEntry) -> JobHandler:
    """Reads what the forms of the process have asked for."""

    def publish_entry(job: Job) -> Mapping[str, Any]:
        told = job.variables
        entry = Entry(
            unit_id=str(told["unit_id"]),
            kind=str(told["entry_kind"]),
            title=str(told["entry_title"]),
            questions=str(told.get("entry_questions") or ""),
            short_answer=str(told["entry_short"]),
            answer=str(told["entry_text"]),
            legal_basis=str(told["entry_basis"]),
            audience=str(told["entry_visibility"]),
            review_date=_day(told.get("review_date")),
            valid_from=_day(told.get("valid_from")),
            valid_until=_day(told.get("valid_until")),
        )
        id_, version = publish(job, told.get("entry_id"), entry)
        return {"entry_id": id_, "entry_version": version}

    return publish_entry


def _day(told: Any) -> date | None:
    return date.fromisoformat(str(told)[:10]) if told else None
