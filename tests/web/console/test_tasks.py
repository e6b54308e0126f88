"""The inbox and its tasks: whose they are, filters in the address, claiming, the form as the API checks it."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from werkzeug.test import TestResponse

from service.engine import deployments
from tests.desk import Desk
from tests.diagrams import diagram, end, start, user

pytestmark = pytest.mark.of_one_store

OURS = {"Origin": "http://localhost"}
_FORM = {
    "id": "reply",
    "components": [
        {"type": "text", "text": "**Number** {{matter_no}}{{#if late}} late{{/if}}"},
        {"type": "textfield", "key": "title", "label": "Title", "disabled": True},
        {
            "type": "radio",
            "key": "solved",
            "label": "Solved?",
            "validate": {"required": True},
            "values": [{"label": "Yes", "value": "YES"}, {"label": "No", "value": "NO"}],
            "properties": {"NO:when": "=late", "NO:otherwise:en": "only when it is late"},
        },
        {
            "type": "textarea",
            "key": "why",
            "label": "Why not",
            "validate": {"required": True, "maxLength": 20},
            "conditional": {"hide": '=solved != "NO"'},
        },
        {"type": "number", "key": "days", "label": "Days", "validate": {"min": 1}},
        {"type": "select", "key": "whom", "label": "Whom", "valuesExpression": '=["a", "b"]'},
        {"type": "datetime", "key": "on", "label": "On", "subtype": "date"},
    ],
}


@pytest.fixture
def work(desk: Desk) -> Desk:
    form = '<zeebe:formDefinition formId="reply" />'
    due = '<zeebe:taskSchedule dueDate="=due" />'
    task = user("reply", "dept-water:UNIT_HANDLER", form + due)
    files = [("work.bpmn", diagram("work", [start(), task, end()], ["begin -> reply", "reply -> done"]))]
    with desk.parts.database.write() as connection:
        deployments.deploy(connection, desk.parts.engine, [*files, ("reply.form", json.dumps(_FORM).encode())], by="p")
    return desk


def _start(desk: Desk, due: str, **variables: Any) -> None:
    told = {"matter_no": "WF1", "title": "<b>Lamp</b>", "due": due, "late": False, **variables}
    answer = desk.client.post("/v2/process-instances", json={"processDefinitionId": "work", "variables": told})
    assert answer.status_code == 200, answer.text


def _get(desk: Desk, path: str, by: str = "dept-water.handler") -> str:
    answer = desk.client.get(path, headers={"Authorization": f"Bearer {desk.token(by)}", "Accept-Language": "en"})
    assert answer.status_code == 200, answer.text
    return answer.text


def _post(desk: Desk, path: str, by: str = "dept-water.handler", **form: Any) -> TestResponse:
    headers = {"Authorization": f"Bearer {desk.token(by)}", "Accept-Language": "en", **OURS}
    return desk.client.post(path, data=form, headers=headers)


def _keys(page: str) -> list[str]:
    return re.findall(r'data-open href="/tasks/(\d+)', page)


def test_a_unit_finds_what_is_due_first_first_and_nobody_else_does(work: Desk) -> None:
    for due in ("2026-03-05T10:00:00+08:00", "2026-02-01T10:00:00+08:00", "2099-01-01T10:00:00+08:00"):
        _start(work, due)
    page = _get(work, "/tasks")
    times = re.findall(r"\d{4}-\d\d-\d\d 10:00", page)
    assert times == sorted(times)
    assert len(_keys(page)) == 3
    assert "overdue by" in page
    assert len(_keys(_get(work, "/tasks?due=over"))) == page.count("overdue by")
    assert len(_keys(_get(work, "/tasks?kind=reply&whose=unit"))) == 3
    assert "No task fits this filter." in _get(work, "/tasks?kind=other")
    assert "Nothing waits for you." in _get(work, "/tasks", by="dept-housing.handler")
    assert "No task is open." in _get(work, "/tasks?whose=all", by="dept-housing.handler")


def test_tasks_are_claimed_at_once_put_back_and_refused_in_the_words_of_the_api(work: Desk) -> None:
    for _ in range(2):
        _start(work, "2026-03-05T10:00:00+08:00")
    keys = _keys(_get(work, "/tasks"))
    answer = _post(work, "/tasks", key=keys, back="kind=reply")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/tasks?kind=reply")
    assert _keys(_get(work, "/tasks?whose=mine")) == keys
    assert _post(work, "/tasks", **{"put-back": keys[0]}).status_code == 303
    assert _keys(_get(work, "/tasks?whose=mine")) == keys[1:]
    refused = _post(work, "/tasks", by="dept-housing.handler", claim=keys[0])
    assert (refused.status_code, "This user task is not yours" in refused.text) == (403, True)
    elsewhere = work.client.post("/tasks", data={"claim": keys[0]}, headers={"Origin": "https://elsewhere.example"})
    assert elsewhere.status_code in (400, 401)


def test_a_form_is_filled_in_and_the_next_task_opens(work: Desk) -> None:
    _start(work, "2026-03-05T10:00:00+08:00", late=True)
    _start(work, "2026-03-06T10:00:00+08:00")
    first, second = _keys(_get(work, "/tasks"))
    page = _get(work, f"/tasks/{first}?kind=reply")
    assert "<strong>Number</strong> WF1 late" in page
    assert "&lt;b&gt;Lamp&lt;/b&gt;" in page
    assert 'name="why"' not in page
    assert "only when it is late" in _get(work, f"/tasks/{second}")
    assert 'name="why"' in _post(work, f"/tasks/{first}", act="look", solved='"NO"').text
    wrong = _post(work, f"/tasks/{first}", act="finish", solved='"NO"', days="x", on="2026-03-01", whom='"c"')
    assert wrong.status_code == 400
    for field, said in (("why", "must be filled in"), ("days", "must be a number"), ("whom", "one of the choices")):
        assert re.search(rf'id="wrong-{field}">[^<]*{said}', wrong.text), field
    assert 'value="2026-03-01"' in wrong.text
    done = _post(work, f"/tasks/{first}", act="finish", solved='"NO"', why="rain", days="2", back="kind=reply")
    assert (done.status_code, done.headers["Location"]) == (303, f"/tasks/{second}?kind=reply&done={first}")
    assert "Done: reply. Here is the next one." in _get(work, done.headers["Location"])
    assert "has completed this" in _get(work, f"/tasks/{first}")
    assert _variables(work, first)["why"] == '"rain"'


def test_what_is_not_open_is_refused_beside_its_field(work: Desk) -> None:
    _start(work, "2026-03-05T10:00:00+08:00")
    (key,) = _keys(_get(work, "/tasks"))
    answer = _post(work, f"/tasks/{key}", act="finish", solved='"NO"', why="rain")
    assert (answer.status_code, "only when it is late" in answer.text) == (409, True)
    last = _post(work, f"/tasks/{key}", act="finish", solved='"YES"', why="is hidden and not sent")
    assert (last.status_code, last.headers["Location"]) == (303, "/tasks")
    assert "why" not in _variables(work, key)


def _variables(desk: Desk, key: str) -> dict[str, str]:
    task: Any = desk.client.get(f"/v2/user-tasks/{key}").json
    asked = {"filter": {"processInstanceKey": task["processInstanceKey"]}}
    found: Any = desk.client.post("/v2/variables/search", json=asked).json
    return {one["name"]: one["value"] for one in found["items"]}
