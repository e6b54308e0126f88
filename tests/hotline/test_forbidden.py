"""What the regulation forbids cannot be done: those who would like to try every door that they find."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from itertools import count, product
from typing import Any

import pytest
from sqlalchemy import select

from service import bpmn, dmn, feel
from service.clock import CITY_ZONE
from service.store.tables import notice, process_instance
from tests import leaks, read_once
from tests.city import HANDLED, City
from tests.conftest import NewUrl
from tests.hotline.test_service_object import RETURN
from tests.test_decisions import decide

LAND, KUIWEN, TOWN = "dept-land", "county-370705", "town-370705007"
_CALLERS = count(1)
REASON = "民间借贷纠纷应当通过诉讼解决，热线不能受理。"
APPLICATION: Mapping[str, Any] = {
    "termination_ground": "LEGAL_PROCEDURE",
    "termination_facts": "服务对象已就此事起诉，法院已立案。",
    "termination_document": "终止办理申请书（自然资源〔2026〕31号）",
}


@pytest.fixture(scope="module")
def one_city(new_url: NewUrl) -> Iterator[City]:
    """One for all that is the same on both stores."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(bpmn, "read_deployed", read_once.process_model)
        patched.setattr(dmn, "examine", read_once.decision_model)
        opened = City(new_url("sqlite", furnished=True), datetime(2026, 2, 10, 9, 0, tzinfo=CITY_ZONE))
        yield opened
        opened.close()


# Art. 22 ¶2 ------------------------------------------------------------------------------------------------------


def test_a_designated_unit_does_not_get_rid_of_the_matter_by_any_door(one_city: City) -> None:
    number = _file(one_city, designated_unit=LAND)["number"]
    for answers, status in (
        (RETURN, 409),
        (RETURN | {"return_allowed": True}, 400),
        ({"sign_in_answer": "ACCEPT", "handling_end": "RETURNED"}, 400),
        ({"sign_in_answer": "ACCEPT", "unit_id": KUIWEN}, 400),
        ({"sign_in_answer": "GIVE_BACK"}, 400),
    ):
        _tried(one_city, number, "sign-in", answers, by=f"{LAND}.liaison", expect=status)
    _steered_by_nobody_of(one_city, number, f"{LAND}.liaison", {"return_allowed": True})
    # Those who may send messages do not change by them what the unit owes either.
    with one_city.as_("interface"):
        told = {"urge_text": "请快办", "return_allowed": True, "handling_end": "RETURNED"}
        _tell(one_city, "matter-urged", number, told)
    _tried(one_city, number, "sign-in", RETURN, by=f"{LAND}.liaison", expect=409)
    one_city.complete(number, "sign-in", sign_in_answer="ACCEPT")
    for course in ("RETURN", "RETURNED"):
        _tried(one_city, number, "handle", {"course": course}, by=f"{LAND}.handler", expect=400)
    _tried(one_city, number, "handle", {**HANDLED, "handling_end": "RETURNED"}, by=f"{LAND}.handler", expect=400)
    one_city.complete(number, "handle", **HANDLED)
    one_city.complete(number, "review-reply", reply_approved=True)
    one_city.ask("POST", f"/hotline/v1/matters/{number}/survey", {"solved": "NO", "result_satisfaction": 1}, expect=204)
    one_city.tick()
    assert (one_city.waiting(number), one_city.matter(number)["round"]) == (["sign-in"], 2)
    _tried(one_city, number, "sign-in", RETURN, by=f"{LAND}.liaison", expect=409)
    assert one_city.matter(number)["unit_id"] == LAND


# Art. 24 ¶2 ------------------------------------------------------------------------------------------------------


