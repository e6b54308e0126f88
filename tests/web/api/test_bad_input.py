"""Whatever is sent: a clear answer, nothing stored, nothing logged of what people have written."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from service.config import Settings
from service.store.tables import metadata
from tests.api import Api
from tests.conftest import NewUrl
from tests.diagrams import diagram, end, job, script, start, timer, user
from tests.stores import STORES

# What a citizen might write: it must not be in any log.
PERSONAL = "张三 13800138000"

FORM = (
    '{"type":"default","id":"look","schemaVersion":18,"components":['
    '{"type":"number","key":"count","id":"a","label":"数","validate":{"required":true,"min":0,"max":10}},'
    '{"type":"textfield","key":"text","id":"b","label":"文","validate":{"maxLength":20}}]}'
)
SHOWN = user("look", more='<zeebe:formDefinition formId="look" />')
CASE = diagram(
    "case", [start(), SHOWN, job("send", "letter"), end()], ["begin -> look", "look -> send", "send -> done"]
)

LAUGHS = b'<!DOCTYPE l [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]><definitions>&b;</definitions>'
FILE = b'<!DOCTYPE d [<!ENTITY f SYSTEM "file:///etc/passwd">]><definitions>&f;</definitions>'
OUTSIDE = b'<!DOCTYPE d SYSTEM "http://127.0.0.1:9/evil.dtd"><definitions/>'
PAGE = b'<?xml-stylesheet href="evil.xsl"?><definitions/>'
DEEP = b"<a>" * 5_000 + b"</a>" * 5_000
MANY = b"<a>" + b"<b/>" * 30_000 + b"</a>"
LONG = b"<a>" + b" " * (3 * 1024 * 1024) + b"</a>"

# Of all tables at once: it is asked before and after each of hundreds of tests.
_ROWS = select(
    *(select(func.count()).select_from(table).scalar_subquery().label(name) for name, table in metadata.tables.items())
)


@pytest.fixture(scope="module", params=STORES)
def api(request: pytest.FixtureRequest, new_url: NewUrl) -> Iterator[Api]:
    """One for all: what is refused leaves nothing behind."""
    api = Api(new_url(request.param))
    assert api.deploy(CASE, look_form=FORM.encode()).status_code == 200
    yield api
    api.parts.database.close()


class Watch:
    """Counts the rows of all tables, and reads what has been logged."""

    def __init__(self, api: Api, captured: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture) -> None:
        self._api, self._captured, self._caplog = api, captured, caplog
        self._caplog.set_level(logging.DEBUG)
        self._rows = self._count()

    def refused(self, answer: TestResponse, *statuses: int) -> Any:
        """The problem that was answered; nothing is stored, and nothing personal is said to the log."""
        assert answer.status_code in (statuses or (400,)), answer.text
        assert answer.mimetype == "application/problem+json"
        told = json.loads(answer.data)
        assert {"type", "title", "status", "detail", "instance"} <= set(told)
        assert told["status"] == answer.status_code
        assert told["detail"]
        assert self._count() == self._rows
        said = "".join(self._captured.readouterr()) + self._caplog.text
        assert "13800138000" not in said
        assert "Traceback" not in said
        return told

    def _count(self) -> dict[str, int]:
        with self._api.parts.database.read() as connection:
            return dict(connection.execute(_ROWS).mappings().one())


@pytest.fixture
def watch(api: Api, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture) -> Watch:
    return Watch(api, capfd, caplog)


@pytest.fixture
def raw(api: Api) -> FlaskClient:
    return api.client


def task(api: Api) -> str:
    key = api.start("case")
    return f"/user-tasks/{api.tasks(processInstanceKey=key)[0]['userTaskKey']}"


@pytest.mark.parametrize("xml", [LAUGHS, FILE, OUTSIDE, PAGE, DEEP, MANY, LONG, b"", b"<a", b"\x00\xff", b"<a/>"])
@pytest.mark.parametrize("name", ["d.bpmn", "d.dmn"])
def test_hostile_xml_is_refused(api: Api, watch: Watch, name: str, xml: bytes) -> None:
    told = watch.refused(api.send((name, xml)))
    assert all(one["file"] == name and one["message"] and one["mend"] for one in told["problems"])


@pytest.mark.parametrize(
    "form",
    [
        b"",
        b"[]",
        b"{",
        b'{"id":"a"}',
        b'{"id":"a\\u0000b","components":[]}',
        b'{"id":"\\ud800","components":[]}',
        b"[" * 100_000,
    ],
)
def test_what_is_no_form_is_refused(api: Api, watch: Watch, form: bytes) -> None:
    watch.refused(api.send(("f.form", form)))


def test_all_faults_of_a_diagram_are_told_at_once_each_with_its_mend(api: Api, watch: Watch) -> None:
    nodes = [
        start(),
        user("one", more='<zeebe:formDefinition formId="nowhere" />'),
        script("two", "1 +", "x"),
        timer("intermediateCatchEvent", "three", "tomorrow"),
        user("four"),
        end(),
    ]
    flows = ["begin -> one", "one -> two", "two -> three", "three -> done", "four -> done"]
    told = watch.refused(api.deploy(diagram("faulty", nodes, flows)))
    assert {"two", "three", "four"} <= {one["element"] for one in told["problems"]}
    assert all(one["message"] and one["mend"] for one in told["problems"])


def test_one_file_that_does_not_fit_keeps_all_others_out(api: Api, watch: Watch) -> None:
    good = diagram("good", [start(), end()], ["begin -> done"])
    watch.refused(api.send(("good.bpmn", good), ("bad.bpmn", b"<a/>")))


@pytest.mark.parametrize("name", ["d.exe", "x" * 300 + ".bpmn", "a\x00.bpmn"])
def test_a_file_name_that_does_not_fit_is_refused(api: Api, watch: Watch, name: str) -> None:
    watch.refused(api.send((name, CASE)))


def test_a_deployment_is_files(api: Api, raw: FlaskClient, watch: Watch) -> None:
    watch.refused(raw.post("/v2/deployments", data={"x": "y"}, content_type="multipart/form-data"))
    watch.refused(raw.post("/v2/deployments", data={}, content_type="multipart/form-data"))
    watch.refused(raw.post("/v2/deployments", json={}), 415)
    watch.refused(raw.post("/v2/deployments", data=b"x" * 100, content_type="multipart/form-data; boundary=b"))


def test_answers_that_do_not_fit_the_form_are_named(api: Api, capfd: Any, caplog: Any) -> None:
    path = f"{task(api)}/completion"
    watch = Watch(api, capfd, caplog)
    for answers in ({"count": "3"}, {"count": 11}, {"count": True}, {"count": None}, {}, {"count": [PERSONAL]}):
        told = watch.refused(api.ask("POST", path, {"variables": answers}))
        assert [one["element"] for one in told["problems"]] == ["count"]
        assert told["problems"][0]["mend"]
    told = watch.refused(api.ask("POST", path, {"variables": {"count": 1, "text": PERSONAL * 2}}))
    assert [one["element"] for one in told["problems"]] == ["text"]
    bodies: list[Any] = [{"variables": [1]}, {"variables": "x"}, [], "x", 3]
    for body in bodies:
        watch.refused(api.ask("POST", path, body))
    assert api.ask("POST", path, {"variables": {"count": 1}}).status_code == 204


@pytest.mark.parametrize("key", ["0", "1", "-1", "abc", "²", "9" * 19, "9" * 30, "--1", "1e3", "%00", "张", "1.0"])
def test_a_key_that_is_not_there_is_not_found(api: Api, watch: Watch, key: str) -> None:
    for path in ("user-tasks", "process-instances", "process-definitions", "element-instances", "incidents"):
        watch.refused(api.ask("GET", f"/{path}/{key}"), 404)
    for path in (
        f"user-tasks/{key}/completion",
        f"jobs/{key}/completion",
        f"jobs/{key}/failure",
        f"process-instances/{key}/cancellation",
        f"user-tasks/{key}/variables/search",
        f"incidents/{key}/resolution",
    ):
        watch.refused(api.ask("POST", f"/{path}"), 404)
    watch.refused(api.ask("PATCH", f"/jobs/{key}", {"changeset": {"retries": 1}}), 404)
    watch.refused(api.ask("DELETE", f"/user-tasks/{key}/assignee"), 404)


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"\xff\xfe",
        b"[]",
        b"null",
        b'"x"',
        b'{"processDefinitionId":"case","variables":{"a":NaN}}',
        b'{"processDefinitionId":"case","variables":{"a":-Infinity}}',
        b'{"processDefinitionId":"case","variables":{"a":1e999}}',
        b'{"processDefinitionId":"case","variables":{"a":' + b"9" * 60 + b"}}",
        b'{"processDefinitionId":"case","variables":{"a":' + b"9" * 5_000 + b"}}",
        b'{"processDefinitionId":"case","variables":{"a":"\\u0000 13800138000"}}',
        b'{"processDefinitionId":"case","variables":{"\\u0000":1}}',
        b'{"processDefinitionId":"case","variables":{"a":["\\ud83d"]}}',
        b'{"processDefinitionId":"case","variables":{"\\udc00":1}}',
        b'{"processDefinitionId":"case\\u0000"}',
        b'{"processDefinitionId":"case","variables":' + b'{"a":' * 100 + b"1" + b"}" * 101,
        b'{"processDefinitionId":"case","variables":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        b'{"processDefinitionId":"case","variables":"13800138000"}',
        b'{"processDefinitionId":["case"]}',
        b'{"processDefinitionId":"case","processDefinitionVersion":99999999999}',
        b'{"processDefinitionId":"case","processDefinitionVersion":"1"}',
        b'{"processDefinitionId":"case","tags":"x"}',
        b'{"processDefinitionId":"case","tags":[1]}',
        b'{"processDefinitionId":"case","businessId":"' + b"x" * 300 + b'"}',
        b'{"processDefinitionId":"case","startInstructions":[{"elementId":"nowhere"}]}',
        b'{"processDefinitionId":"case","startInstructions":[{"elementId":7}]}',
        b'{"processDefinitionId":"case","runtimeInstructions":[{"afterElementId":"nowhere"}]}',
        b'{"processDefinitionId":"case","runtimeInstructions":[{"type":"OTHER","afterElementId":"look"}]}',
        b'{"processDefinitionId":"case","tags":["7"]}',
        b'{"processDefinitionId":"case","tags":["a","a"]}',
        b'{"processDefinitionId":"case","tags":["a b"]}',
        b'{"processDefinitionKey":"abc"}',
        b'{"processDefinitionKey":true}',
        b'{"processDefinitionKey":"1","processDefinitionId":"case"}',
        b"{}",
        b"",
    ],
)
def test_a_start_that_does_not_fit_is_refused(raw: FlaskClient, watch: Watch, body: bytes) -> None:
    watch.refused(raw.post("/v2/process-instances", data=body, content_type="application/json"))


@pytest.mark.parametrize("kind", ["text/plain", "application/xml", "application/x-www-form-urlencoded", ""])
def test_a_body_that_is_not_said_to_be_json_is_refused(raw: FlaskClient, watch: Watch, kind: str) -> None:
    sent = b'{"processDefinitionId":"case"}'
    watch.refused(raw.post("/v2/process-instances", data=sent, content_type=kind), 415)


def test_a_body_that_is_too_long_is_refused(raw: FlaskClient, watch: Watch) -> None:
    most = Settings().max_request_bytes
    for path in ("/v2/process-instances", "/v2/messages/publication"):
        watch.refused(raw.post(path, data=b" " * (most + 1), content_type="application/json"), 413)
    files = b'--b\r\nContent-Disposition: form-data; name="resources"; filename="a.bpmn"\r\n\r\n' + b"x" * most
    kind = "multipart/form-data; boundary=b"
    watch.refused(raw.post("/v2/deployments", data=files + b"\r\n--b--\r\n", content_type=kind), 413)
    parts = b"".join(b'--b\r\nContent-Disposition: form-data; name="resources"\r\n\r\nx\r\n' for _ in range(1_001))
    watch.refused(raw.post("/v2/deployments", data=parts + b"--b--\r\n", content_type=kind), 413)


def test_a_path_or_a_method_that_is_not_there_is_told_as_a_problem(raw: FlaskClient, watch: Watch) -> None:
    watch.refused(raw.get("/v2/nothing"), 404)
    answer = raw.get("/v2/process-instances")
    watch.refused(answer, 405)
    assert "POST" in answer.headers["Allow"]
    watch.refused(raw.get("/v2/jobs/activation"), 405)


@pytest.mark.parametrize("path", ["user-tasks", "process-instances", "process-definitions", "element-instances"])
@pytest.mark.parametrize(
    "asked",
    [
        {"page": {"limit": 10_001}},
        {"page": {"limit": 0}},
        {"page": {"limit": -1}},
        {"page": {"limit": "many"}},
        {"page": {"from": -1}},
        {"page": {"from": 2**63}},
        {"page": {"after": "!!"}},
        {"page": {"after": "bm9uZQ=="}},
        {"page": {"after": "WyJhIl0="}},
        {"page": {"after": "W251bGxd", "before": "W251bGxd"}},
        {"page": []},
        {"sort": [{"field": "nothing"}]},
        {"sort": [{"field": "state", "order": "SIDEWAYS"}]},
        {"sort": ["state"]},
        {"sort": "state"},
        {"filter": {"nothing": 1}},
        {"filter": {"processDefinitionKey": "abc"}},
        {"filter": {"processDefinitionKey": 2**70}},
        {"filter": {"processDefinitionKey": {"$in": "1"}}},
        {"filter": {"processDefinitionKey": {"$in": {"a": 1}}}},
        {"filter": {"processDefinitionId": {"$regex": ".*"}}},
        {"filter": {"processDefinitionId": {"$eq": {"a": 1}}}},
        {"filter": {"processDefinitionId": [PERSONAL]}},
        {"filter": {"processDefinitionId": "a\x00"}},
        {"filter": {"state": 3}},
        {"filter": {"$or": {"state": "ACTIVE"}}},
        {"filter": {"$or": [["state"]]}},
        {"filter": {"$or": [{"$or": [{"$or": [{"$or": [{"$or": [{"$or": [{}]}]}]}]}]}]}},
        {"filter": "state"},
        {"filter": {"state": "NOWHERE"}},
        {"filter": {"$or": [{"state": "ACTIVE"}] * 1_000}},
        {"filter": {"$or": [{"processDefinitionKey": {"$in": [str(key) for key in range(1_000)]}}] * 6}},
        {"filter": {"processDefinitionId": {"$like": 3}}},
        {"filter": {"processDefinitionId": {"$exists": "yes"}}},
    ],
)
def test_a_search_that_does_not_fit_is_refused(api: Api, watch: Watch, path: str, asked: Any) -> None:
    watch.refused(api.ask("POST", f"/{path}/search", asked))


@pytest.mark.parametrize(
    "asked",
    [
        {"creationDate": "yesterday"},
        {"creationDate": {"$gt": 3}},
        {"creationDate": {"$gt": "0001-01-01T00:00:00+23:00"}},
        {"priority": "high"},
        {"priority": {"$gt": 2**40}},
        {"priority": {"$like": "1*"}},
        {"candidateGroup": {"$in": 3}},
        {"candidateGroup": 3},
        {"processInstanceVariables": {"name": "a"}},
        {"processInstanceVariables": [{"name": "a"}]},
        {"processInstanceVariables": [{"name": "a", "value": "no json"}]},
        {"processInstanceVariables": [{"name": 'a" OR "', "value": "1"}]},
        {"processInstanceVariables": [{"name": "a", "value": {"$likes": "1"}}]},
        {"processInstanceVariables": ["a"]},
        {"tags": [1]},
    ],
)
def test_a_filter_of_user_tasks_that_does_not_fit_is_refused(api: Api, watch: Watch, asked: Any) -> None:
    watch.refused(api.ask("POST", "/user-tasks/search", {"filter": asked}))


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/messages/publication", {}),
        ("/messages/publication", {"name": ""}),
        ("/messages/publication", {"name": "m", "timeToLive": -1}),
        ("/messages/publication", {"name": "m", "timeToLive": 10**18}),
        ("/messages/publication", {"name": "m", "timeToLive": 0.5}),
        ("/messages/publication", {"name": "x" * 300}),
        ("/messages/publication", {"name": "m", "correlationKey": "x" * 3_000}),
        ("/messages/publication", {"name": "m", "correlationKey": "𠮷" * 256}),
        ("/messages/publication", {"name": "m", "messageId": "a\x00"}),
        ("/messages/correlation", {"correlationKey": PERSONAL}),
        ("/messages/correlation", {"name": "m", "variables": [PERSONAL]}),
        ("/jobs/activation", {"type": "letter"}),
        ("/jobs/activation", {"type": "letter", "timeout": 0, "maxJobsToActivate": 1}),
        ("/jobs/activation", {"type": "letter", "timeout": 10**15, "maxJobsToActivate": 1}),
        ("/jobs/activation", {"type": "letter", "timeout": 1, "maxJobsToActivate": 0}),
        ("/jobs/activation", {"type": "letter", "timeout": 1, "maxJobsToActivate": 1, "fetchVariable": "x"}),
        ("/jobs/1/failure", {"retries": -1}),
        ("/jobs/1/failure", {"retries": 2**40}),
        ("/jobs/1/failure", {"errorMessage": "x" * 20_000}),
        ("/jobs/1/error", {}),
        ("/signals/broadcast", {}),
        ("/conditionals/evaluation", {}),
        ("/conditionals/evaluation", {"variables": {}, "processDefinitionKey": "x"}),
        ("/user-tasks/1/assignment", {}),
        ("/user-tasks/1/assignment", {"assignee": ""}),
        ("/user-tasks/1/assignment", {"assignee": 3}),
        ("/user-tasks/1/assignment", {"assignee": "x" * 300}),
        ("/decision-definitions/evaluation", {"decisionDefinitionId": 3}),
        ("/variables/search", {"filter": {"value": 1}}),
    ],
)
def test_a_body_that_does_not_fit_names_what_is_wrong(api: Api, watch: Watch, path: str, body: Any) -> None:
    watch.refused(api.ask("POST", path, body))


@pytest.mark.parametrize(
    "changeset",
    [
        {"priority": 101},
        {"priority": "high"},
        {"dueDate": "soon"},
        {"dueDate": 3},
        {"dueDate": "0001-01-01T00:00:00+23:00"},
        {"followUpDate": "9999-12-31T23:59:59-23:00"},
        {"candidateGroups": "x"},
        {"candidateGroups": [""]},
        {"candidateGroups": ["x"] * 101},
        {"candidateUsers": [None]},
    ],
)
def test_a_change_that_does_not_fit_is_refused(api: Api, capfd: Any, caplog: Any, changeset: Any) -> None:
    path = task(api)
    Watch(api, capfd, caplog).refused(api.ask("PATCH", path, {"changeset": changeset}))


@pytest.mark.parametrize("changeset", [{}, {"retries": 0}, {"retries": None, "timeout": None, "priority": None}])
def test_a_change_of_a_job_that_says_nothing_or_leaves_no_tries_is_refused(
    api: Api, watch: Watch, changeset: Any
) -> None:
    watch.refused(api.ask("PATCH", "/jobs/1", {"changeset": changeset}))


def test_an_error_of_ours_is_a_problem_that_tells_nothing(
    api: Api, watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> None:
        raise RuntimeError(PERSONAL)

    monkeypatch.setitem(api.app.view_functions, "api.topology.topology", fail)
    told = watch.refused(api.ask("GET", "/topology"), 500)
    assert PERSONAL not in told["detail"]
