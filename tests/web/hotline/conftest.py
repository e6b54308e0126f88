"""A desk for what changes nothing."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.conftest import NewUrl
from tests.desk import Desk


@pytest.fixture(scope="module")
def strict_desk(new_url: NewUrl) -> Iterator[Desk]:
    """A desk for requests that change nothing, because they are refused."""
    opened = Desk(new_url("sqlite"))
    yield opened
    opened.close()
