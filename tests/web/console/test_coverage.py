"""The page of the regulation: each clause with what carries it, in the versions that count now, later and still."""

from __future__ import annotations

import re
from datetime import datetime
from io import BytesIO

import pytest
from markupsafe import escape

from service.clock import CITY_ZONE
from service.hotline import carriers, clauses
from tests.desk import Desk
from tests.diagrams import diagram, end, start, user

pytestmark = pytest.mark.of_one_store

KNOWN = clauses.read()
# Two clauses that only what is drawn can carry here: the project's list does not name them.
FIRST, SECOND = [id_ for id_ in KNOWN if id_ not in {one.clause for one in carriers.listed(clauses.PROJECT)}][-2:]


def _said(id_: str, language: str = "en") -> str:
    return str(escape(KNOWN[id_].said[language]))


def _deploy(desk: Desk, clauses: str, day: str = "") -> None:
    told = '<zeebe:properties><zeebe:property name="name:en" value="Look at &lt;b&gt;it&lt;/b&gt;" />'
    told += f'<zeebe:property name="clauses" value="{clauses}" /></zeebe:properties>'
    drawn = diagram("misuse", [start(), user("look", more=told), end()], ["begin -> look", "look -> done"])
    sent = {"resources": (BytesIO(drawn), "misuse.bpmn"), **({"effectiveFrom": day} if day else {})}
    answer = desk.client.post("/v2/deployments", data=sent, content_type="multipart/form-data")
    assert answer.status_code == 200, answer.text


def _html(desk: Desk, query: str = "lang=en") -> str:
    answer = desk.client.get(f"/coverage?{query}")
    assert answer.status_code == 200
    return answer.text


def _clause(desk: Desk, id_: str, query: str = "lang=en") -> str:
    """What is read beside a clause; empty if it is not on the page."""
    found = re.search(rf'<article id="{re.escape(id_)}".*?</article>', _html(desk, query), re.DOTALL)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", found[0])) if found else ""


def _count(desk: Desk) -> int:
    found = re.search(r'class="number">(\d+)</span> / <span class="number">120<', _html(desk))
    assert found
    return int(found[1])


def test_beside_a_clause_stands_what_carries_it_with_its_file(desk: Desk) -> None:
    before = _count(desk)
    assert f"{_said(FIRST)} Nothing carries it yet." in _clause(desk, FIRST)
    _deploy(desk, FIRST)
    assert _count(desk) == before + 1
    read = _clause(desk, FIRST)
    assert f"{_said(FIRST)} misuse.bpmn version 1 Element Look at &lt;b&gt;it&lt;/b&gt; look" in read
    link = re.search(rf'id="{re.escape(FIRST)}".*?href="([^"]+)"', _html(desk), re.DOTALL)
    assert link
    assert f'value="{FIRST}"'.encode() in desk.client.get(link[1]).data


def test_routes_and_tests_of_the_list_stand_there_too(desk: Desk) -> None:
    read = _clause(desk, "A13.1")
    assert "Route GET track.track" in read
    assert "test_number_and_code_show_how_the_matter_stands" in read


def test_it_is_read_in_chinese_too(desk: Desk) -> None:
    _deploy(desk, FIRST)
    read = _clause(desk, FIRST, "lang=zh")
    assert f"{KNOWN[FIRST].actor['zh']} {_said(FIRST, 'zh')} misuse.bpmn 第1版 环节 look" in read


def test_what_is_to_come_is_shown_with_its_day_and_counts_from_then_on(desk: Desk) -> None:
    before = _count(desk)
    _deploy(desk, FIRST, "2027-01-01")
    assert "misuse.bpmn version 1, from 2027-01-01 on" in _clause(desk, FIRST)
    assert _count(desk) == before
    desk.now = datetime(2027, 1, 1, tzinfo=CITY_ZONE)
    assert "from 2027-01-01 on" not in _clause(desk, FIRST)
    assert _count(desk) == before + 1


def test_the_old_rules_are_shown_as_long_as_something_runs_by_them(desk: Desk) -> None:
    before = _count(desk)
    _deploy(desk, FIRST)
    started = desk.client.post("/v2/process-instances", json={"processDefinitionId": "misuse"}).json
    assert started
    _deploy(desk, SECOND)
    assert "misuse.bpmn version 1, for what began by it" in _clause(desk, FIRST)
    assert f"{_said(SECOND)} misuse.bpmn version 2 Element" in _clause(desk, SECOND)
    assert _count(desk) == before + 1
    desk.client.post(f"/v2/process-instances/{started['processInstanceKey']}/cancellation", json={})
    assert "misuse.bpmn" not in _clause(desk, FIRST)


def test_those_that_nothing_carries_can_be_seen_alone(desk: Desk) -> None:
    _deploy(desk, FIRST)
    assert _clause(desk, FIRST, "show=open&lang=en") == ""
    assert _said(SECOND) in _clause(desk, SECOND, "show=open&lang=en")


def test_beside_it_stands_the_picture_of_what_carries_it(desk: Desk) -> None:
    _deploy(desk, FIRST)
    shown = re.search(rf'id="{re.escape(FIRST)}".*?<img src="([^"]+)"[^>]*alt="([^"]+)"', _html(desk), re.DOTALL)
    assert shown
    assert shown[2] == "The picture of Look at &lt;b&gt;it&lt;/b&gt;"
    answer = desk.client.get(shown[1])
    assert (answer.status_code, answer.mimetype) == (200, "image/svg+xml")
    assert desk.client.get("/coverage/pictures/1").status_code == 404


def test_there_is_no_script_in_it(desk: Desk) -> None:
    _deploy(desk, FIRST)
    text = _html(desk)
    assert not re.search(r"<script(?! type=\"module\" src=)|<style|style=|\son\w+=|<b>it", text)
