"""Finding and reading matters: filters, pages, and who may see what."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest
from sqlalchemy import select

from service.engine import deployments
from service.hotline import organisation
from service.store.tables import audit_pending, history, process_instance
from tests.desk import Desk
from tests.diagrams import Node, diagram, end, start, user
from tests.dmn.drawing import column, decision, model, output, table

pytestmark = pytest.mark.of_one_store

PERSON = {"name": "王小明", "phone": "13800001234"}
ELSEWHERE = "dept-water.handler"
OWN = "dept-housing.handler"


def test_a_unit_sees_its_own_matters_only(desk: Desk) -> None:
    own = desk.dispatched()["number"]
    other = desk.dispatched(designated_unit="dept-water")["number"]
    assert desk.numbers(by=OWN) == [own]
    assert desk.numbers(by="li-min") == [other, own]


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", ""), ("GET", "/path"), ("POST", "/contact")],
)
def test_another_units_matter_is_not_there(desk: Desk, method: str, path: str) -> None:
    number = desk.dispatched()["number"]
    body = {"reason": "curious"} if method == "POST" else None
    strange = desk.ask(method, f"/matters/{number}{path}", body, by=ELSEWHERE)
    missing = desk.ask(method, f"/matters/WF20260210-999999{path}", body, by=ELSEWHERE)
    assert (strange.status_code, missing.status_code) == (404, 404)
    assert strange.json["detail"].replace(number, "") == missing.json["detail"].replace("WF20260210-999999", "")


def test_a_unit_does_not_see_a_complaint_about_itself(desk: Desk) -> None:
    number = desk.dispatched(accused_unit="dept-housing")["number"]
    assert desk.ask("GET", f"/matters/{number}", by=OWN).status_code == 404
    assert desk.ask("GET", f"/matters/{number}", by="li-min").status_code == 200


def test_a_unit_sees_those_of_the_units_below_it(desk: Desk) -> None:
    number = desk.dispatched(designated_unit="weifang-12345")["number"]
    assert desk.numbers(by="gov-office.handler") == [number]


def test_names_and_phones_are_masked_wherever_matters_are_read(desk: Desk) -> None:
    number = desk.dispatched(**PERSON)["number"]
    listed = desk.read("/matters", by=OWN)["items"][0]
    whole = desk.read(f"/matters/{number}", by="li-min")
    assert (listed["phone"], whole["phone"], whole["name"]) == ("138******34", "138******34", "王**")


def test_reading_the_contact_in_full_leaves_who_and_why(desk: Desk) -> None:
    number = desk.dispatched(**PERSON)["number"]
    answer = desk.ask("POST", f"/matters/{number}/contact", {"reason": "回电"}, by=OWN)
    assert answer.json == PERSON
    query = select(history, process_instance.c.data_key).join(
        process_instance, process_instance.c.key == history.c.instance_key
    )
    with desk.parts.database.read() as connection:
        row = connection.execute(query.where(history.c.kind == "contact-read")).mappings().one()
    assert (row["by"], row["data"]) == (OWN, {})
    assert desk.parts.engine.protection.line(row, row["data_key"]) == {"reason": "回电"}


def test_auditors_are_told_of_contacts_that_were_read_or_refused_and_of_nobody_s_name(desk: Desk) -> None:
    open_, kept = desk.dispatched(**PERSON)["number"], desk.dispatched(confidential=True, **PERSON)["number"]
    for number in (open_, kept):
        desk.ask("POST", f"/matters/{number}/contact", {"reason": "回电给王先生"}, by=OWN)
    asked = audit_pending.c.kind.startswith("contact-")
    with desk.parts.database.read() as connection:
        told = connection.execute(select(audit_pending).where(asked).order_by(audit_pending.c.key)).mappings().all()
        whole = connection.execute(select(audit_pending)).mappings().all()
    assert [(one["kind"], one["who"], one["subject"]) for one in told] == [
        ("contact-read", OWN, f"matter {open_}"),
        ("contact-refused", OWN, f"matter {kept}"),
    ]
    why = hashlib.sha256(f"{open_}:回电给王先生".encode()).hexdigest()
    assert [one["what"] for one in told] == [{"why_sha256": why}, {}]
    assert not any(value in str(whole) for value in (*PERSON.values(), "王先生"))


def test_the_identity_of_a_confidential_reporter_is_kept_from_units(desk: Desk) -> None:
    number = desk.dispatched(confidential=True, **PERSON)["number"]
    whole = desk.read(f"/matters/{number}", by=OWN)
    told = desk.read(f"/matters/{number}/path", by=OWN)
    assert (whole["name"], whole["phone"]) == (None, None)
    assert desk.ask("POST", f"/matters/{number}/contact", {"reason": "回电"}, by=OWN).status_code == 403
    assert not any(value in str((whole, told)) for value in PERSON.values())
    assert desk.ask("POST", f"/matters/{number}/contact", {"reason": "回电"}, by="li-min").json == PERSON


def test_other_systems_see_matters_without_the_person(desk: Desk) -> None:
    number = desk.dispatched(**PERSON)["number"]
    assert desk.read(f"/matters/{number}", by="interface")["phone"] is None
    assert desk.ask("POST", f"/matters/{number}/withdrawal", {}, by="interface").status_code == 204


def test_those_who_have_no_need_get_no_contact(desk: Desk) -> None:
    number = desk.dispatched(**PERSON)["number"]
    assert desk.read(f"/matters/{number}", by="chen-xue")["phone"] is None
    assert desk.ask("POST", f"/matters/{number}/contact", {"reason": "报表"}, by="chen-xue").status_code == 403


_FOUND = {
    "?unit=dept-water": ["water"],
    "?status=IN_HANDLING": ["water", "roads"],
    "?status=CLOSED": [],
    "?light=GREEN": ["water", "roads"],
    "?light=RED": [],
    "?category=城乡建设": ["roads"],
    "?category=供水": ["water"],
    "?area=370705": ["roads"],
    "?area=37": ["water", "roads"],
    "?channel=WEB": ["water"],
    "?text=停水": ["water"],
    "?text=%25": [],
    "?received_from=2026-02-09T00:00:00%2B08:00": ["water"],
    "?received_to=2026-02-09T00:00:00": ["roads"],
}


def test_matters_are_found_by_what_is_asked_for(desk: Desk) -> None:
    roads = {"category_l1": "城乡建设", "division_code": "370705", "received_at": "2026-02-08T10:00:00+08:00"}
    water = {"category_l2": "供水", "division_code": "370702001", "channel": "WEB", "text": "小区停水两天了，没人管。"}
    names = {
        desk.dispatched(**roads)["number"]: "roads",
        desk.dispatched(designated_unit="dept-water", **water)["number"]: "water",
    }
    assert {query: [names[number] for number in desk.numbers(query)] for query in _FOUND} == _FOUND


def test_pages_follow_each_other_to_the_end(desk: Desk) -> None:
    filed = [desk.file()["number"] for _ in range(5)]
    seen: list[str] = []
    after = ""
    while after is not None:
        page = desk.read(f"/matters?limit=2{after and f'&after={after}'}")
        seen += [item["number"] for item in page["items"]]
        after = page["next"]
    assert (seen, page["total"]) == (filed[::-1], 5)


@pytest.mark.parametrize(
    "query", ["?limit=0", "?limit=201", "?status=ODD", "?colour=red", "?after=x", "?received_to=x"]
)
def test_a_search_that_does_not_fit_is_refused(strict_desk: Desk, query: str) -> None:
    answer = strict_desk.ask("GET", f"/matters{query}")
    assert (answer.status_code, answer.content_type) == (400, "application/problem+json")


def test_the_path_tells_elements_flows_people_and_called_processes(desk: Desk) -> None:
    number = desk.dispatched()["number"]
    found: Any = desk.client.post("/v2/user-tasks/search", json={}).json
    task = found["items"][0]["userTaskKey"]
    token = {"Authorization": f"Bearer {desk.token(OWN)}"}
    done = desk.client.post(f"/v2/user-tasks/{task}/completion", json={}, headers=token)
    assert done.status_code == 204
    process = desk.read(f"/matters/{number}/path", by=OWN)["process"]
    called = process["called"][0]
    assert [element["id"] for element in process["elements"]][:2] == ["matter-received", "notify-accepted"]
    assert process["flows"] == ["f1", "f2", "f3"]
    handled = next(element for element in called["elements"] if element["id"] == "handle")
    assert (handled["by"], handled["groups"], handled["state"]) == (_name(desk), ["dept-housing"], "COMPLETED")


WEIGHT = column("weight", "string length(text)", "number")
TRIAGE = model(decision("triage", table([WEIGHT], [output("grade")], ["< 5 -> 1 # Art. 3", ">= 5 -> 2 # Art. 4"])))


def test_the_path_tells_why_rules_did_not_fire_if_it_is_asked(desk: Desk) -> None:
    task = '<zeebe:calledDecision decisionId="triage" resultVariable="grade" />'
    nodes = [start(), Node("businessRuleTask", "grade", task), user("handle"), end()]
    handling = diagram("handling", nodes, ["begin -> grade", "grade -> handle", "handle -> done"])
    with desk.parts.database.write() as connection:
        files = [("triage.dmn", TRIAGE), ("handling.bpmn", handling)]
        deployments.deploy(connection, desk.parts.engine, files, by="policy")
    number = desk.dispatched()["number"]
    plain, asked = (desk.read(f"/matters/{number}/path{query}") for query in ("", "?why=true"))
    told = [path["process"]["called"][0]["decisions"][0]["evaluated"][0] for path in (plain, asked)]
    assert [one["rules"][0]["legal_basis"] for one in told] == ["Art. 4", "Art. 4"]
    assert told[0]["unmatched"] == []
    (refused,) = told[1]["unmatched"]
    assert (refused["legal_basis"], refused["refused_by"]["cell"]) == ("Art. 3", "< 5")


def _name(desk: Desk) -> Any:
    return next(one["name"] for one in organisation.shipped()["people"] if one["id"] == OWN)
