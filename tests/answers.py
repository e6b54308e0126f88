"""What people answer: for each user task of the shipped diagrams, fitting answers, as various as people are."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from random import Random
from typing import Any

from service.clock import now

REPLY = "您反映的问题已经派人到现场处理完毕，感谢您的监督。"
DECISION = "由主管部门牵头，会同属地分期改造，年内完成。"
MINUTES = "会议纪要〔2026〕7号"
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
    if chance.random() < 0.1:
        course = chance.choice(("CO_HANDLE", "PLAN", "EXTEND", "TERMINATE", "HARD_CASE"))
        return {"course": course, "wanted_units": ["dept-transport"], "wanted_reason": "涉及道路挖掘许可。"}
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


def _add_units(chance: Random) -> dict[str, Any]:
    if chance.random() < 0.5:
        return {"add_answer": "REFUSE", "add_note": "本单位职责范围内可以办结。"}
    return {"add_answer": "ADD", "co_organizers": ["dept-transport"]}


def _plan(_: Random) -> dict[str, Any]:
    return {
        "objective_reason": "FUNDS",
        "explanation": EXPLANATION,
        "solution_plan": "纳入下一批改造计划，月底前完成招标。",
        "plan_committed_on": (now() + timedelta(days=30)).date().isoformat(),
    }


def _study(chance: Random) -> dict[str, Any]:
    if chance.random() < 0.5:
        return {"office_result": "UNRESOLVED", "decision_text": DECISION, "office_minutes": MINUTES}
    return {
        "office_result": "RESOLVED",
        "decision_unit": "dept-housing",
        "decision_text": DECISION,
        "office_minutes": MINUTES,
    }


def _meet(chance: Random) -> dict[str, Any]:
    said = {"decision_text": DECISION, "meeting_minutes": MINUTES}
    if chance.random() < 0.5:
        return said | {"meeting_result": "EXPLAINED"}
    return said | {"meeting_result": "RESOLVED", "decision_unit": "dept-transport"}


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
    "confirm-duplicate": lambda chance: {"is_duplicate": chance.random() < 0.2},
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
    "give-opinion": lambda chance: {"is_ours": chance.random() < 0.5, "opinion": "依三定方案，双方都有职责。"},
    "choose-sponsor": lambda _: {
        "unit_id": "dept-market",
        "co_organizers": ["dept-housing"],
        "minutes": "会商一致，市场监管局主办。",
    },
    "choose-body": lambda _: {"proposed_body": "COUNTY_DEPT", "body_unit": "county-370705-works"},
    "settle-body": lambda _: {"body_unit": "county-370705-works", "body_note": "清单和职责冲突，由部门办。"},
    "handle-in-body": lambda _: {"body_answer": "DONE", "body_report": "已到现场处理。"},
    "review-body": lambda _: {"body_review": "ACCEPT"},
    "choose-inquirer": lambda _: {"inquiring_unit": "gov-office", "named_unit": "dept-transport"},
    "inquire": lambda _: {
        "conduct_finding": "NOT",
        "inquiry_text": "调阅录像，未见所述情形。",
        "public_reply_text": REPLY,
    },
    "register": lambda chance: {
        "higher_no": "SD2026-0001",
        "of_this_city": chance.random() < 0.9,
        "return_reason": "不属于本市。",
        "extension_rule": "HIGHER",
    },
    "return-upward": lambda _: {"upward_text": "不属于本市，请转有关市。"},
    "feed-back": lambda _: {"upward_text": "已办结，附办理情况。"},
    "add-units": _add_units,
    "contribute": lambda _: {"contribution_text": "已派人配合处理。"},
    "merge-contributions": lambda _: {"merge_note": "各单位意见一致。", "missing_reason": "时间紧，先行办理。"},
    "draw-up-plan": _plan,
    "review-plan": lambda chance: {"plan_approved": chance.random() < 0.7, "plan_comment": "材料已核对。"},
    "carry-out-plan": lambda _: {"resolved": "YES", "handling_text": "已按方案完成。", "public_reply_text": REPLY},
    "apply-extension": lambda _: {"extension_reason": "涉及多个小区的管网，特别复杂。", "extension_days_asked": 5},
    "review-extension": lambda chance: {
        "extension_finding": chance.random() < 0.5,
        "extension_days": 5,
        "extension_comment": "已核实。",
    },
    "apply-termination": lambda _: {
        "termination_ground": "LEGAL_PROCEDURE",
        "termination_facts": "服务对象已就此事起诉，法院已立案。",
        "termination_document": "终止办理申请书",
    },
    "review-termination": lambda chance: {
        "termination_finding": chance.random() < 0.5,
        "termination_comment": "已向法院核实。",
    },
    "explain-termination": lambda _: {
        "explanation": "此事法院已经立案，请按诉讼程序办理。",
        "channel_advice": "请到受理的人民法院咨询。",
    },
    "apply-hard-case": lambda _: {
        "effort_made": "已两次现场协调，并征求三家单位意见。",
        "why_unresolved": "涉及历史遗留的产权问题，本单位无权处理。",
        "hard_case_evidence": "协调会记录",
    },
    "invite-departments": lambda _: {
        "invited_units": ["dept-housing", "dept-land"],
        "study_question": "产权由谁确认、由谁改造？",
    },
    "give-hard-case-opinion": lambda _: {"opinion": "同意牵头，需要财政保障资金。"},
    "record-office-decision": _study,
    "submit-to-meeting": lambda _: {"agenda_item": "历史遗留小区改造", "agenda_papers": "议题材料"},
    "record-meeting-decision": _meet,
    "issue-slip": lambda _: {"slip_no": "督〔2026〕12号", "requirement": "三个工作日内办结并答复。"},
    "rectify": lambda _: {"rectify_answer": "DONE", "response": "已整改到位。", "evidence": "现场照片"},
    "verify": lambda _: {
        "supervision_finding": "RECTIFIED",
        "object_confirms": "SOLVED",
        "verification_note": "电话核实，已解决。",
    },
    "call-object": _call,
    "check-at-desk": lambda _: {"desk_finding": "DONE", "visit_comment": "电话三次未通，书面材料齐全。"},
    "decide-way-out": lambda _: {"supervision_order": "CLOSE", "supervision_note": "已现场核查，同意办结。"},
}
