"""The inbox and its tasks: whose they are, filters in the address, claiming, the form as the API checks it."""

from __future__ import annotations

import json
import re
from io import BytesIO
from typing import Any

import pytest
from sqlalchemy import insert, select
from werkzeug.test import TestResponse

from service.engine import deployments
from service.store.tables import person, task_draft
from tests import sample_files
from tests.desk import Desk
from tests.diagrams import diagram, end, start, user

pytestmark = pytest.mark.of_one_store

SECOND = "dept-water.second"
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


_REQUIRED = {"required": True}
_KINDS = [
    {"type": "number", "key": "lamps", "label": "Lamps"},
    {"type": "expression", "key": "twice", "expression": "=lamps * 2"},
    {"type": "text", "text": "{{lamps}} lamps", "conditional": {"hide": "=twice = null"}},
    {"type": "table", "label": "Rows", "dataSource": "=rows", "columns": [{"key": "a"}, {"key": "b", "label": "B"}]},
    {"type": "image", "source": "data:image/png;base64,AA==", "alt": "A lamp"},
    {"type": "image", "source": "https://elsewhere.example/x.png", "alt": "Another"},
    {"type": "spacer"},
    {"type": "button", "label": "Send", "action": "submit"},
    {"type": "button", "label": "Again", "action": "reset"},
]


def _diagram() -> bytes:
    form = '<zeebe:formDefinition formId="reply" />'
    due = '<zeebe:taskSchedule dueDate="=due" />'
    task = user("reply", "dept-water:UNIT_HANDLER", form + due)
    return diagram("work", [start(), task, end()], ["begin -> reply", "reply -> done"])


@pytest.fixture
def work(desk: Desk) -> Desk:
    files = [("work.bpmn", _diagram())]
    with desk.parts.database.write() as connection:
        deployments.deploy(connection, desk.parts.engine, [*files, ("reply.form", json.dumps(_FORM).encode())], by="p")
        second = {"id": SECOND, "name": "乙", "unit_id": "dept-water", "roles": ["UNIT_HANDLER"]}
        connection.execute(insert(person).values(**second))
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
    lights = re.findall(r'<span class="light (\w+)">([^<]+)</span>', page)
    assert [(one, "overdue" in said) for one, said in lights] == [("red", True), ("green", False), ("green", False)]
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
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/tasks?kind=reply&claimed={'.'.join(keys)}")
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
    assert (last.status_code, last.headers["Location"]) == (303, f"/tasks?done={key}")
    assert "why" not in _variables(work, key)


def _variables(desk: Desk, key: str) -> dict[str, str]:
    task: Any = desk.client.get(f"/v2/user-tasks/{key}").json
    asked = {"filter": {"processInstanceKey": task["processInstanceKey"]}}
    found: Any = desk.client.post("/v2/variables/search", json=asked).json
    return {one["name"]: one["value"] for one in found["items"]}


def test_filters_are_kept_under_names_and_deleted_and_are_nobody_elses(work: Desk) -> None:
    kept = _post(work, "/tasks", keep="", name=" My  replies ", back="kind=reply&due=week")
    assert (kept.status_code, kept.headers["Location"]) == (303, "/tasks?kind=reply&due=week")
    page = _get(work, "/tasks?kind=reply&due=week")
    assert 'href="/tasks?kind=reply&amp;due=week" aria-current="page">My replies</a>' in page
    assert "My replies" not in _get(work, "/tasks", by="dept-housing.handler")
    _post(work, "/tasks", keep="", name="My replies", back="due=over")
    (key,) = re.findall(r'name="drop" value="(\d+)"', _get(work, "/tasks"))
    assert _post(work, "/tasks", by="dept-housing.handler", drop=key).status_code == 404
    gone = _get(work, _post(work, "/tasks", drop=key).headers["Location"])
    assert "The filter “My replies” is deleted." in gone
    assert 'name="back" value="due=over"' in gone
    assert 'name="drop"' not in gone
    unnamed = _post(work, "/tasks", keep="", name="x" * 41, back="due=over")
    assert (unnamed.status_code, 'id="filter-wrong"' in unnamed.text) == (400, True)


def test_what_was_claimed_is_put_back_with_one_click_and_taken_again(work: Desk) -> None:
    _start(work, "2026-03-05T10:00:00+08:00")
    (key,) = _keys(_get(work, "/tasks"))
    claimed = _get(work, _post(work, "/tasks", claim=key).headers["Location"])
    assert "1 task is yours now." in claimed
    assert f'<input type="hidden" name="put-back" value="{key}">' in claimed
    back = _get(work, _post(work, "/tasks", **{"put-back": key}).headers["Location"])
    assert f'<input type="hidden" name="key" value="{key}">' in back
    assert "1 task is put back." in back
    assert "yours now" not in _get(work, f"/tasks?claimed={key}.x.9")
    stayed = _post(work, f"/tasks/{key}", act="claim", why="rain", solved='"NO"', back="due=over")
    assert (stayed.status_code, stayed.headers["Location"]) == (303, f"/tasks/{key}?due=over")
    assert ">rain</textarea>" in _get(work, f"/tasks/{key}")
    gone = _post(work, f"/tasks/{key}", act="put-back", why="rain")
    assert (gone.status_code, gone.headers["Location"]) == (303, f"/tasks?given={key}")
    _post(work, "/tasks", by=SECOND, claim=key)
    assert _post(work, f"/tasks/{key}", act="claim").status_code == 409


