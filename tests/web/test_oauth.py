"""Clients get short-lived access tokens for their id and secret, and keep the place that the person behind them has."""

from __future__ import annotations

import base64
import logging
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey
from joserfc.jws import extract_compact
from sqlalchemy import delete, insert, select, update
from werkzeug.test import TestResponse

from service.store.tables import api_token, person, signing_key
from service.web import auth, own_tokens
from tests.api import Api
from tests.tokens import kept

pytestmark = pytest.mark.of_one_store

SECRET = "long-and-random"
FORM = {"grant_type": "client_credentials", "audience": "zeebe-api", "scope": "any"}
OURS = {"client_id": "li", "client_secret": SECRET}


def given(api: Api, id_: str, roles: list[str], token: str) -> None:
    """A person with a bearer token for an hour."""
    row = {"id": id_, "name": id_, "unit_id": None, "roles": roles}
    with api.parts.database.write() as connection:
        connection.execute(insert(person).values(**row, password_hash=""))
        connection.execute(
            insert(api_token).values(**kept(token, id_, api.now), expires_at=api.now + timedelta(hours=1))
        )


@pytest.fixture
def api(database_url: str) -> Iterator[Api]:
    api = Api(database_url, auth="required")
    given(api, "li", ["INTEGRATOR"], SECRET)
    given(api, "wu", [], "another-secret")
    yield api
    api.parts.database.close()


def ask(api: Api, form: dict[str, str], **more: Any) -> TestResponse:
    return api.client.post("/oauth/token", data=form, **more)


def signed(api: Api, **form: str) -> str:
    answer = ask(api, FORM | OURS | form)
    assert answer.status_code == 200, answer.text
    assert answer.json is not None
    return str(answer.json["access_token"])


