"""The page of operations: what is stuck is found by its cause and tried again; what waits and was kept is told."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from tests.api import Api
from tests.diagrams import diagram, end, job, start, user

pytestmark = pytest.mark.of_one_store

CASE = diagram("case", [start(), job("send", "letter"), end()], ["begin -> send", "send -> done"])
OURS, OTHERS = {"Origin": "http://localhost"}, {"Origin": "https://elsewhere.example"}
_ONE = re.compile(r'href="(/operations/incidents/\d+)"')


@pytest.fixture
def api(database_url: str) -> Iterator[Api]:
    api = Api(database_url)
    yield api
    api.parts.database.close()


def test_what_is_stuck_is_found_by_its_cause_and_tried_again(api: Api) -> None:
    _stick(api)
    page = _page(api)
    assert "no &lt;b&gt;stamp&lt;/b&gt;" in page
    assert "JOB_NO_RETRIES" in page
    (one,) = _ONE.findall(page)
    assert _ONE.findall(_page(api, "?process=case&error=JOB_NO_RETRIES")) == [one]
    assert _ONE.findall(_page(api, "?process=other")) == []
    assert "no &lt;b&gt;stamp&lt;/b&gt;" in api.client.get(one).text
    answer = api.client.post(f"{one}/retry", headers=OURS)
    assert (answer.status_code, answer.headers["Location"]) == (302, "/operations")
    page = _page(api)
    assert "No incident: everything goes its way." in page
    assert "<code>letter</code></td><td>READY" in page
    assert "It has gone on: 2026" in api.client.get(f"{one}?lang=en").text


def test_a_value_is_mended_where_something_is_stuck(api: Api) -> None:
    nodes = [start(), job("ask", "letter"), user("wait", "=[who]"), end()]
    api.deploy(diagram("asked", nodes, ["begin -> ask", "ask -> wait", "wait -> done"]))
    api.post("/process-instances", {"processDefinitionId": "asked", "variables": {"a": 1, "c": "<two>"}})
    (letter,) = api.take("letter")
    api.post(f"/jobs/{letter['jobKey']}/completion", {}, status=204)
    (one,) = _ONE.findall(_page(api))
    assert "&lt;two&gt;" in api.client.get(one).text
    for form, said in (({"name": "b", "value": "two"}, "This is no JSON"), ({"value": "2"}, "Say which value it is.")):
        answer = api.client.post(f"{one}/values?lang=en", data=form, headers=OURS)
        assert (answer.status_code, said in answer.text, f'value="{form["value"]}"' in answer.text) == (400, True, True)
    api.client.post(f"{one}/retry", headers=OURS)
    (one,) = _ONE.findall(_page(api))
    assert api.client.post(f"{one}/values", data={"name": "who", "value": '"li"'}, headers=OURS).status_code == 302
    assert api.client.post(f"{one}/retry", headers=OURS).headers["Location"] == "/operations"
    assert "No incident: everything goes its way." in _page(api)


def test_another_page_mends_and_tries_nothing(api: Api) -> None:
    _stick(api)
    (one,) = _ONE.findall(_page(api))
    for act in ("retry", "values"):
        assert api.client.post(f"{one}/{act}", data={"name": "b", "value": "2"}, headers=OTHERS).status_code == 401
    assert _ONE.findall(_page(api)) == [one]


def test_an_incident_that_is_not_there_is_told_so(api: Api) -> None:
    assert api.client.post("/operations/incidents/1/retry", headers=OURS).status_code == 404


def test_who_deployed_what_and_that_nothing_waits(api: Api) -> None:
    api.deploy(CASE)
    page = _page(api)
    assert "1 part" in page
    assert "<code>case</code>" in page
    assert "No job waits for a worker." in page


def _stick(api: Api) -> None:
    api.deploy(CASE)
    api.post("/process-instances", {"processDefinitionId": "case"})
    (letter,) = api.take("letter")
    api.post(f"/jobs/{letter['jobKey']}/failure", {"retries": 0, "errorMessage": "no <b>stamp</b>"}, status=204)


def _page(api: Api, asked: str = "") -> str:
    answer = api.client.get(f"/operations{asked or '?'}{'&' if asked else ''}lang=en")
    assert answer.status_code == 200, answer.text
    return answer.text
