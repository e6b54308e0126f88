"""The checkers of descriptions: what differs from its description is found."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from service.web.api import openapi
from tests.conftest import NewUrl
from tests.described import Described
from tests.fuzz import Fuzz, causes

Schema = dict[str, Any]


@pytest.fixture(scope="module")
def fuzz(new_url: NewUrl) -> Iterator[Fuzz]:
    fuzz = Fuzz(new_url("sqlite", furnished=True))
    yield fuzz
    fuzz.api.parts.database.close()


def _never_told(job: Schema) -> None:
    job["properties"]["colour"] = {"type": "string"}
    job["required"].append("colour")


def _not_described(job: Schema) -> None:
    del job["properties"]["worker"]
    job["required"].remove("worker")


def _other_kind(job: Schema) -> None:
    job["properties"]["retries"] = {"type": "string"}


CHANGES = [(_never_told, "colour"), (_not_described, "worker"), (_other_kind, "retries")]


@pytest.mark.parametrize(("change", "named"), CHANGES)
def test_tests_find_answers_that_are_not_as_described(fuzz: Fuzz, change: Callable[[Schema], None], named: str) -> None:
    answer = fuzz.api.ask("POST", "/jobs/search", {})
    description = openapi.description(fuzz.api.app)
    assert Described(fuzz.api.app, description).amiss(answer) is None
    change(description["components"]["schemas"]["Job"])
    assert named in (Described(fuzz.api.app, description).amiss(answer) or "")


def test_tests_find_statuses_and_types_that_are_not_described(fuzz: Fuzz) -> None:
    answer = fuzz.api.ask("GET", "/jobs/1/nothing")
    assert answer.status_code == 404
    answer = fuzz.api.ask("POST", "/jobs/search", {"page": {"limit": 0}})
    description = openapi.description(fuzz.api.app)
    told = description["paths"]["/v2/jobs/search"]["post"]["responses"]
    told["400"] = told["200"]
    assert "application/problem+json" in (Described(fuzz.api.app, description).amiss(answer) or "")
    del told["400"]
    assert "400 is not described" in (Described(fuzz.api.app, description).amiss(answer) or "")


@pytest.mark.parametrize(("change", "named"), CHANGES)
def test_the_fuzz_finds_them_too(fuzz: Fuzz, change: Callable[[Schema], None], named: str) -> None:
    description = openapi.description(fuzz.api.app)
    change(description["components"]["schemas"]["Job"])
    served = fuzz.api.app.extensions
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(served, openapi.KEPT, json.dumps(description))
        (operation,) = fuzz.operations("/v2", "POST /v2/jobs/search")
        with pytest.raises((AssertionError, BaseExceptionGroup)) as found:
            fuzz.try_(operation, examples=5, number=1)
    assert named in "".join(causes(found.value))