def who(api: Api, token: str) -> Any:
    answer = api.client.get("/v2/authentication/me", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code in (200, 401), answer.text
    assert answer.json is not None
    return answer.json["username"] if answer.status_code == 200 else None


def test_a_client_is_let_in_as_itself_until_its_token_has_run_out(api: Api) -> None:
    answer = ask(api, FORM | OURS)
    told = answer.json
    assert told is not None
    assert (answer.status_code, told["token_type"], told["expires_in"]) == (200, "Bearer", 600)
    assert answer.headers["Cache-Control"] == "no-store"
    assert who(api, told["access_token"]) == "li"
    api.pass_(minutes=11)
    assert who(api, told["access_token"]) is None
    assert who(api, signed(api)) == "li"


def test_the_secret_may_be_sent_as_basic_credentials(api: Api) -> None:
    sent = base64.b64encode(f"li:{SECRET}".encode()).decode()
    answer = ask(api, FORM, headers={"Authorization": f"Basic {sent}"})
    assert answer.status_code == 200
    assert who(api, (answer.json or {})["access_token"]) == "li"


@pytest.mark.parametrize(
    ("form", "status", "error"),
    [
        (FORM, 401, "invalid_client"),
        (FORM | OURS | {"client_secret": "another-secret"}, 401, "invalid_client"),
        (FORM | OURS | {"client_id": "wu"}, 401, "invalid_client"),
        (FORM | OURS | {"client_id": "nobody"}, 401, "invalid_client"),
        (FORM | OURS | {"client_id": "l\x00i"}, 401, "invalid_client"),
        (FORM | OURS | {"client_secret": ""}, 401, "invalid_client"),
        (OURS | {"grant_type": "password"}, 400, "unsupported_grant_type"),
        (OURS, 400, "unsupported_grant_type"),
        ({}, 400, "unsupported_grant_type"),
    ],
)
def test_whoever_is_not_a_client_gets_no_token(api: Api, form: dict[str, str], status: int, error: str) -> None:
    answer = ask(api, form)
    assert (answer.status_code, (answer.json or {})["error"]) == (status, error)


@pytest.mark.parametrize("sent", ["Basic", "Basic !!", "Basic bGk=", "Basic /////w==", "Bearer x"])
def test_credentials_that_are_none_get_no_token(api: Api, sent: str) -> None:
    assert ask(api, FORM, headers={"Authorization": sent}).status_code == 401


def test_a_secret_that_has_run_out_gets_no_token(api: Api) -> None:
    api.pass_(hours=2)
    assert ask(api, FORM | OURS).status_code == 401


def test_taking_a_secret_away_ends_the_tokens_that_were_given_for_it(api: Api) -> None:
    token = signed(api)
    with api.parts.database.write() as connection:
        connection.execute(insert(api_token).values(kept("newer", "li", api.now)))
        connection.execute(delete(api_token).where(api_token.c.token_hash == auth.hash_token(SECRET)))
    assert who(api, token) is None
    assert who(api, signed(api, client_secret="newer")) == "li"


def test_what_a_client_may_do_is_what_its_person_may_do_now(api: Api) -> None:
    api.headers = {"Authorization": f"Bearer {signed(api)}"}
    assert api.ask("POST", "/jobs/search", {}).status_code == 200
    with api.parts.database.write() as connection:
        connection.execute(update(person).where(person.c.id == "li").values(roles=[]))
    assert api.ask("POST", "/jobs/search", {}).status_code == 403
    with api.parts.database.write() as connection:
        connection.execute(delete(person).where(person.c.id == "li"))
    assert api.ask("POST", "/jobs/search", {}).status_code == 401


def test_others_can_check_our_tokens_by_what_is_published(api: Api) -> None:
    token = signed(api)
    told = api.client.get("/.well-known/oauth-authorization-server", base_url="http://hotline.example").json
    assert told is not None
    assert told == api.client.get("/.well-known/openid-configuration", base_url="http://hotline.example").json
    assert told["token_endpoint"] == "http://hotline.example/oauth/token"
    assert told["jwks_uri"] == "http://hotline.example/oauth/jwks"
    (published,) = (api.client.get("/oauth/jwks").json or {})["keys"]
    assert "d" not in published
    claims = jwt.decode(token, ECKey.import_key(published), ["ES256"]).claims
    assert (claims["sub"], claims["aud"], claims["iss"]) == ("li", "hotline", "http://localhost")


def test_a_new_key_signs_after_its_time_and_the_old_one_is_known_until_its_tokens_have_run_out(api: Api) -> None:
    def ids() -> list[str]:
        return [one["kid"] for one in (api.client.get("/oauth/jwks").json or {})["keys"]]

    with api.parts.database.write() as connection:
        connection.execute(update(api_token).values(expires_at=None))
    signed(api)
    first = ids()
    api.pass_(days=89, hours=23, minutes=55)
    late = signed(api)
    assert ids() == first
    api.pass_(minutes=6)
    signed(api)
    assert (len(ids()), ids()[1:]) == (2, first)
    assert who(api, late) == "li"
    api.pass_(days=91)
    signed(api)
    assert first[0] not in ids()
    with api.parts.database.read() as connection:
        assert first[0] not in connection.execute(select(signing_key.c.kid)).scalars().all()


def test_a_second_node_signs_and_knows_by_the_same_key(api: Api, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    token = signed(api)
    with api.parts.database.write() as connection:
        again = own_tokens.issue(connection, "wu", auth.hash_token("another-secret"), "http://elsewhere", api.now)
    assert jwt_header(again)["kid"] == jwt_header(token)["kid"]
    assert who(api, again) == "wu"
    assert token not in caplog.text
    assert SECRET not in caplog.text


def jwt_header(token: str) -> Any:
    return extract_compact(token.encode()).headers()


def test_a_token_that_others_have_made_or_changed_lets_nobody_in(api: Api) -> None:
    token = signed(api)
    kid, now = jwt_header(token)["kid"], int(api.now.timestamp())
    claims = {"sub": "li", "secret_hash": auth.hash_token(SECRET), "aud": "hotline", "exp": now + 600}
    (published,) = (api.client.get("/oauth/jwks").json or {})["keys"]
    head, payload, signature = token.split(".")
    none = base64.urlsafe_b64encode(b'{"alg":"none","typ":"at+jwt","kid":"%s"}' % kid.encode()).decode().rstrip("=")
    public = OctKey.import_key(ECKey.import_key(published).as_pem(private=False).hex())
    typed = {"typ": "at+jwt", "kid": kid}
    for made in (
        f"{none}.{payload}.",
        f"{none}.{payload}.{signature}",
        f"{head}.{payload}.",
        f"{head}.{payload}.{signature[::-1]}",
        f"{head}.{payload}A.{signature}",
        f"{head}..{signature}",
        "..",
        "a.b.c",
        "é.b.c",
        jwt.encode({"alg": "ES256", **typed}, claims, ECKey.generate_key("P-256")),
        jwt.encode({"alg": "HS256", **typed}, claims, public),
        jwt.encode({"alg": "ES256", **typed, "kid": "another"}, claims, ECKey.generate_key("P-256")),
        jwt.encode({"alg": "ES256", "typ": "at+jwt"}, claims, ECKey.generate_key("P-256")),
    ):
        assert who(api, made) is None, made


@pytest.mark.parametrize(
    "changed",
    [
        {"aud": "another"},
        {"aud": None},
        {"exp": 0},
        {"exp": None},
        {"exp": "soon"},
        {"sub": None},
        {"nbf": 1e12},
        {"secret_hash": None},
        {"secret_hash": "of-none"},
    ],
)
def test_a_token_of_ours_must_say_what_it_is_for(api: Api, changed: dict[str, Any]) -> None:
    signed(api)
    with api.parts.database.read() as connection:
        row = connection.execute(select(signing_key)).mappings().one()
    whole = {
        "sub": "li",
        "secret_hash": auth.hash_token(SECRET),
        "aud": "hotline",
        "exp": int(api.now.timestamp()) + 600,
    }
    claims = whole | changed
    told = {name: value for name, value in claims.items() if value is not None}
    key = ECKey.import_key(row["private_key"])
    assert who(api, jwt.encode({"alg": "ES256", "typ": "at+jwt", "kid": row["kid"]}, whole, key)) == "li"
    assert who(api, jwt.encode({"alg": "ES256", "typ": "at+jwt", "kid": row["kid"]}, told, key)) is None
    assert who(api, jwt.encode({"alg": "ES256", "typ": "JWT", "kid": row["kid"]}, claims, key)) is None
