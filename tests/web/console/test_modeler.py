"""The links that Camunda Modeler makes after a deployment and a start lead to what they name."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api import Api
from tests.desk import Desk
from tests.diagrams import diagram, end, start, user

pytestmark = pytest.mark.of_one_store

CASE = diagram("case", [start(), user("triage"), end()], ["begin -> triage", "triage -> done"])
FEE = b"""<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="fees" name="fees" namespace="urn:f">
<decision id="fee" name="fee"><literalExpression id="l"><text>5</text></literalExpression></decision></definitions>"""


def test_a_deployed_process_a_started_instance_and_a_decision_are_found(database_url: str) -> None:
    api = Api(database_url)
    api.deploy(CASE)
    api.deploy(CASE.replace(b"triage", b"judge"), fee_dmn=FEE)
    key = api.start("case")

    def follow(path: str) -> Any:
        answer = api.client.get(path, follow_redirects=True)
        assert answer.status_code == 200, answer.text
        return answer.json

    assert follow(f"/operate/processes/{key}")["processInstanceKey"] == key
    assert follow("/operate/processes?process=case&version=1&active=true&incidents=true")["version"] == 1
    assert follow("/operate/processes?process=case&version=all")["version"] == 2
    assert follow("/operate/decisions?name=fee&version=1")["decisionDefinitionId"] == "fee"
    task = api.tasks()[0]["userTaskKey"]
    found = api.client.get(f"/tasklist/{task}", follow_redirects=True)
    assert (found.status_code, found.request.path) == (200, f"/tasks/{task}")
    api.parts.database.close()


@pytest.mark.parametrize("path", ["/operate", "/operate/", "/operate/processes", "/operate/decisions"])
def test_what_names_nothing_leads_to_the_start_page(desk: Desk, path: str) -> None:
    assert desk.client.get(path, follow_redirects=True).request.path == "/"


def test_the_list_of_tasks_is_the_inbox(desk: Desk) -> None:
    assert desk.client.get("/tasklist/", follow_redirects=True).request.path == "/tasks"


@pytest.mark.parametrize("version", ["9", "x", "99999999999999999999"])
def test_a_version_that_is_not_there_is_not_found(desk: Desk, version: str) -> None:
    answer = desk.client.get(f"/operate/processes?process=case&version={version}")
    assert (answer.status_code, answer.mimetype) == (404, "application/problem+json")
