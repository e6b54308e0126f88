"""Which form a process is started with: that of the version that is asked for."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.api import Api
from tests.diagrams import Node, diagram, end


def form(label: str, **more: Any) -> bytes:
    return json.dumps({"components": [{"type": "text", "text": label}], **more}).encode()


def begun_with(definition: str, embedded: bytes = b"") -> bytes:
    begins = Node("startEvent", "begin", f"<zeebe:formDefinition {definition} />")
    inside = f'<zeebe:userTaskForm id="F"><![CDATA[{embedded.decode()}]]></zeebe:userTaskForm>' if embedded else ""
    inside = f"<bpmn:extensionElements>{inside}</bpmn:extensionElements>" if inside else ""
    return diagram("asked", [begins, end()], ["begin -> done"], inside=inside)


def deployed(api: Api, drawn: bytes, **files: bytes) -> str:
    answer = api.deploy(drawn, **files)
    told: Any = answer.json
    assert answer.status_code == 200, told
    key: str = told["deployments"][0]["processDefinition"]["processDefinitionKey"]
    assert api.get(f"/process-definitions/{key}")["hasStartForm"] is True
    return key


def shown(api: Api, key: str) -> str:
    told = json.loads(api.get(f"/process-definitions/{key}/form")["schema"])
    return str(told["components"][0]["text"])


def test_a_start_form_in_the_diagram_is_that_of_the_version(api: Api) -> None:
    old = deployed(api, begun_with('formKey="camunda-forms:bpmn:F"', form("old <1>")))
    new = deployed(api, begun_with('formKey="camunda-forms:bpmn:F"', form("new")))
    assert (shown(api, old), shown(api, new)) == ("old <1>", "new")


@pytest.mark.parametrize(
    ("binding", "first"),
    [('bindingType="deployment"', "old"), ('bindingType="versionTag" versionTag="v1"', "old"), ("", "new")],
)
def test_a_start_form_is_shown_in_the_version_that_it_is_bound_to(api: Api, binding: str, first: str) -> None:
    drawn = begun_with(f'formId="ask" {binding}')
    key = deployed(api, drawn, ask_form=form("old", id="ask", versionTag="v1"))
    assert api.deploy(ask_form=form("new", id="ask", versionTag="v2")).status_code == 200
    assert shown(api, key) == first


def test_a_start_form_of_another_application_is_warned_of(api: Api) -> None:
    told = api.deployed(begun_with('externalReference="desk/ask"'))
    assert ["externalReference" in one["message"] for one in told["warnings"]] == [True]
    key = told["deployments"][0]["processDefinition"]["processDefinitionKey"]
    assert api.ask("GET", f"/process-definitions/{key}/form").status_code == 204
