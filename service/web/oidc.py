"""The city's own sign-on: OpenID Connect by an authorization code with PKCE, state and nonce."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from threading import Lock
from typing import Any
from urllib.parse import quote_plus

import httpx
import structlog
from authlib.oauth2.rfc6749.parameters import prepare_grant_uri
from authlib.oauth2.rfc7636 import create_s256_code_challenge

from service.config import Settings
from service.web.foreign_tokens import TIMEOUT_SECONDS, ForeignIssuer, fetch_json, key_id, person_in
from service.web.problems import Unavailable

log = structlog.get_logger()

PROVIDER = "hotline.provider"
_SCOPE = "openid profile"
_SILENT = "The city's sign-on does not answer. Try again."


@dataclass(frozen=True, slots=True)
class Asked:
    """What the browser keeps, sealed, until it comes back."""

    state: str
    nonce: str
    verifier: str
    to: str


class Provider:
    """The provider that the settings name; what it serves is asked once."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        # Of its tokens, those that are for this service.
        self._issuer = ForeignIssuer(
            replace(
                settings,
                oauth_issuer=settings.oidc_issuer,
                oauth_audience=settings.oidc_client_id,
                oauth_jwks_url="",
                oauth_person_claim=settings.oidc_person_claim,
                oauth_roles_claim="",
                oauth_roles="",
            )
        )
        self._served: Mapping[str, Any] | None = None
        self._lock = Lock()

    def begin(self, redirect_uri: str, to: str) -> tuple[str, Asked]:
        """Where to send the browser, and what it keeps meanwhile. Raises Unavailable."""
        asked = Asked(secrets.token_urlsafe(32), secrets.token_urlsafe(32), secrets.token_urlsafe(48), to)
        address = prepare_grant_uri(
            self._metadata()["authorization_endpoint"],
            self._settings.oidc_client_id,
            "code",
            redirect_uri=redirect_uri,
            scope=_SCOPE,
            state=asked.state,
            nonce=asked.nonce,
            code_challenge=create_s256_code_challenge(asked.verifier),
            code_challenge_method="S256",
        )
        return str(address), asked

    def finish(self, asked: Asked, redirect_uri: str, told: Mapping[str, str], now: datetime) -> str | None:
        """The id of whoever comes back, as the provider tells it; nothing if this is not the answer to what was asked.

        Raises Unavailable.
        """
        if not hmac.compare_digest(told.get("state", "").encode(), asked.state.encode()) or not told.get("code"):
            return None
        if told.get("iss", self._settings.oidc_issuer) != self._settings.oidc_issuer:  # RFC 9207
            return None
        token = self._exchange(told["code"], asked.verifier, redirect_uri)
        kid = key_id(token) if isinstance(token, str) else None
        claims = self._issuer.claims(token, kid, now) if isinstance(token, str) and kid is not None else None
        if claims is None or not self._is_answer(claims, asked):
            return None
        return person_in(claims, self._settings.oidc_person_claim)

    def _is_answer(self, claims: Mapping[str, Any], asked: Asked) -> bool:
        """OpenID Connect Core, 3.1.3.7: the nonce is ours, and the token is for us and not for another besides."""
        ours = self._settings.oidc_client_id
        others = isinstance(claims.get("aud"), list) and len(claims["aud"]) > 1
        nonce = str(claims.get("nonce", ""))
        is_for_us = claims.get("azp", "" if others else ours) == ours
        return is_for_us and hmac.compare_digest(nonce.encode(), asked.nonce.encode())

    def _exchange(self, code: str, verifier: str, redirect_uri: str) -> Any:
        """The ID token for a code; nothing for a code that the provider does not take. Raises Unavailable."""
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": redirect_uri,
            "code_verifier": verifier,
        }
        # Both are written as in a form before they are joined (RFC 6749, section 2.3.1).
        ours = (quote_plus(self._settings.oidc_client_id), quote_plus(self._settings.oidc_client_secret))
        try:
            answer = httpx.post(self._metadata()["token_endpoint"], data=form, auth=ours, timeout=TIMEOUT_SECONDS)
            if answer.status_code in (400, 401):
                log.warning("code-not-taken", status=answer.status_code)
                return None
            return answer.raise_for_status().json()["id_token"]
        except (httpx.HTTPError, ValueError, TypeError, KeyError, RecursionError) as error:
            log.warning("code-not-taken", error=type(error).__name__)
            raise Unavailable(_SILENT) from None

    def _metadata(self) -> Mapping[str, Any]:
        with self._lock:
            if self._served is None:
                issuer = self._settings.oidc_issuer
                try:
                    served = fetch_json(f"{issuer.rstrip('/')}/.well-known/openid-configuration")
                    if served["issuer"] != issuer:
                        raise ValueError("another issuer")
                    self._served = {name: str(served[name]) for name in ("authorization_endpoint", "token_endpoint")}
                except (httpx.HTTPError, ValueError, TypeError, KeyError, RecursionError) as error:
                    log.warning("provider-not-fetched", error=type(error).__name__)
                    raise Unavailable(_SILENT) from None
            return self._served
