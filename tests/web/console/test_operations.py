"""The page of operations: what is stuck is found by its cause and tried again; what waits and was kept is told."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from tests.api import Api
from tests.diagrams import diagram, end, job, start

pytestmark = pytest.mark.of_one_store

CASE = diagram("case", [start(), job("send", "letter"), end()], ["begin -> send", "send -> done"])
OURS, OTHERS = {"Origin": "http://localhost"}, {"Origin": "https://elsewhere.example"}
_WAY = re.compile(r'action="(/operations/incidents/\d+/retry)"')


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
    (way,) = _WAY.findall(page)
    assert _WAY.findall(_page(api, "?process=case&error=JOB_NO_RETRIES")) == [way]
    assert _WAY.findall(_page(api, "?process=other")) == []
    answer = api.client.post(way, data={"process": "case"}, headers=OURS)
    assert (answer.status_code, answer.headers["Location"]) == (302, "/operations?process=case")
    page = _page(api)
    assert "No incident: everything goes its way." in page
    assert "<code>letter</code></td><td>READY" in page


def test_another_page_tries_nothing_again(api: Api) -> None:
    _stick(api)
    (way,) = _WAY.findall(_page(api))
    assert api.client.post(way, headers=OTHERS).status_code == 401
    assert _WAY.findall(_page(api)) == [way]


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
