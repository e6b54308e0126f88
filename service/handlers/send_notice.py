"""`send-notice`: tell the service object, a unit or the agency how a matter stands."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from service.handlers import Job, JobHandler

# Keeps a notice of a kind to a recipient; answers when it was sent, the same for the same job.
Post = Callable[[Job, str, str, Mapping[str, Any]], datetime]

# What a notice may tell; the words come from the channel that carries it.
TOLD = (
    "matter_no",
    "unit_id",
    "deadline",
    "deadline_provisional",
    "rectify_by",
    "correct_by",
    "slip_no",
    "order_no",
    "light",
    "round",
    "missing",
    "emergency",
    "refusal_ground",
    "refusal_reason",
    "channel_advice",
    "explanation",
    "explanation_answer",
    "public_reply_text",
    "outcome",
    "termination_outcome",
    "plan_committed_on",
    "solution_plan",
)
# The service object, and whoever handles; the other recipients are the agency and roles.
OBJECT = "OBJECT"
_UNIT = "UNIT"


def handler(post: Post) -> JobHandler:
    """Headers: `notice` says which one, `to` whom: OBJECT, AGENCY, a role, or UNIT, which is the one that handles."""

    def send_notice(job: Job) -> Mapping[str, Any]:
        to, _, role = job.headers.get("to", "").partition(":")
        if to == _UNIT:
            to = str(job.variables.get("unit_id") or _UNIT)
        body = {name: job.variables[name] for name in TOLD if job.variables.get(name) is not None}
        sent_at = post(job, job.headers.get("notice", job.element_id), f"{to}:{role}" if role else to, body)
        return {"sent_at": sent_at.isoformat()}

    return send_notice