def test_a_county_pushes_no_duty_of_its_department_to_a_town(one_city: City) -> None:
    number = _file(one_city, designated_unit=KUIWEN)["number"]
    one_city.complete(number, "sign-in", sign_in_answer="ACCEPT")
    dispatcher, to_town = f"{KUIWEN}.liaison", {"proposed_body": "TOWN", "body_unit": TOWN}
    for answers, status in (
        (to_town | {"title": "秸秆"}, 400),
        (to_town | {"category_l1": "民政"}, 400),
        ({"body_unit": TOWN}, 400),
        (to_town | {"county_assignment": {"assignment": "TOWN"}, "territorial_list": "MAIN"}, 204),
        (to_town | {"county_assignment": {"assignment": "TOWN"}}, 400),
        (to_town | {"proposed_body": "COUNTY_DEPT"}, 400),
    ):
        _tried(one_city, number, "choose-body", answers, by=dispatcher, expect=status)
        assert "choose-body" in one_city.waiting(number)
    assert "county-pushed-to-town" in _rules(one_city, number)
    _steered_by_nobody_of(one_city, number, dispatcher, {"county_department_duty": False})
    one_city.complete(number, "choose-body", proposed_body="COUNTY_DEPT", body_unit="county-370705-works")
    path = _task(one_city, number, "handle-in-body")
    with one_city.as_(dispatcher):
        one_city.ask("POST", f"{path}/assignment", {"assignee": f"{TOWN}.handler"}, expect=403)
        one_city.ask("PATCH", path, {"changeset": {"candidateGroups": [f"{TOWN}:TOWN_HANDLER"]}}, expect=403)
    done = {"body_answer": "DONE", "body_report": "已修好。"}
    _tried(one_city, number, "handle-in-body", done, by=f"{TOWN}.handler", expect=403)
    one_city.complete(number, "handle-in-body", **done)
    one_city.complete(number, "review-body", body_review="ACCEPT")
    shared = {"course": "CO_HANDLE", "wanted_units": [TOWN], "wanted_reason": "请街道办理。"}
    _tried(one_city, number, "handle", shared, by=f"{KUIWEN}.handler", expect=400)


# Art. 10, 15, 35 -------------------------------------------------------------------------------------------------


def test_an_accused_unit_or_superior_or_person_neither_sees_nor_handles_the_matter(city: City) -> None:
    complaint = {"matter_type": "COMPLAINT", "title": "窗口人员态度恶劣", "accused_unit": LAND}
    of_land = city.file(**complaint)["number"]
    # Of the same caller about the same place, and for the accused unit itself to handle.
    other = city.file(designated_unit=LAND, title="窗口人员少")["number"]
    of_county = _file(city, designated_unit=TOWN, accused_unit=KUIWEN)["number"]
    root = _root(city, of_county)
    city.ask(
        "PUT", f"/v2/element-instances/{root}/variables", {"variables": {"accused_person": ["sun-lei"]}}, expect=204
    )
    accused = {
        f"{LAND}.principal": of_land,
        f"{LAND}.liaison": of_land,
        f"{KUIWEN}.liaison": of_county,
        "sun-lei": of_county,
    }
    for person, number in accused.items():
        path = _task(city, number, "inquire" if number == of_land else "sign-in")
        with city.as_(person):
            assert _told_of(city, number) == set()
            for method, deed, body in (
                ("POST", "completion", {"variables": {"sign_in_answer": "ACCEPT"}}),
                ("POST", "assignment", {"assignee": person}),
                ("DELETE", "assignee", None),
            ):
                city.ask(method, f"{path}/{deed}", body, expect=403)
        # Nobody gives it to them, whatever the one who gives may do.
        refused = city.ask("POST", f"{path}/assignment", {"assignee": person}, expect=403)
        assert "against" in refused["detail"]
    with city.as_(f"{LAND}.liaison"):
        assert _told_of(city, other)
    with city.as_(f"{TOWN}.handler"):
        assert _told_of(city, of_county)


# Art. 19 ¶2 ------------------------------------------------------------------------------------------------------


