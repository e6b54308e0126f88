"""The file of a matter: its parts open for whoever may see it, its way is replayed, its notes told."""

from __future__ import annotations

import re

import pytest

from service.engine import deployments
from tests.desk import Desk, handling

pytestmark = pytest.mark.of_one_store

OURS = {"Origin": "http://localhost", "Accept-Language": "en"}
HOSTILE = "<script>alert(1)</script>"


def _open(desk: Desk, path: str) -> str:
    answer = desk.client.get(path, headers=OURS)
    assert answer.status_code == 200, answer.text
    return answer.text


def test_its_way_is_replayed_step_by_step_without_scripts(desk: Desk) -> None:
    number = desk.dispatched()["number"]
    way = _open(desk, f"/matters/{number}/way")
    key = re.findall(r'href="\?process=(\d+)"', way)[-1]
    way = _open(desk, f"/matters/{number}/way?process={key}")
    steps = re.findall(r"data-step=\"(\d+)\" data-element=\"([\w-]+)\" data-flows=\"([\w ]*)\"", way)
    assert steps == [("1", "dispatch-begins", ""), ("2", "handle", "f1")]
    assert way.count("waits now") == 1
    first = _open(desk, f"/matters/{number}/way?process={key}&step=1")
    assert 'data-step="1" data-element="dispatch-begins"' in first
    assert first.count('aria-current="step"') == 1
    for asked in ("step=1", "step=none", "compared=then", "compared=today", "save=1"):
        drawn = desk.client.get(f"/matters/{number}/ways/{key}?{asked}")
        assert drawn.mimetype == "image/svg+xml"
    assert desk.client.get(f"/matters/{number}/way?process=1", headers=OURS).status_code == 404


def test_what_is_otherwise_in_the_version_of_today_is_told(desk: Desk) -> None:
    number = desk.dispatched()["number"]
    key = re.findall(r'href="\?process=(\d+)"', _open(desk, f"/matters/{number}/way"))[-1]
    page = f"/matters/{number}/way/changes?process={key}"
    assert "nothing is otherwise" in _open(desk, page)
    newer = handling().replace(b"working days(now(), 5)", b"working days(now(), 4)")
    with desk.parts.database.write() as connection:
        deployments.deploy(connection, desk.parts.engine, [("handling.bpmn", newer)], by="policy")
    told = _open(desk, page)
    assert "working days(now(), 4)" in told
    assert "Changed" in told
    assert f"/ways/{key}?compared=today" in told


def test_notes_stand_in_the_file_and_say_nothing_to_the_browser(desk: Desk) -> None:
    number = desk.dispatched(text=HOSTILE)["number"]
    assert "Nothing is noted yet" in _open(desk, f"/matters/{number}")
    for what in ("notes", "public-notes"):
        answer = desk.client.post(f"/matters/{number}/{what}", data={"text": f"{HOSTILE} {what}"}, headers=OURS)
        assert answer.status_code == 303
    page = _open(desk, f"/matters/{number}?told=note")
    assert HOSTILE not in page
    assert page.index("for colleagues") < page.index("read by the service object too")
    empty = desk.client.post(f"/matters/{number}/notes", data={"text": " "}, headers=OURS)
    assert (empty.status_code, 'id="text-wrong"' in empty.text) == (400, True)


def test_decisions_and_values_are_told_as_they_are_seen(desk: Desk) -> None:
    number = desk.dispatched(name="王小明", phone="13800001234")["number"]
    assert "Nothing has been decided by a table yet." in _open(desk, f"/matters/{number}/decisions")
    page = _open(desk, f"/matters/{number}/record")
    assert ">unit_id</code>" in page
    assert "accepted" in page
    assert "13800001234" not in page
    only = _open(desk, f"/matters/{number}/record?name=light")
    assert len(re.findall(r'href="\?name=(\w+)#variables"', only)) == 1


def test_supervision_that_nothing_waits_for_is_refused_beside_its_form(desk: Desk) -> None:
    number = desk.dispatched()["number"]
    way = f"/matters/{number}/supervision"
    refused = desk.client.post(way, data={"reason": "slow", "impact": "CITY"}, headers=OURS)
    assert refused.status_code == 409
    assert re.search(r"<details[^>]* open><summary>Supervise", refused.text)
    assert "slow</textarea>" in refused.text
    assert desk.client.post(way, data={"reason": ""}, headers=OURS).status_code == 400
    assert "No matter is supervised now." in _open(desk, "/supervision")
