"""Asking /v2 as somebody who has to sign in."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import insert

from service.store.tables import api_token, person
from service.web import auth
from tests.api import Api
from tests.tokens import kept


@pytest.fixture
def api(database_url: str) -> Iterator[Api]:
    """With one person, who has to sign in."""
    api = Api(database_url, auth="required")
    row = {"id": "li", "name": "李", "unit_id": None, "roles": ["INTEGRATOR"]}
    token = kept("long-and-random", "li", api.now)
    with api.parts.database.write() as connection:
        connection.execute(insert(person).values(**row, password_hash=auth.hash_password("secret")))
        connection.execute(insert(api_token).values(**token, expires_at=api.now + timedelta(days=1)))
    yield api
    api.parts.database.close()
