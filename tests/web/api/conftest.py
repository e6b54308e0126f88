"""The app over both stores, in this process and in one of its own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.api import Api
from tests.conftest import NewUrl
from tests.server import Server
from tests.stores import STORES


@pytest.fixture
def api(database_url: str) -> Iterator[Api]:
    api = Api(database_url)
    yield api
    api.parts.database.close()


@pytest.fixture(scope="module", params=STORES)
def server(request: pytest.FixtureRequest, new_url: NewUrl) -> Iterator[Server]:
    """One process for the tests of a module: they keep apart by their instances."""
    with Server(new_url(request.param, furnished=True)) as server:
        yield server