def test_nothing_is_refused_without_reasons_and_for_procedures_the_channel(one_city: City) -> None:
    number = _file(one_city, procedure_required="LITIGATION")["number"]
    said = {"refusal_reason": REASON, "channel_told": "请到奎文区人民法院起诉，诉讼服务热线12368。"}
    for answers, field in (
        ({}, "refusal_reason"),
        (said | {"refusal_reason": " " * 10}, "refusal_reason"),
        (said | {"channel_told": "　"}, "channel_told"),
        (said | {"channel_told": "无"}, "channel_told"),
        (said | {"channel_told": "无", "refusal_ground": "PETITION"}, "channel_told"),
        (said | {"refusal_ground": "PETITION"}, "refusal_ground"),
    ):
        problem = _tried(one_city, number, "explain-refusal", answers, by="li-min", expect=400)
        assert field in str(problem)
    assert one_city.waiting(number) == ["explain-refusal"]
    one_city.complete(number, "explain-refusal", **said)
    assert one_city.matter(number)["status"] == "REFUSED"


# Art. 21 ---------------------------------------------------------------------------------------------------------


def test_nothing_is_terminated_but_on_a_written_application_that_the_agency_has_reviewed(one_city: City) -> None:
    number = _file(one_city, designated_unit=LAND)["number"]
    one_city.complete(number, "sign-in", sign_in_answer="ACCEPT")
    ended = {"handling_end": "TERMINATED", "ending": "TERMINATED"}
    _tried(one_city, number, "handle", {**HANDLED, **ended}, by=f"{LAND}.handler", expect=400)
    with one_city.as_(f"{LAND}.principal"):
        withdrawn = {"reason": "对方说不用了"}
        one_city.ask("POST", f"/hotline/v1/matters/{number}/withdrawal", withdrawn, expect=403)
    one_city.complete(number, "handle", course="TERMINATE", ending="TERMINATED")
    assert one_city.waiting(number) == ["apply-termination"]
    for wrong in ({"termination_document": "  "}, {"termination_facts": ""}, {"ending": "TERMINATED"}):
        application = {**APPLICATION, **wrong}
        _tried(one_city, number, "apply-termination", application, by=f"{LAND}.liaison", expect=400)
    one_city.complete(number, "apply-termination", **APPLICATION)
    finding = {"termination_finding": True, "termination_comment": "已向法院核实。"}
    for person, status in ((f"{LAND}.principal", 403), (f"{LAND}.liaison", 403)):
        _tried(one_city, number, "review-termination", finding, by=person, expect=status)
    no = {**finding, "termination_finding": False}
    _tried(one_city, number, "review-termination", no | {"ending": "TERMINATED"}, by="zheng-hong", expect=400)
    one_city.complete(number, "review-termination", **finding)
    # What belongs to a procedure is not ended without saying which, though one calls it otherwise.
    told = {"explanation": "此事法院已经立案，请按诉讼程序办理。"}
    for more in ({}, {"termination_ground": "CONCLUDED"}, {"channel_advice": " "}):
        problem = _tried(one_city, number, "explain-termination", told | more, by="zheng-hong", expect=400)
        assert "channel_advice" in str(problem)
    assert one_city.matter(number)["status"] == "TERMINATION_REQUESTED"


# Art. 20 ---------------------------------------------------------------------------------------------------------


def test_a_reply_goes_to_the_caller_and_to_the_agency_or_is_none(one_city: City) -> None:
    number = _file(one_city, designated_unit=LAND)["number"]
    one_city.complete(number, "sign-in", sign_in_answer="ACCEPT")
    _tried(one_city, number, "handle", {**HANDLED, "handling_end": "REPLIED"}, by=f"{LAND}.handler", expect=400)
    one_city.complete(number, "handle", **HANDLED, reply_sent=True)
    assert one_city.waiting(number) == ["review-reply"]
    no = {"reply_approved": False, "reply_sent": True}
    _tried(one_city, number, "review-reply", no, by=f"{LAND}.principal", expect=400)
    told = {"reply_approved": True, "replied_to_object_at": "2026-02-10T09:00:00+08:00"}
    with one_city.as_(f"{LAND}.principal"):
        one_city.ask("POST", "/v2/jobs/activation", _jobs("send-notice"), expect=403)
        one_city.ask("POST", f"{_task(one_city, number, 'review-reply')}/completion", {"variables": told}, expect=204)
    one_city.tick()
    assert {("replied", "OBJECT"), ("feedback", "AGENCY")} <= _notices(one_city, number)
    # Whoever inquires into a complaint about conduct owes both as well.
    number = _file(one_city, matter_type="COMPLAINT", accused_unit=LAND)["number"]
    found = {
        "conduct_finding": "NOT",
        "inquiry_text": "调阅录像，未见。",
        "public_reply_text": "经核查，未见您说的情况。",
    }
    one_city.complete(number, "inquire", **found)
    assert {("conduct-answered", "OBJECT"), ("conduct-answered", "AGENCY")} <= _notices(one_city, number)


