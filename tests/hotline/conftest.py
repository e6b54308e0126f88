"""The service as its users meet it, on a working day before the Spring Festival."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import pytest

from service.clock import CITY_ZONE
from tests.city import City


@pytest.fixture
def city(furnished_url: str) -> Iterator[City]:
    opened = City(furnished_url, datetime(2026, 2, 10, 9, 0, tzinfo=CITY_ZONE))
    yield opened
    opened.close()
