"""Who is let in, and as whom."""

from __future__ import annotations

import base64

import pytest
from sqlalchemy import update

from service.config import BadSetting, Settings
from service.store.tables import person
from service.web import auth
from tests.api import Api

pytestmark = pytest.mark.of_one_store

ANYWHERE = {"REMOTE_ADDR": "203.0.113.9"}


def basic(name: str, password: str) -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()}


def status(api: Api, **headers: str) -> int:
    return api.client.get("/v2/authentication/me", headers=headers).status_code


def test_nobody_is_let_in_without_signing_in(api: Api) -> None:
    answer = api.client.get("/v2/topology")
    assert (answer.status_code, answer.mimetype) == (401, "application/problem+json")
    assert answer.headers["WWW-Authenticate"].startswith("Basic")
    assert status(api, Authorization="") == 401


def test_a_token_lets_its_person_in_until_it_expires(api: Api) -> None:
    signed = {"Authorization": "Bearer long-and-random"}
    assert api.client.get("/v2/authentication/me", headers=signed).json == {
        "username": "li",
        "displayName": "李",
        "email": None,
        "authorizedComponents": ["*"],
        "tenants": [{"tenantId": "<default>", "name": "Default", "description": None}],
        "groups": ["INTEGRATOR"],
        "roles": ["INTEGRATOR"],
        "salesPlanType": None,
        "c8Links": {},
        "canLogout": False,
    }
    assert status(api, Authorization="Bearer long-and-rando") == 401
    api.pass_(days=1)
    assert status(api, **signed) == 401


@pytest.mark.parametrize("given", ["Basic", "Basic !!", "Basic AAAA", "Digest x", "Bearer", "Bearer ", "x"])
def test_credentials_that_are_none_let_nobody_in(api: Api, given: str) -> None:
    assert status(api, Authorization=given) == 401


def test_a_password_lets_in_until_it_is_changed(api: Api) -> None:
    for _ in range(2):
        assert status(api, **basic("li", "secret")) == 200
        assert status(api, **basic("li", "secre")) == 401
        assert status(api, **basic("l\x00i", "secret")) == 401
        assert status(api, **basic("wu", "nobody has this password")) == 401
    with api.parts.database.write() as connection:
        connection.execute(update(person).values(password_hash=auth.hash_password("other")))
    assert status(api, **basic("li", "secret")) == 401
    assert status(api, **basic("li", "other")) == 200


def test_a_password_is_verified_again_after_a_while(api: Api) -> None:
    assert status(api, **basic("li", "secret")) == 200
    api.pass_(hours=1)
    assert status(api, **basic("li", "secret")) == 200
    assert status(api, **basic("li", "other")) == 401


def test_this_machine_is_let_in_where_that_is_allowed(database_url: str) -> None:
    api = Api(database_url, auth="local")
    assert status(api) == status(api, Authorization="") == 200
    assert status(api, Authorization="Bearer unknown") == 401
    assert api.client.get("/v2/topology", environ_overrides=ANYWHERE).status_code == 401
    api.parts.database.close()


@pytest.mark.parametrize(
    "header",
    [
        {"X-Forwarded-For": "203.0.113.9"},
        {"Forwarded": "for=203.0.113.9"},
        {"Origin": "https://elsewhere.example"},
        {"Origin": "null"},
        {"Origin": "http://[::1"},
        {"Host": "elsewhere.example"},
        {"Host": "[::1"},
    ],
)
def test_others_do_not_come_in_through_this_machine(database_url: str, header: dict[str, str]) -> None:
    """Through a proxy, a page open in its browser, or a name that leads here."""
    api = Api(database_url, auth="local")
    assert status(api, **header) == 401
    assert status(api, Origin="http://localhost") == 200
    api.parts.database.close()


def test_a_service_that_others_can_reach_asks_them_to_sign_in() -> None:
    with pytest.raises(BadSetting, match="AUTH=required"):
        Settings.from_environment({"HOST": "0.0.0.0", "AUTH": "local"})
