"""The app over both stores."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.api import Api


@pytest.fixture
def api(database_url: str) -> Iterator[Api]:
    api = Api(database_url)
    yield api
    api.parts.database.close()
