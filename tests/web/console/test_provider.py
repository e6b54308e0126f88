"""People sign in by the city's own sign-on, and only the answer to what their browser has asked lets them in."""

from __future__ import annotations

import base64
import hashlib
import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from joserfc import jwt
from joserfc.jwk import RSAKey
from sqlalchemy import insert, select

from service.store.tables import audit_pending, person
from tests.api import Api
from tests.web.console.test_signing_in import Browser

pytestmark = pytest.mark.of_one_store

CLIENT, SECRET = "hotline", "a secret: of ours"
KEY = RSAKey.generate_key(2048, {"kid": "one", "use": "sig"})
CODE = "code-1"


class SignOn:
    """A small provider: signs people in without asking, and gives an ID token for a code and its verifier, once."""

    def __init__(self) -> None:
        sign_on, self.claims = self, {"preferred_username": "li"}
        self.key, self.asked = KEY, dict[str, str]()

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                issuer = sign_on.issuer
                if self.path == "/jwks":
                    self._tell(200, {"keys": [KEY.as_dict(private=False)]})
                else:
                    ends = {"authorization_endpoint": f"{issuer}/ask", "token_endpoint": f"{issuer}/token"}
                    self._tell(200, {"issuer": issuer, "jwks_uri": f"{issuer}/jwks", **ends})

            def do_POST(self) -> None:
                form = self.rfile.read(int(self.headers["Content-Length"])).decode()
                token = sign_on.token({name: one for name, (one,) in parse_qs(form).items()}, dict(self.headers))
                self._tell(200, {"id_token": token}) if token else self._tell(400, {"error": "invalid_grant"})

            def _tell(self, status: int, told: Any) -> None:
                content = json.dumps(told).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.issuer = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def ask(self, address: str) -> str:
        """What the browser is sent back with."""
        assert address.startswith(f"{self.issuer}/ask?")
        self.asked = {name: one for name, (one,) in parse_qs(urlsplit(address).query).items()}
        assert (self.asked["response_type"], self.asked["code_challenge_method"]) == ("code", "S256")
        return f"{self.asked['redirect_uri']}?code={CODE}&state={self.asked['state']}"

    def token(self, form: dict[str, str], headers: dict[str, str]) -> str | None:
        digest = hashlib.sha256(form["code_verifier"].encode()).digest()
        signed = base64.b64encode(b"hotline:a+secret%3A+of+ours").decode()
        asked, self.asked = self.asked, {}
        is_right = (
            headers["Authorization"] == f"Basic {signed}"
            and form["code"] == CODE
            and form["redirect_uri"] == asked.get("redirect_uri")
            and base64.urlsafe_b64encode(digest).decode().rstrip("=") == asked.get("code_challenge")
        )
        at = int(self.now().timestamp())
        usual = {"iss": self.issuer, "aud": CLIENT, "iat": at, "exp": at + 60, "nonce": asked.get("nonce")}
        return jwt.encode({"alg": "RS256", "kid": "one"}, usual | self.claims, self.key) if is_right else None

    now: Callable[[], Any]


@pytest.fixture
def sign_on() -> Iterator[SignOn]:
    sign_on = SignOn()
    yield sign_on
    sign_on.server.shutdown()
    sign_on.server.server_close()


@pytest.fixture
def browser(database_url: str, sign_on: SignOn) -> Iterator[Browser]:
    ours: dict[str, Any] = {"oidc_issuer": sign_on.issuer, "oidc_client_id": CLIENT, "oidc_client_secret": SECRET}
    api = Api(database_url, auth="required", **ours)
    sign_on.now = lambda: api.now
    with api.parts.database.write() as connection:
        connection.execute(insert(person).values(id="li", name="li", unit_id=None, roles=["AGENCY_LEAD"]))
    yield Browser(api)
    api.parts.database.close()


def come_back(browser: Browser, sign_on: SignOn, path: str = "/coverage") -> Any:
    back = sign_on.ask(browser.get(f"/sign-in/provider?next={path}").location)
    return browser.get(back.removeprefix("http://localhost"))


def test_whom_the_provider_knows_and_we_do_is_let_in_with_the_roles_that_we_gave(
    browser: Browser, sign_on: SignOn
) -> None:
    assert "/sign-in/provider?next=/coverage" in browser.get("/sign-in?next=/coverage").text
    answer = come_back(browser, sign_on)
    assert (answer.status_code, answer.location) == (302, "/coverage")
    assert browser.who() == "li"
    assert browser.client.post("/v2/jobs/search", json={}, headers={"Origin": "http://localhost"}).status_code == 200
    query = select(audit_pending.c.kind, audit_pending.c.who, audit_pending.c.what)
    with browser.api.parts.database.read() as connection:
        assert [tuple(row) for row in connection.execute(query)] == [("sign-in", "li", {"how": "oidc"})]


@pytest.mark.parametrize(
    "claims",
    [
        {"preferred_username": "nobody"},
        {"preferred_username": ["li"]},
        {"nonce": "of another browser"},
        {"aud": "another-client"},
        {"aud": [CLIENT, "another-client"]},
        {"azp": "another-client"},
        {"iss": "http://127.0.0.1:1"},
        {"exp": 1},
    ],
)
def test_a_token_that_is_not_the_answer_lets_nobody_in(
    browser: Browser, sign_on: SignOn, claims: dict[str, Any]
) -> None:
    sign_on.claims |= claims
    assert come_back(browser, sign_on).status_code == 403
    assert browser.who() is None


def test_a_token_signed_by_another_key_lets_nobody_in(browser: Browser, sign_on: SignOn) -> None:
    sign_on.key = RSAKey.generate_key(2048, {"kid": "one"})
    assert come_back(browser, sign_on).status_code == 403


def test_only_the_browser_that_asked_is_let_in_and_once(browser: Browser, sign_on: SignOn) -> None:
    back = sign_on.ask(browser.get("/sign-in/provider").location).removeprefix("http://localhost")
    stranger = Browser(browser.api)
    assert stranger.get(back).status_code == 403
    stranger.get("/sign-in/provider")
    assert stranger.get(back).status_code == 403
    assert browser.get(f"{back}x").status_code == 403
    assert browser.get(back).status_code == 403
    assert (stranger.who(), browser.who()) == (None, None)


def test_a_provider_that_is_away_is_told(browser: Browser, sign_on: SignOn) -> None:
    sign_on.server.shutdown()
    sign_on.server.server_close()
    assert browser.get("/sign-in/provider").status_code == 503
