"""Where anybody on this machine is let in, one can be any of the made-up people, and nowhere else."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from sqlalchemy import insert

from service.store.tables import api_token
from tests.api import Api
from tests.conftest import NewUrl
from tests.tokens import kept

OURS = {"Origin": "http://localhost"}


@pytest.fixture
def city(new_url: NewUrl, shipped_once: None) -> Iterator[Api]:
    api = Api(new_url("sqlite", furnished=True))
    yield api
    api.parts.database.close()


def test_one_is_somebody_until_one_signs_out(city: Api) -> None:
    browser = city.app.test_client()
    assert "zheng-hong" in browser.get("/demonstration?lang=en").text
    answer = browser.post("/demonstration", data={"person": "dept-housing.handler"}, headers=OURS)
    assert (answer.status_code, answer.headers["Location"]) == (302, "/")
    assert "dept-housing.handler" in browser.get("/").text
    browser.post("/sign-out", headers=OURS)
    assert "dept-housing.handler" not in browser.get("/").text


def test_nobody_is_made_somebody_who_is_not_there(city: Api) -> None:
    assert city.app.test_client().post("/demonstration", data={"person": "x"}, headers=OURS).status_code == 404


def test_where_people_sign_in_nobody_is_somebody_else(city: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    browser = city.app.test_client()
    browser.post("/demonstration", data={"person": "zheng-hong"}, headers=OURS)
    strict = replace(city.parts, settings=replace(city.parts.settings, auth="required"))
    monkeypatch.setitem(city.app.extensions, "hotline", strict)
    assert browser.get("/").status_code == 401
    asked = {"path": "/demonstration", "headers": {**OURS, "Authorization": f"Bearer {_token(city)}"}}
    assert browser.get(**asked).status_code == 404
    assert browser.post(**asked, data={"person": "shen-yi"}).status_code == 404


def _token(city: Api) -> str:
    with city.parts.database.write() as connection:
        connection.execute(insert(api_token).values(kept("a-token", "zheng-hong", city.now)))
    return "a-token"
