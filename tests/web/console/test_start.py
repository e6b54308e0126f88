"""The start page: what it tells, to whom, in which language, and how it is guarded."""

from __future__ import annotations

import re
from io import BytesIO
from typing import Any

import pytest

from tests.desk import Desk
from tests.diagrams import diagram, end, script, start, user

pytestmark = pytest.mark.of_one_store


def _page(desk: Desk, query: str = "?lang=en", *, by: str = "") -> str:
    headers = {"Authorization": f"Bearer {desk.token(by)}"} if by else {}
    answer = desk.client.get(f"/{query}", headers=headers)
    assert answer.status_code == 200
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.text))


def test_an_empty_hotline_says_how_to_begin(desk: Desk) -> None:
    page = _page(desk)
    assert "Nobody has called yet. File a first matter: .venv/bin/hotline import samples/matters.jsonl" in page
    assert "Nothing waits for a person." in page


def test_it_shows_matters_tasks_and_diagrams_as_they_stand(desk: Desk) -> None:
    desk.dispatched()
    desk.set_row(desk.dispatched(designated_unit="dept-water")["number"], light="RED")
    page = _page(desk)
    assert "Open matters 2 1 in time 1 overdue" in page
    assert "In handling 2" in page
    assert "Housing and Urban-Rural Development Bureau 1" in page
    assert "hotline-intake.bpmn 1 2" in page


def test_a_task_of_two_roles_of_a_unit_counts_once(desk: Desk) -> None:
    task = user("sign-in", "dept-water:UNIT_LIAISON, dept-water:UNIT_HANDLER")
    _deploy(desk, diagram("two-roles", [start(), task, end()], ["begin -> sign-in", "sign-in -> done"]))
    desk.client.post("/v2/process-instances", json={"processDefinitionId": "two-roles"})
    assert "Water Resources Bureau 1" in _page(desk)


def test_what_stands_still_is_told_to_the_agency(desk: Desk) -> None:
    broken = script("count", "no_such", "counted")
    waits = user("wait", "=[nobody]")
    nodes = [start(), user("first"), broken, waits, end()]
    flows = ["begin -> first", "first -> count", "count -> wait", "wait -> done"]
    _deploy(desk, diagram("stuck", nodes, flows))
    desk.client.post("/v2/process-instances", json={"processDefinitionId": "stuck"})
    found: Any = desk.client.post("/v2/user-tasks/search", json={}).json
    desk.client.post(f"/v2/user-tasks/{found['items'][0]['userTaskKey']}/completion", json={})
    assert "1 incident " in _page(desk, by="li-min")
    assert "incident" not in _page(desk, by="dept-water.handler")


def test_a_unit_sees_counts_of_its_own_only(desk: Desk) -> None:
    desk.dispatched()
    page = _page(desk, by="dept-water.handler")
    assert "Open matters 0" in page
    assert "Nothing waits for a person." in page


def test_it_warns_when_everybody_on_the_machine_is_let_in(desk: Desk) -> None:
    assert "Anybody on this machine is let in without a password." in _page(desk)


def test_whoever_must_sign_in_is_asked_to(new_url: Any) -> None:
    desk = Desk(new_url("sqlite"), auth="required")
    answer = desk.client.get("/")
    assert (answer.status_code, answer.headers["WWW-Authenticate"][:5]) == (401, "Basic")
    assert "without a password" not in _page(desk, by="li-min")
    desk.close()


def test_it_speaks_the_language_asked_for_and_remembers_it(desk: Desk) -> None:
    client = desk.client
    assert "热线正在运行" in client.get("/").text
    assert "The hotline is running" in client.get("/", headers={"Accept-Language": "en-GB,en;q=0.9"}).text
    assert "The hotline is running" in client.get("/?lang=en").text
    assert "The hotline is running" in client.get("/").text
    assert "热线正在运行" in client.get("/?lang=zh").text


def test_nothing_in_the_page_is_script_or_from_elsewhere(desk: Desk) -> None:
    answer = desk.client.get("/")
    assert answer.headers["Content-Security-Policy"].startswith(
        "default-src 'none'; script-src 'self'; connect-src 'self'; style-src 'self';"
    )
    assert not re.search(r"<script(?! type=\"module\" src=)|<style|style=|\son\w+=", answer.text)
    for part in re.findall(r'(?:src|href)="(/console/[^"]+)"', answer.text):
        assert desk.client.get(part).status_code == 200


def test_what_comes_from_a_diagram_is_text(desk: Desk) -> None:
    flows = ["begin -> a", "a -> done"]
    hostile = diagram("odd", [start(), user("a"), end()], flows).replace(
        b'id="odd"', b'id="odd" name="&lt;script&gt;alert(1)&lt;/script&gt;"'
    )
    _deploy(desk, hostile)
    text = desk.client.get("/").text
    assert "<script>" not in text
    assert "&lt;script&gt;alert(1)" in text


def _deploy(desk: Desk, xml: bytes) -> None:
    sent = {"resources": (BytesIO(xml), "d.bpmn")}
    answer = desk.client.post("/v2/deployments", data=sent, content_type="multipart/form-data")
    assert answer.status_code == 200, answer.text
