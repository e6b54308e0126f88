"""The ways that the regulation gives a matter, from the call to its end, through all the diagrams that are shipped."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest

from service.clock import CITY_ZONE
from tests.city import HANDLED, City
from tests.hotline.test_service_object import RETURN

PLAN = {
    "objective_reason": "FUNDS",
    "explanation": "灯杆基础要重做，资金月底到位。",
    "solution_plan": "月底前完成招标，下月中旬换装。",
    "plan_committed_on": "2026-03-20",
}
TERMINATION = {
    "termination_ground": "LEGAL_PROCEDURE",
    "termination_facts": "来电人已经就此事起诉，法院立案。",
    "termination_document": "终止办理申请书",
}
HARD = {
    "effort_made": "两次现场协调，三家单位都说不归自己。",
    "why_unresolved": "产权单位已经注销，没有养护主体。",
    "hard_case_evidence": "协调会记录",
}


@pytest.fixture
def city(new_url: Any) -> Iterator[City]:
    opened = City(new_url("sqlite", furnished=True), datetime(2026, 2, 10, 9, 0, tzinfo=CITY_ZONE))
    yield opened
    opened.close()


def _taken(city: City, **matter: Any) -> str:
    """A matter that its unit has signed in and is about to handle."""
    number: str = city.file(**matter)["number"]
    city.take(number)
    return number


def test_more_time_moves_the_deadline_and_an_agreed_plan_is_carried_out_before_the_visit(city: City) -> None:
    number = _taken(city)
    assert city.matter(number)["deadline_at"] == "2026-02-24T23:59:59+08:00"
    city.complete(number, "handle", course="EXTEND")
    city.complete(number, "apply-extension", extension_reason="涉及三条路的线缆，特别复杂。", extension_days_asked=5)
    city.complete(number, "review-extension", extension_finding=True, extension_days=5, extension_comment="已核实。")
    assert city.matter(number)["deadline_at"] == "2026-03-02T23:59:59+08:00"
    city.complete(number, "handle", course="PLAN")
    city.complete(number, "draw-up-plan", **PLAN)
    city.complete(number, "review-plan", plan_approved=True, plan_comment="同意。")
    assert (city.waiting(number), city.matter(number)["status"]) == (["carry-out-plan"], "PLAN_RUNNING")
    done = {"resolved": "YES", "handling_text": "全部换装。", "public_reply_text": HANDLED["public_reply_text"]}
    city.complete(number, "carry-out-plan", **done)
    assert city.matter(number)["status"] == "VISITING"


def test_a_termination_is_explained_and_the_matter_stays_terminated(city: City) -> None:
    number = _taken(city)
    city.complete(number, "handle", course="TERMINATE")
    city.complete(number, "apply-termination", **TERMINATION)
    city.complete(number, "review-termination", termination_finding=True, termination_comment="已向法院核实。")
    told = {"explanation": "法院已经立案，请按诉讼程序办理。", "channel_advice": "请向奎文区人民法院咨询。"}
    city.complete(number, "explain-termination", **told)
    row = city.matter(number)
    assert (row["status"], row["closed_at"] is None, city.waiting(number)) == ("TERMINATED", False, [])


def test_a_hard_case_is_handled_by_the_unit_that_the_government_names_and_not_returned(city: City) -> None:
    number = _taken(city)
    city.complete(number, "handle", course="HARD_CASE")
    city.complete(number, "apply-hard-case", **HARD)
    city.complete(number, "invite-departments", invited_units=["dept-housing"], study_question="由谁养护？")
    city.complete(number, "give-hard-case-opinion", opinion="同意由我局养护。")
    decided = {"office_result": "RESOLVED", "decision_unit": "dept-housing", "office_minutes": "纪要〔2026〕7号"}
    city.complete(number, "record-office-decision", **decided, decision_text="由市住建局养护，一周内修复。")
    assert (city.matter(number)["unit_id"], city.waiting(number)) == ("dept-housing", ["sign-in"])
    [task] = city._tasks(number)
    path = f"/v2/user-tasks/{task['userTaskKey']}/completion"
    city.ask("POST", path, {"variables": RETURN}, expect=409)
    city.take(number)
    [task] = city._tasks(number)
    path = f"/v2/user-tasks/{task['userTaskKey']}/completion"
    problem = city.ask("POST", path, {"variables": {"course": "HARD_CASE"}}, expect=409)
    assert "Art. 23" in problem["detail"]


def test_two_units_of_a_matter_are_sponsor_and_co_organizer_and_each_does_its_part(city: City) -> None:
    number = city.file(title="小区电梯停运一周", text="小区电梯停运一周，老人上下楼很困难。", category_l1="")["number"]
    assert city.waiting(number) == ["give-opinion", "give-opinion"]
    for is_ours in (True, False):
        city.complete(number, "give-opinion", is_ours=is_ours, opinion="电梯安全归我局，维修归住建。")
    chosen = {"unit_id": "dept-market", "co_organizers": ["dept-housing"], "minutes": "市场监管局主办。"}
    city.complete(number, "choose-sponsor", **chosen)
    city.take(number)
    assert sorted(city.waiting(number)) == ["contribute", "merge-contributions"]
    city.complete(number, "contribute", contribution_text="已督促物业动用维修资金。")
    city.complete(number, "merge-contributions", merge_note="两家意见一致。")
    city.complete(number, "handle", **HANDLED)
    city.complete(number, "review-reply", reply_approved=True)
    assert (city.matter(number)["unit_id"], city.matter(number)["status"]) == ("dept-market", "VISITING")


def test_a_county_may_not_push_its_departments_matter_to_a_town(city: City) -> None:
    number = city.file()["number"]
    city.complete(number, "sign-in", sign_in_answer="ACCEPT")
    city.complete(number, "choose-body", proposed_body="TOWN", body_unit="town-370705001")
    assert city.waiting(number) == ["choose-body"]


def test_a_complaint_about_conduct_is_inquired_into_above_the_unit_that_it_is_about(city: City) -> None:
    about = {"matter_type": "COMPLAINT", "accused_unit": "dept-housing", "category_l1": "", "title": "窗口态度恶劣"}
    number = city.file(**about, text="住建局窗口人员让我跑了三趟，还说爱找谁找谁。")["number"]
    [task] = city._tasks(number)
    assert (task["elementId"], task["candidateGroups"]) == (
        "inquire",
        ["gov-office:UNIT_LIAISON", "gov-office:UNIT_PRINCIPAL"],
    )
    found = {"conduct_finding": "SUBSTANTIATED", "negative_impact": False, "inquiry_text": "录像属实。"}
    city.complete(number, "inquire", **found, public_reply_text="情况属实，已责成道歉并改正。")
    assert city.matter(number)["status"] == "CLOSED"


def test_a_matter_of_the_province_keeps_its_limit_and_is_reported_upward(city: City) -> None:
    number = city.file(origin="PROVINCIAL", imported_deadline="2026-03-20T18:00:00+08:00")["number"]
    kept = {"of_this_city": True, "imported_deadline": "2026-03-20T18:00:00+08:00", "extension_rule": "HIGHER"}
    city.complete(number, "register", higher_no="SD2026-77", **kept)
    assert city.matter(number)["deadline_at"] == "2026-03-20T18:00:00+08:00"
    city.reply(number)
    city.ask("POST", f"/hotline/v1/matters/{number}/survey", {"solved": "YES", "result_satisfaction": 5}, expect=204)
    city.tick()
    city.complete(number, "feed-back", upward_text="已修复，来电人满意。")
    assert (city.matter(number)["status"], city.waiting(number)) == ("CLOSED", [])
