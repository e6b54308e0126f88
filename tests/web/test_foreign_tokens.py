"""Tokens of another issuer, which a small server of this machine plays, let in whom its claims mean."""

from __future__ import annotations

import base64
import hmac
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, Key, OKPKey, RSAKey
from joserfc.jws import JWSRegistry
from sqlalchemy import insert

from service.store.tables import person
from service.web.foreign_tokens import MOST_BYTES
from tests.api import Api

pytestmark = pytest.mark.of_one_store

RSA = RSAKey.generate_key(2048, {"kid": "r1"})
NEXT = ECKey.generate_key("P-256", {"kid": "e1"})
EDWARDS = OKPKey.generate_key("Ed25519", {"kid": "o1"})


class Issuer:
    """Serves what its documents say, and counts how often it was asked for its keys."""

    def __init__(self) -> None:
        issuer = self
        self.asked = 0
        self.keys: list[Any] = [public(RSA)]
        self.answer: bytes | None = None

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                told: Any = {"jwks_uri": f"{issuer.url}/keys"}
                if self.path == "/keys":
                    issuer.asked += 1
                    told = {"keys": issuer.keys}
                content = json.dumps(told).encode() if issuer.answer is None else issuer.answer
                self.send_response(200)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, format: str, *args: object) -> None:
                """Nothing is written: tests are quiet."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()


def public(key: Key) -> Any:
    return key.as_dict(private=False)


@pytest.fixture
def issuer() -> Iterator[Issuer]:
    issuer = Issuer()
    yield issuer
    issuer.stop()


@pytest.fixture
def api(database_url: str, issuer: Issuer) -> Iterator[Api]:
    api = Api(
        database_url,
        auth="required",
        oauth_issuer=issuer.url,
        oauth_audience="hotline-api",
        oauth_person_claim="preferred_username",
        oauth_roles_claim="realm_access.roles",
        oauth_roles="hotline-admins=ADMIN watchers=SUPERVISOR",
    )
    row = {"id": "li", "name": "李", "unit_id": None, "roles": ["SUPERVISOR"]}
    with api.parts.database.write() as connection:
        connection.execute(insert(person).values(**row, password_hash=""))
    yield api
    api.parts.database.close()


def claims(api: Api, **changed: Any) -> dict[str, Any]:
    at = int(api.now.timestamp())
    told = {
        "iss": api.parts.settings.oauth_issuer,
        "aud": ["account", "hotline-api"],
        "preferred_username": "li",
        "iat": at,
        "nbf": at,
        "exp": at + 300,
        **changed,
    }
    return {name: value for name, value in told.items() if value is not None}


def token(api: Api, key: Key = RSA, alg: str = "RS256", header: Any = None, **changed: Any) -> str:
    return jwt.encode({"alg": alg, "kid": key.kid, **(header or {})}, claims(api, **changed), key, [alg])


def _base64(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode().rstrip("=")


def _encoded(part: Any) -> str:
    return _base64(json.dumps(part).encode())


def me(api: Api, sent: str) -> tuple[int, Any]:
    answer = api.client.get("/v2/authentication/me", headers={"Authorization": f"Bearer {sent}"})
    told = answer.json or {}
    return answer.status_code, (told["username"], told["roles"]) if answer.status_code == 200 else told["title"]


def test_whom_we_know_is_let_in_with_the_roles_that_we_gave(api: Api) -> None:
    assert me(api, token(api)) == (200, ("li", ["SUPERVISOR"]))
    assert me(api, token(api, realm_access={"roles": ["hotline-admins"]})) == (200, ("li", ["SUPERVISOR"]))


def test_whom_we_do_not_know_has_the_roles_that_the_settings_translate(api: Api) -> None:
    stranger: dict[str, Any] = {"preferred_username": "mo"}
    theirs = {"roles": ["watchers", "ADMIN", "offline_access", 7, "watchers"]}
    assert me(api, token(api, **stranger, realm_access=theirs)) == (200, ("mo", ["SUPERVISOR"]))
    dotted = stranger | {"realm_access.roles": "hotline-admins others"}
    assert me(api, token(api, **dotted)) == (200, ("mo", ["ADMIN"]))
    for nothing in ({}, {"realm_access": {"roles": ["ADMIN"]}}, {"realm_access": "hotline-admins"}):
        assert me(api, token(api, **stranger, **nothing)) == (403, "Forbidden")


@pytest.mark.parametrize(
    "changed",
    [
        {"iss": "https://elsewhere.example"},
        {"iss": None},
        {"aud": "another"},
        {"aud": None},
        {"aud": ["account"]},
        {"exp": 1},
        {"exp": None},
        {"exp": "never"},
        {"nbf": 10**12},
        {"iat": 10**12},
        {"preferred_username": None},
        {"preferred_username": ""},
        {"preferred_username": ["li"]},
        {"preferred_username": "l\x00i"},
        {"preferred_username": "x" * 81},
    ],
)
def test_a_token_that_is_not_for_us_now_lets_nobody_in(api: Api, changed: dict[str, Any]) -> None:
    assert me(api, token(api, **changed)) == (401, "Unauthorized")


def test_clocks_may_differ_by_a_minute(api: Api) -> None:
    at = int(api.now.timestamp())
    assert me(api, token(api, exp=at - 50, nbf=at + 50))[0] == 200
    assert me(api, token(api, exp=at - 70))[0] == 401


def test_signatures_that_anybody_could_make_let_nobody_in(api: Api) -> None:
    another = RSAKey.generate_key(2048, {"kid": "r1"})
    head, payload, signature = token(api).split(".")
    told = f"{_encoded({'alg': 'HS256', 'kid': 'r1'})}.{payload}"
    for made in (
        f"{told}.{_base64(hmac.digest(RSA.as_pem(private=False), told.encode(), 'sha256'))}",
        token(api, another),
        f"{_encoded({'alg': 'RS256'})}.{payload}.{signature}",
        f"{_base64(b'[' * 3_000)}.{payload}.{signature}",
        f"{_encoded({'alg': 'none', 'kid': 'r1'})}.{payload}.",
        f"{_encoded({'alg': 'NONE', 'kid': 'r1'})}.{payload}.{signature}",
        f"{_encoded({'alg': 'RS256', 'kid': 'r1', 'crit': ['x'], 'x': 1})}.{payload}.{signature}",
        f"{head}.{_encoded(claims(api, preferred_username='wu'))}.{signature}",
        f"{_encoded({'alg': 'RS256', 'kid': ['r1']})}.{payload}.{signature}",
        f"{_encoded({'alg': 'RS256', 'kid': 'r1', 'jwk': public(another)})}.{payload}.{signature}",
    ):
        assert me(api, made) == (401, "Unauthorized"), made


def test_the_kinds_of_keys_that_issuers_use_are_known(api: Api, issuer: Issuer) -> None:
    unknown = [{"kty": "oct", "kid": "s", "k": "c2VjcmV0"}, {"kty": "EC", "kid": "b", "crv": "none"}, {"kty": "new"}]
    issuer.keys = [*unknown, public(RSA) | {"use": "sig"}, public(NEXT), public(EDWARDS)]
    for key, alg in ((RSA, "PS256"), (RSA, "RS512"), (NEXT, "ES256"), (EDWARDS, "Ed25519")):
        assert me(api, token(api, key, alg))[0] == 200, alg
    header = {"alg": "ES256", "kid": "e1", "x5t": "t", "nonce": "n"}
    lenient = JWSRegistry(algorithms=["ES256"], strict_check_header=False)
    assert me(api, jwt.encode(header, claims(api), NEXT, registry=lenient))[0] == 200


def test_keys_are_fetched_once_an_hour_and_for_new_ids_twice_a_minute_at_most(api: Api, issuer: Issuer) -> None:
    for _ in range(3):
        assert me(api, token(api))[0] == 200
    assert issuer.asked == 1
    issuer.keys = [public(NEXT)]
    assert me(api, token(api, NEXT, "ES256"))[0] == 401
    api.pass_(seconds=31)
    assert me(api, token(api, NEXT, "ES256"))[0] == 200
    for number in range(20):
        assert me(api, token(api, header={"kid": f"made-up-{number}"}))[0] == 401
    assert issuer.asked == 2
    api.pass_(hours=1)
    assert me(api, token(api))[0] == 401
    assert issuer.asked == 3


@pytest.mark.parametrize(
    "answer", [b"", b"[]", b'{"keys": 7}', b'{"keys": [7]}', b"[" * 100_000, b"x" * MOST_BYTES * 2]
)
def test_an_issuer_that_answers_nonsense_is_asked_again_later(api: Api, issuer: Issuer, answer: bytes) -> None:
    issuer.answer = answer
    assert me(api, token(api)) == (503, "Service Unavailable")
    issuer.answer = None
    assert me(api, token(api))[0] == 503
    api.pass_(seconds=31)
    assert me(api, token(api))[0] == 200


def test_keys_that_were_fetched_serve_while_the_issuer_is_away(api: Api, issuer: Issuer) -> None:
    assert me(api, token(api))[0] == 200
    issuer.stop()
    api.pass_(hours=2)
    assert me(api, token(api))[0] == 200


def test_without_another_issuer_its_tokens_mean_nothing(database_url: str, issuer: Issuer) -> None:
    api = Api(database_url, auth="required")
    sent = jwt.encode({"alg": "RS256", "kid": "r1"}, claims(api, iss=issuer.url), RSA)
    assert me(api, sent) == (401, "Unauthorized")
    assert issuer.asked == 0
    api.parts.database.close()