def test_a_draft_is_kept_sealed_until_the_task_is_done_and_is_nobody_elses(work: Desk) -> None:
    _start(work, "2026-03-05T10:00:00+08:00")
    (key,) = _keys(_get(work, "/tasks"))
    kept = _post(work, f"/tasks/{key}", act="draft", solved='"NO"', why="the pipe is dry", days="x")
    assert (kept.status_code, kept.headers["Location"]) == (303, f"/tasks/{key}")
    page = _get(work, f"/tasks/{key}")
    assert "What you had begun on" in page
    assert ">the pipe is dry</textarea>" in page
    assert 'value="x"' in page
    assert "dry" not in _get(work, f"/tasks/{key}", by=SECOND)
    with work.parts.database.read() as connection:
        (row,) = connection.execute(select(task_draft)).mappings().all()
    assert b"dry" not in row["sealed"]
    # What is out of sight is kept as well, and sent only when it is asked for again.
    hidden = _post(work, f"/tasks/{key}", act="look", solved='"YES"', why="the pipe is dry").text
    assert '<input type="hidden" name="why" value="the pipe is dry">' in hidden
    assert _post(work, f"/tasks/{key}", act="draft", quiet="1", solved='"YES"', why="dry").get_json()["at"]
    assert _post(work, f"/tasks/{key}", act="finish", solved='"YES"', why="dry").status_code == 303
    assert "why" not in _variables(work, key)
    with work.parts.database.read() as connection:
        assert connection.execute(select(task_draft)).first() is None


def test_what_was_written_outlives_a_refusal_and_a_colleagues_claim(work: Desk) -> None:
    _start(work, "2026-03-05T10:00:00+08:00")
    (key,) = _keys(_get(work, "/tasks"))
    assert _post(work, f"/tasks/{key}", act="finish", solved='"NO"', why="the pipe is much too dry").status_code == 400
    assert "the pipe is much too dry" in _get(work, f"/tasks/{key}")
    _post(work, "/tasks", by=SECOND, claim=key)
    refused = _post(work, f"/tasks/{key}", act="finish", solved='"NO"', why="the pipe is dry")
    assert (refused.status_code, "What you had written" in refused.text) == (403, True)
    assert "the pipe is dry" in _get(work, f"/tasks/{key}")
    _post(work, f"/tasks/{key}", by=SECOND, act="finish", solved='"YES"')
    late = _post(work, f"/tasks/{key}", act="draft", solved='"NO"', why="the pipe is dry")
    assert (late.status_code, "the pipe is dry" in late.text) == (403, True)
    assert _post(work, f"/tasks/{key}", act="draft", quiet="1", why="dry").status_code == 403


def test_every_kind_of_component_has_its_place_on_the_page(work: Desk) -> None:
    drawn = {"id": "reply", "components": _KINDS}
    with work.parts.database.write() as connection:
        files = [("reply.form", json.dumps(drawn).encode())]
        deployments.deploy(connection, work.parts.engine, [*files, ("work.bpmn", _diagram())], by="p")
    _start(work, "2026-03-05T10:00:00+08:00", rows=[{"a": 1, "b": "<i>"}])
    (key,) = _keys(_get(work, "/tasks"))
    page = _get(work, f"/tasks/{key}")
    for said in ("<td>1</td><td>&lt;i&gt;</td>", 'type="reset"', ">Send</button>", 'src="data:image/png;base64,AA=="'):
        assert said in page, said
    assert "elsewhere.example" not in page
    assert "3 lamps" in _post(work, f"/tasks/{key}", act="look", lamps="3").text
    assert _post(work, f"/tasks/{key}", act="finish", lamps="3").status_code == 303
    assert _variables(work, key)["twice"] == "6"


def test_files_are_added_to_the_matter_and_a_form_may_ask_for_some(desk: Desk) -> None:
    picker = {"type": "filepicker", "key": "evidence", "label": "Proof", "multiple": True, "validate": _REQUIRED}
    preview = {"type": "documentPreview", "label": "Seen", "dataSource": "=evidence"}
    task = user("handle", "dept-housing", '<zeebe:formDefinition formId="proof" />')
    drawn = diagram("handling", [start(), task, end()], ["begin -> handle", "handle -> done"])
    form = json.dumps({"id": "proof", "components": [picker, preview]}).encode()
    with desk.parts.database.write() as connection:
        files = [("handling.bpmn", drawn), ("proof.form", form)]
        deployments.deploy(connection, desk.parts.engine, files, by="p")
    number = desk.dispatched()["number"]
    by = "dept-housing.handler"
    (key,) = _keys(_get(desk, "/tasks", by=by))
    missing = _post(desk, f"/tasks/{key}", by=by, act="finish")
    assert (missing.status_code, 'id="wrong-evidence">must be filled in' in missing.text) == (400, True)
    wrong = _post(desk, f"/tasks/{key}", by=by, act="finish", files=(BytesIO(b"<html>"), "page.png"))
    assert (wrong.status_code, "This kind of file is not taken." in wrong.text) == (400, True)
    sent = {
        "evidence#files": (BytesIO(sample_files.png()), "lamp.png"),
        "files": (BytesIO(sample_files.pdf()), "a.pdf"),
    }
    assert _post(desk, f"/tasks/{key}", by=by, act="draft", **sent).status_code == 303
    page = _get(desk, f"/tasks/{key}", by=by)
    (id_,) = re.findall(r'name="evidence" value="(\d+)" checked> <span>lamp.png', page)
    assert _post(desk, f"/tasks/{key}", by=by, act="finish", evidence=id_).status_code == 303
    told = desk.read(f"/matters/{number}/attachments", by="li-min")["items"]
    assert [(one["name"], one["of_service_object"]) for one in told] == [("lamp.png", False), ("a.pdf", False)]
