"""A little of `python -m tests.fuzz`, always the same: no answer that is not described, nothing amiss is let in."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.conftest import NewUrl
from tests.fuzz import Fuzz


@pytest.fixture(scope="module")
def fuzz(new_url: NewUrl) -> Iterator[Fuzz]:
    fuzz = Fuzz(new_url("sqlite", furnished=True))
    yield fuzz
    fuzz.api.parts.database.close()


@pytest.mark.parametrize(
    ("surface", "only"),
    [
        ("/v2", "GET"),
        ("/v2", "/jobs/{key}"),
        ("/v2", "/user-tasks"),
        ("/v2", "/messages"),
        ("/v2", "/variables/search"),
        ("/hotline/v1", "GET"),
    ],
)
def test_whatever_is_sent_the_answer_is_one_of_those_described(fuzz: Fuzz, surface: str, only: str) -> None:
    operations = list(fuzz.operations(surface, only))
    assert operations
    for operation in operations:
        fuzz.try_(operation, examples=2, number=1)
