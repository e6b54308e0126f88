"""Behind a proxy that serves it under a path of its own, the service names itself by that path."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.api import Api
from tests.diagrams import diagram, end, start, user

CASE = diagram("case", [start(), user("triage"), end()], ["begin -> triage", "triage -> done"])


@pytest.fixture
def api(database_url: str, project: Path) -> Iterator[Api]:
    api = Api(database_url, base_path="/city/hotline")
    api.deploy(CASE, parameters_dmn=(project / "dmn/parameters.dmn").read_bytes())
    yield api
    api.parts.database.close()


def test_every_link_of_a_page_leads_to_something_under_the_path(api: Api) -> None:
    page = api.client.get("/city/hotline/").text
    links = re.findall(r'(?:href|src)="(/[^"]*)"', page)
    assert links
    for link in links:
        assert link.startswith("/city/hotline/"), link
        assert api.client.get(link).status_code == 200, link
    assert "http://localhost/city/hotline" in page


@pytest.mark.parametrize("handed_on", ["/city/hotline", ""])
def test_links_of_a_modeler_lead_under_the_path_whether_the_proxy_hands_it_on_or_not(api: Api, handed_on: str) -> None:
    key = api.start("case")
    for link in (f"/operate/processes/{key}", f"/operate/instances/{key}"):
        answer = api.client.get(handed_on + link)
        assert answer.location == f"/city/hotline/v2/process-instances/{key}", link
        told = api.client.get(f"/city/hotline/v2/process-instances/{key}")
        assert told.get_json()["processInstanceKey"] == key
        assert "</city/hotline/v2/openapi.json>" in told.headers["Link"]
    assert api.client.get(f"{handed_on}/tasklist").location == "/city/hotline/tasks"


@pytest.mark.parametrize("surface", ["/v2", "/hotline/v1"])
def test_descriptions_name_the_path_as_their_server(api: Api, surface: str) -> None:
    told: Any = api.client.get(f"/city/hotline{surface}/openapi.json").json
    assert told["servers"] == [{"url": "/city/hotline"}]
    granted = told["components"]["securitySchemes"].get("oauth")
    assert granted is None or granted["flows"]["clientCredentials"]["tokenUrl"] == "/city/hotline/oauth/token"
