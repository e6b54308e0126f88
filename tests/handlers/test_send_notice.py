"""`send-notice`: to whom, what is told, and what never is."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from service.handlers import Job, send_notice

AT = datetime(2026, 2, 10, 1, 0, tzinfo=UTC)


def _sent(headers: Mapping[str, str], **variables: Any) -> tuple[str, str, Mapping[str, Any]]:
    sent: list[tuple[str, str, Mapping[str, Any]]] = []

    def post(job: Job, kind: str, recipient: str, body: Mapping[str, Any]) -> datetime:
        sent.append((kind, recipient, body))
        return AT

    job = Job(7, "send-notice", 1, 1, "notify-accepted", headers, variables, 3)
    assert send_notice.handler(post)(job) == {"sent_at": "2026-02-10T01:00:00+00:00"}
    return sent[0]


def test_the_unit_is_the_one_that_handles_the_matter() -> None:
    assert _sent({"notice": "dispatched", "to": "UNIT"}, unit_id="dept-water")[1] == "dept-water"
    assert _sent({"notice": "overdue", "to": "UNIT:UNIT_PRINCIPAL"}, unit_id="dept-water")[1] == (
        "dept-water:UNIT_PRINCIPAL"
    )


def test_a_notice_without_a_name_is_named_after_its_element() -> None:
    assert _sent({"to": "OBJECT"})[0] == "notify-accepted"


def test_only_what_a_notice_needs_is_kept() -> None:
    told = _sent({"to": "OBJECT"}, matter_no="WF1", text="long", address="home", round=1)[2]
    assert told == {"matter_no": "WF1", "round": 1}
