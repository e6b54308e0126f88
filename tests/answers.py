"""What people answer: for each user task of the shipped diagrams, fitting answers, as various as people are."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from random import Random
from typing import Any

REPLY = "您反映的问题已经派人到现场处理完毕，感谢您的监督。"
EXPLANATION = "因材料采购需要时间，计划下月底前完成，届时再向您回复。"


def answer(element_id: str, chance: Random) -> dict[str, Any]:
    """Answers for a task by its element id; raises KeyError for one that nobody has thought of yet."""
    return dict(_ANSWERS[element_id](chance))


def survey(chance: Random) -> dict[str, Any]:
    """What a service object answers when asked after the reply."""
    solved = chance.random() < 0.85
    return {
        "visit_solved": "YES" if solved else "NO",
        "visit_reply_true": True,
        "visit_unit_contacted": True,
        "visit_process_sat": 5 if solved else 3,
        "visit_result_sat": chance.choice((4, 5)) if solved else 2,
    }


def _handle(chance: Random) -> dict[str, Any]:
    done = {
        "contacted": True,
        "facts_true": True,
        "handling_text": "已到现场核实，属实。",
        "public_reply_text": REPLY,
        "legal_basis": "",
    }
    if chance.random() < 0.8:
        return done | {"resolved": "YES"}
    return done | {"resolved": "PLAN", "unresolved_reason": "资金需要时间", "explanation": EXPLANATION}


def _call(chance: Random) -> dict[str, Any]:
    if chance.random() < 0.2:
        return {"visit_reached": False}
    return survey(chance) | {"visit_reached": True, "visit_demand_reasonable": True}


def _sign_in(chance: Random) -> dict[str, Any]:
    return {"sign_in_answer": "ACCEPT"}


def _review(chance: Random) -> dict[str, Any]:
    if chance.random() < 0.1:
        return {"reply_approved": False, "review_comment": "请把办理经过写清楚。"}
    return {"reply_approved": True}


_ANSWERS: Mapping[str, Callable[[Random], Mapping[str, Any]]] = {
    "transfer-call": lambda _: {"transfer_result": "CONNECTED"},
    "complete-record": lambda _: {
        "text": "补充说明：奎文区新华路与福寿街路口的问题，请尽快处理。",
        "address": "奎文区新华路与福寿街路口",
        "has_contact": True,
        "truth_declaration": True,
    },
    "explain-incomplete": lambda _: {"explanation": "缺少地址，无法核实，请补充以后再来。"},
    "review-acceptance": lambda chance: {
        "stated_scope": "REQUEST_LAWFUL",
        "procedure_required": "LITIGATION" if chance.random() < 0.2 else "NONE",
        "petition_entered": False,
        "secrecy": "NONE",
        "breaches_order_morals": False,
        "prior_conclusion": "NONE",
        "other_law_citation": "",
    },
    "explain-refusal": lambda _: {
        "refusal_reason": "这件事依法应当通过法定途径处理，热线不能受理。",
        "channel_told": "请到有管辖权的机关办理。",
    },
    "answer-directly": lambda _: {"public_reply_text": REPLY},
    "choose-unit": lambda chance: {
        "unit_id": chance.choice(("county-370702", "county-370705", "dept-housing", "dept-transport")),
        "assignment_basis": "CHOSEN",
    },
    "sign-in": _sign_in,
    "handle": _handle,
    "review-reply": _review,
    "call-object": _call,
    "check-at-desk": lambda _: {"desk_finding": "DONE", "visit_comment": "电话三次未通，书面材料齐全。"},
    "decide-way-out": lambda _: {"supervision_order": "CLOSE", "supervision_note": "已现场核查，同意办结。"},
}
