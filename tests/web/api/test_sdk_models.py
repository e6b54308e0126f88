"""The routes of /v2 beside those of the Python client, whose models read what is found; `test_compared.py` has more."""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import camunda_orchestration_sdk as sdk
import pytest

from service.web.api.openapi import description
from tests.api import Api
from tests.client_models import Client
from tests.conftest import NewUrl
from tests.samples import SEARCHES, Samples

SOURCES = Client(Path(sdk.__file__).parent).sources
# Beyond this client: what only this service serves, and what a client of Node asks for under a path of its own.
OURS = {("POST", "/process-instances/migration-check"), ("PATCH", "/user-tasks/*/update")}


@pytest.fixture(scope="module")
def api(new_url: NewUrl) -> Iterator[Api]:
    api = Api(new_url("sqlite"), threads=1)
    Samples(api)
    yield api
    api.parts.database.close()


@pytest.fixture(scope="module")
def told(api: Api) -> Any:
    return description(api.app)


def served(told: Any) -> dict[tuple[str, str], Any]:
    return {
        (method.upper(), re.sub(r"\{\w+\}", "*", path).removeprefix("/v2")): one
        for path, item in told["paths"].items()
        for method, one in item.items()
    }


def model_of(text: str, name: str) -> Any:
    module = re.search(rf"from \.\.\.models\.(\w+) import \(?\s*{name}\b", text)
    assert module, name
    return getattr(import_module(f"camunda_orchestration_sdk.models.{module[1]}"), name)


def answered(text: str) -> Any:
    """The model that the client makes of an answer 200, if it makes one."""
    name = re.search(r"response_200 = (\w+)\.from_dict", text)
    return model_of(text, name[1]) if name else None


def test_every_route_is_one_of_the_clients_or_said_to_be_our_own(told: Any) -> None:
    assert set(served(told)) - set(SOURCES) == OURS


@pytest.mark.parametrize("noun", SEARCHES)
def test_the_client_reads_what_is_found(api: Api, noun: str) -> None:
    model: Any = answered(SOURCES["POST", f"/{noun}/search"])
    page = model.from_dict(api.post(f"/{noun}/search", {}))
    assert page.items


def test_what_the_client_can_ask_and_is_not_served_is_told_as_a_problem(api: Api, told: Any) -> None:
    others = set(SOURCES) - set(served(told))
    assert len(others) > 100
    for method, path in sorted(others):
        answer = api.ask(method, path.replace("*", "1"))
        assert answer.status_code in (404, 405), (method, path)
        assert answer.mimetype == "application/problem+json"
        assert answer.status_code == 405 or "/v2/openapi.json" in answer.text


@pytest.mark.parametrize("path", ["/topology", "/process-instances/search", "/jobs/activation", "/nothing/here"])
def test_whatever_the_method_the_answer_is_a_problem_or_empty(api: Api, path: str) -> None:
    for method in ("GET", "HEAD", "OPTIONS", "PUT", "PATCH", "DELETE", "TRACE", "PURGE"):
        answer = api.ask(method, path)
        if method == "HEAD":
            assert answer.data == b""
        elif answer.status_code >= 400:
            assert answer.mimetype == "application/problem+json", method
        else:
            assert (method, answer.status_code) in (("GET", 200), ("OPTIONS", 200))
            assert method == "GET" or "OPTIONS" in answer.headers["Allow"]
