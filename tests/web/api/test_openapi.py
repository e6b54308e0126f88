"""The OpenAPI description of /v2: whole, true, and what clients know."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from tests.api import Api
from tests.conftest import NewUrl

# The description itself and its page.
OF_THE_PAGE = ("/v2/openapi.json", "/v2/docs", "/v2/docs/{name}")


@pytest.fixture
def api(new_url: NewUrl) -> Iterator[Api]:
    api = Api(new_url("sqlite"))
    yield api
    api.parts.database.close()


@pytest.fixture
def told(api: Api) -> Any:
    return api.get("/openapi.json")


def operations(told: Any) -> Iterator[tuple[str, str, Any]]:
    for path, item in told["paths"].items():
        yield from ((path, method.upper(), one) for method, one in item.items())


def test_it_describes_every_route_and_nothing_else(api: Api, told: Any) -> None:
    served = {
        (re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule), method)
        for rule in api.app.url_map.iter_rules()
        if rule.rule.startswith("/v2")
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    served = {one for one in served if one[0] not in OF_THE_PAGE}
    described = {(path, method) for path, method, _ in operations(told)}
    assert served - described == set(), "see the head of service/web/api/operations.py for how to describe them"
    assert described - served == set()


def test_every_operation_has_a_name_of_its_own_and_says_what_it_is_for(told: Any) -> None:
    names = [one["operationId"] for _, _, one in operations(told)]
    assert len(set(names)) == len(names)
    assert [one["operationId"] for _, _, one in operations(told) if not one["summary"].endswith((".", ";", ":"))] == []


def test_every_failure_is_told_as_a_problem(told: Any) -> None:
    for path, method, one in operations(told):
        for status, answer in one["responses"].items():
            if status >= "400":
                named = told["components"]["responses"][answer["$ref"].rsplit("/", 1)[1]]
                assert list(named["content"]) == ["application/problem+json"], (method, path)


def test_each_reference_leads_somewhere(told: Any) -> None:
    def references(inside: Any) -> Iterator[str]:
        if isinstance(inside, dict):
            yield from ([inside["$ref"]] if "$ref" in inside else ())
            for one in inside.values():
                yield from references(one)
        elif isinstance(inside, list):
            for one in inside:
                yield from references(one)

    for reference in set(references(told)):
        _, _, kind, name = reference.split("/")
        assert name in told["components"][kind]
        assert not name.endswith("1"), "two schemas have one name"
