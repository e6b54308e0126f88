"""OAuth 2 for clients that keep no token: a client's id and secret are answered with a short-lived access token."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Any

from authlib.integrations.flask_oauth2 import AuthorizationServer
from authlib.oauth2.rfc6749 import ClientMixin, InvalidScopeError
from authlib.oauth2.rfc6749.grants import ClientCredentialsGrant
from authlib.oauth2.rfc6750 import BearerTokenGenerator
from flask import Blueprint, Flask, Response, current_app, request

from service.web import here, own_tokens, scopes, sign_ins
from service.web.auth import by_secret, hash_token
from service.web.foreign_tokens import ISSUER, ForeignIssuer
from service.web.problems import Unauthorized

METHODS = ["client_secret_basic", "client_secret_post"]
_SERVER = "hotline.oauth"
# Whoever asks for a token has not signed in yet: to read names and values by the million would be work for anybody.
_LARGEST_FORM = 65_536

blueprint = Blueprint("oauth", __name__)


@dataclass(slots=True)
class Client(ClientMixin):  # type: ignore[misc]
    """A person of the organisation, mostly another system; the secret is one of its bearer tokens."""

    id: str
    secret_hash: str = ""
    scopes: frozenset[str] = frozenset()

    def get_client_id(self) -> str:
        return self.id

    def check_client_secret(self, client_secret: str) -> bool:
        self.secret_hash = hash_token(client_secret)
        if person := by_secret(self.id, client_secret):
            self.scopes = person.scopes or frozenset()
            sign_ins.succeeded(self.id, "oauth")
            return True
        sign_ins.failed("oauth", self.id)
        return False

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        return method in METHODS

    def check_grant_type(self, grant_type: str) -> bool:
        return bool(grant_type == ClientCredentialsGrant.GRANT_TYPE)

    def get_allowed_scope(self, scope: str | None) -> str:
        """Never more than the secret is for; scopes that are not known here are passed over. Raises InvalidScopeError
        where nothing is left."""
        given = scopes.granted(scope, self.scopes)
        if not given:
            raise InvalidScopeError()
        return scopes.written(given)


class _Grant(ClientCredentialsGrant):  # type: ignore[misc]
    TOKEN_ENDPOINT_AUTH_METHODS = METHODS


@blueprint.post("/oauth/token")
def token() -> Response:
    """RFC 6749, client credentials: by a form or Basic; `scope` narrows the token, an audience changes nothing."""
    request.max_content_length = _LARGEST_FORM
    try:
        answer: Response = current_app.extensions[_SERVER].create_token_response()
    except UnicodeDecodeError:
        raise Unauthorized("The Basic credentials are not UTF-8.") from None
    return answer


@blueprint.get("/oauth/jwks")
def jwks() -> dict[str, Any]:
    parts = here()
    with parts.database.read() as connection:
        return {"keys": own_tokens.public_keys(connection, parts.engine.clock())}


@blueprint.get("/.well-known/oauth-authorization-server")
@blueprint.get("/.well-known/openid-configuration")
def metadata() -> dict[str, Any]:
    """RFC 8414; under the second name too, as many clients know only that one."""
    return {
        "issuer": _issuer(),
        "token_endpoint": f"{_issuer()}/oauth/token",
        "jwks_uri": f"{_issuer()}/oauth/jwks",
        "grant_types_supported": [ClientCredentialsGrant.GRANT_TYPE],
        "response_types_supported": [],
        "scopes_supported": list(scopes.SCOPES),
        "token_endpoint_auth_methods_supported": METHODS,
    }


def register(app: Flask) -> None:
    """Serve this surface."""
    # At DEBUG it writes the tokens that it gives.
    logging.getLogger("authlib").setLevel(logging.WARNING)
    server = AuthorizationServer()
    server.init_app(app, query_client=_client, save_token=lambda token, request: None)
    server.register_token_generator("default", BearerTokenGenerator(_signed, expires_generator=_seconds))
    server.register_grant(_Grant)
    app.extensions[_SERVER] = server
    settings = app.extensions["hotline"].settings
    app.extensions[ISSUER] = ForeignIssuer(settings) if settings.oauth_issuer else None
    app.register_blueprint(blueprint)


def _client(client_id: str) -> Client:
    """Known or not: whether a client is there is told by its secret alone."""
    return Client(client_id)


def _signed(client: Client, scope: str = "", **_: Any) -> str:
    parts = here()
    with parts.database.write() as connection:
        return own_tokens.issue(connection, client.id, client.secret_hash, _issuer(), parts.engine.clock(), scope)


def _seconds(_client: Client, _grant: str) -> int:
    return int(own_tokens.LIFETIME.total_seconds())


def _issuer() -> str:
    return request.url_root.rstrip("/")