# Art. 14 ¶3, 25 --------------------------------------------------------------------------------------------------


def test_a_round_is_evaluated_once(one_city: City) -> None:
    filed = _file(one_city, designated_unit=LAND)
    number, path = filed["number"], f"/hotline/v1/matters/{filed['number']}/survey"
    one_city.reply(number)
    bad, good = {"solved": "NO", "result_satisfaction": 1}, {"solved": "YES", "result_satisfaction": 5}
    late = {"visit_solved": "YES", "visit_result_sat": 5, "visit_reply_true": True}
    one_city.ask("POST", path, bad, expect=204)
    again = one_city.ask("POST", path, good, expect=409)
    assert "does not take this now" in again["detail"]
    with one_city.as_("interface"):
        for key in (number, f"{number}/1"):
            told = {"name": "survey-answered", "correlationKey": key, "variables": late}
            one_city.ask("POST", "/v2/messages/correlation", told, expect=404)
            # What waits for its time would be taken for the answer of the next round.
            one_city.ask("POST", "/v2/messages/publication", told | {"timeToLive": 86_400_000})
    one_city.tick()
    one_city.reply(number)
    assert (one_city.matter(number)["round"], one_city.matter(number)["status"]) == (2, "VISITING")
    one_city.ask("POST", path, good, expect=204)
    one_city.tick()
    closed = one_city.matter(number)
    assert closed["status"] == "CLOSED"
    for second in (bad, good):
        one_city.ask("POST", path, second, expect=409)
    client, headers = one_city.app.test_client(), {"Query-Code": filed["query_code"]}
    answer = client.post(f"/hotline/v1/track/{number}/survey", json=bad, headers=headers)
    assert answer.status_code == 409
    assert one_city.matter(number) == closed


def test_whoever_could_not_be_reached_is_satisfied_in_no_table_figure_or_score(one_city: City) -> None:
    number = _file(one_city, designated_unit="dept-sports")["number"]
    one_city.reply(number)
    unreached = {"visit_reached": False, "visit_solved": "YES", "visit_result_sat": 5, "visit_process_sat": 5}
    while "check-at-desk" not in (waiting := one_city.waiting(number)):
        if waiting:
            for more in ({"visit_attempts": 9}, {"visit_reached": 0}, {"visit_reached": "false"}):
                _tried(one_city, number, "call-object", unreached | more, by="wu-tao", expect=400)
            one_city.complete(number, "call-object", **unreached)
        else:
            one_city.pass_to(one_city.now + timedelta(days=1))
    one_city.complete(number, "check-at-desk", desk_finding="DONE", visit_comment="材料齐全。")
    assert (one_city.matter(number)["status"], one_city.matter(number)["outcome"]) == ("CLOSED", "DESK_CHECK")
    span = "from=2026-02-01&to=2026-04-30&unit=dept-sports"
    (row,) = one_city.ask("GET", f"/hotline/v1/figures?{span}")["items"]
    counted = {one["figure"]: (one["numerator"], one["denominator"]) for one in row["figures"]}
    assert [counted[one] for one in ("satisfaction_rate", "resolution_rate")] == [(0, 0), (0, 0)]
    assert counted["reached_rate"] == (0, 1)
    said = product(("YES", "PLAN", "NO", None), (5, 3, 1, None), (True, None), (True, False, None))
    for solved, mark, true, reasonable in said:
        seen: dict[str, Any] = {"reached": False, "solved": solved, "result_sat": mark, "reply_true": true, "round": 1}
        seen |= {
            "demand_reasonable": reasonable,
            "contacted": True,
            "unit_contacted": None,
            "parameters": {"MAX_ROUNDS": 3},
        }
        told: Any = feel.to_json(decide("return-visit-outcome", seen).output)
        assert told["counts_as_satisfied"] is False
    kept = {"sign_on_time": 1, "on_time": 0.5, "knowledge": 1, "mechanism": 1, "leaders_answering": 1, "training": 1}
    unknown = _score(kept | {"satisfaction": None, "resolution": None})
    assert unknown == _score(kept | {"satisfaction": 0.5, "resolution": 0.5})
    assert unknown < _score(kept | {"satisfaction": 1, "resolution": 1})


