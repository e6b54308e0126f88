"""What is taken away of matters: logs that others read, and a file on paper; never who raised one, and always told."""

from __future__ import annotations

import json
from typing import Any

import pytest
from lxml import etree
from sqlalchemy import select

from service.store.tables import audit_pending
from tests.desk import TEXT, Desk

pytestmark = pytest.mark.of_one_store

OURS = {"Origin": "http://localhost", "Accept-Language": "en"}
WHO = ("王小明", "13800001234", TEXT[:8])


def _taken(desk: Desk, path: str, **given: str) -> Any:
    answer = desk.client.post(path, data=given, headers=OURS)
    assert answer.status_code == 200, answer.text
    assert answer.headers["Content-Disposition"].startswith("attachment")
    return answer


def test_a_log_of_many_matters_is_one_trace_each_of_what_happened(desk: Desk) -> None:
    numbers = [desk.dispatched(name=WHO[0], phone=WHO[1])["number"] for _ in range(3)]
    desk.set_row(numbers[0], status="CLOSED")
    told = _taken(desk, "/matters/export", format="xes", status="IN_HANDLING").text
    assert not any(word in told for word in WHO)
    log = etree.fromstring(told.encode())
    assert log.get("xes.version") == "1849-2016"
    keys = [[(one.get("key"), one.get("value")) for one in trace] for trace in log.iterfind("{*}trace")]
    assert [dict(one)["concept:name"] for one in keys] == numbers[1:]
    events = [{one.get("key"): one.get("value") for one in event} for event in log.iter("{*}event")]
    for event in events:
        assert event.keys() >= {"concept:name", "lifecycle:transition", "time:timestamp", "element_id"}
    waiting = [one for one in events if one["element_id"] == "handle"]
    assert [(one["lifecycle:transition"], one["org:group"]) for one in waiting] == [("start", "dept-housing")] * 2


def test_objects_and_events_of_a_log_know_each_other(desk: Desk) -> None:
    number = desk.dispatched(name=WHO[0], phone=WHO[1])["number"]
    told = _taken(desk, f"/matters/{number}/export", format="ocel").text
    assert not any(word in told for word in WHO)
    log = json.loads(told)
    assert log.keys() == {"objectTypes", "eventTypes", "objects", "events"}
    objects = {one["id"]: one["type"] for one in log["objects"]}
    assert sorted(objects.values()) == ["matter", "process", "process", "unit"]
    related = [one for each in (*log["objects"], *log["events"]) for one in each["relationships"]]
    assert {one["objectId"] for one in related} <= objects.keys()
    assert {one["type"] for one in log["events"]} == {one["name"] for one in log["eventTypes"]}
    known = {one["name"]: {it["name"] for it in one["attributes"]} for one in (*log["objectTypes"], *log["eventTypes"])}
    for one in (*log["objects"], *log["events"]):
        assert {it["name"] for it in one["attributes"]} <= known[one["type"]]


def test_a_file_is_printed_without_who_raised_it_and_all_is_told_to_auditors(desk: Desk) -> None:
    number = desk.dispatched(name=WHO[0], phone=WHO[1], title="<b>路灯</b>")["number"]
    pdf = _taken(desk, f"/matters/{number}/export", format="pdf")
    assert (pdf.mimetype, pdf.data[:5]) == ("application/pdf", b"%PDF-")
    _taken(desk, "/matters/export", format="xes")
    with desk.parts.database.read() as connection:
        query = select(audit_pending.c.subject).where(audit_pending.c.kind == "export").order_by(audit_pending.c.key)
        assert connection.execute(query).scalars().all() == [f"matter {number}", "matters"]


def test_what_cannot_be_taken_away_is_refused(desk: Desk) -> None:
    number = desk.dispatched()["number"]
    for path, given in (
        (f"/matters/{number}/export", {"format": "doc"}),
        ("/matters/export", {"format": "pdf"}),
        ("/matters/export", {"format": "xes", "from": "soon"}),
    ):
        assert desk.client.post(path, data=given, headers=OURS).status_code == 400
    assert desk.ask("POST", "/matters/export", {"format": "pdf"}).status_code == 400
    assert desk.ask("POST", "/matters/WF20200101-000001/export", {"format": "xes"}).status_code == 404
    assert number in desk.ask("POST", f"/matters/{number}/export", {"format": "xes"}).text