# What is tried ---------------------------------------------------------------------------------------------------


def _file(city: City, **values: Any) -> dict[str, Any]:
    """A matter that looks like no other."""
    return city.file(**{"category_l1": "", "phone": f"1390000{next(_CALLERS):04}", **values})


def _tried(city: City, number: str, element: str, answers: Mapping[str, Any], *, by: str, expect: int) -> Any:
    """Somebody completes a task of a matter with these variables."""
    path = _task(city, number, element)
    with city.as_(by):
        told = city.ask("POST", f"{path}/completion", {"variables": {**answers}}, expect=expect)
    city.tick()
    return told


def _steered_by_nobody_of(city: City, number: str, person: str, variables: Mapping[str, Any]) -> None:
    """Neither variables nor messages, moves or starts are somebody's to give."""
    root = _root(city, number)
    message = {"name": "redo-ordered", "correlationKey": number, "variables": variables}
    with city.as_(person):
        for method, path, body in (
            ("PUT", f"element-instances/{root}/variables", {"variables": variables}),
            ("POST", f"process-instances/{root}/modification", {}),
            ("POST", f"process-instances/{root}/cancellation", {}),
            ("POST", "messages/publication", message),
            ("POST", "messages/correlation", message),
            ("POST", "process-instances", {"processDefinitionId": "handing-back", "variables": variables}),
        ):
            city.ask(method, f"/v2/{path}", body, expect=403)


def _told_of(city: City, number: str) -> set[str]:
    """The routes by which the number of a matter is told to whoever asks."""
    client, told = city.app.test_client(), set()
    for route, method, path, body in leaks.asked(city, number):
        answer = client.open(path, method=method, json=body, headers=city._signed)
        if number in answer.text and answer.status_code != 404:
            told.add(route)
    return told


def _notices(city: City, number: str) -> set[tuple[str, str]]:
    """The kind and the recipient of each notice about a matter."""
    query = select(notice.c.kind, notice.c.recipient).where(notice.c.instance_key == _root(city, number))
    with city.parts.database.read() as connection:
        return {(row.kind, row.recipient) for row in connection.execute(query)}


def _tell(city: City, name: str, key: str, variables: Mapping[str, Any]) -> None:
    city.ask("POST", "/v2/messages/correlation", {"name": name, "correlationKey": key, "variables": variables})
    city.tick()


def _jobs(kind: str) -> dict[str, Any]:
    return {"type": kind, "timeout": 60_000, "maxJobsToActivate": 10, "requestTimeout": -1}


def _task(city: City, number: str, element: str) -> str:
    """The path of a task that waits, as whoever sees all finds it."""
    signed, city._signed = city._signed, {}
    (task,) = (one for one in city._tasks(number) if one["elementId"] == element)
    city._signed = signed
    return f"/v2/user-tasks/{task['userTaskKey']}"


def _root(city: City, number: str) -> int:
    with city.parts.database.read() as connection:
        query = select(process_instance.c.key).where(process_instance.c.business_id == number)
        return int(connection.execute(query).scalar_one())


def _rules(city: City, number: str) -> str:
    return str(city.ask("GET", f"/hotline/v1/matters/{number}/path"))


def _score(figures: Mapping[str, Any]) -> Any:
    nothing = dict.fromkeys(
        ("return_rate", "redo_rate", "supervised_daily", "supervised_listed", "supervised_interview", "fraud"), 0
    )
    return feel.to_json(decide("assessment-score", {"figures": {**nothing, **figures}}).output)
