"""Access tokens of another issuer (Keycloak, Entra and the like): whose keys we fetch, and whom its claims mean."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import httpx
import structlog
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import Key, KeySet, import_key
from joserfc.jws import JWSRegistry, extract_compact

from service.config import Settings
from service.web.problems import Unavailable

log = structlog.get_logger()

# Signatures that need the issuer's private key: neither `none` nor HS…, which whoever knows the public key could make.
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "Ed25519", "EdDSA")
MOST_BYTES = 262_144
TIMEOUT_SECONDS = 5
_LEEWAY_SECONDS = 60
_FRESH = timedelta(hours=1)
_PAUSE = timedelta(seconds=30)  # between two fetches, whatever key ids are asked for

ISSUER = "hotline.issuer"

Fetch = Callable[[str], Any]


def _registry() -> JWSRegistry:
    registry = JWSRegistry(algorithms=ALGORITHMS, strict_check_header=False)
    registry.max_header_length = 4_096
    return registry


_REGISTRY = _registry()


def key_id(token: str) -> str | None:
    """The id of the key that a signed token names, "" if it names none; nothing for a token of another kind."""
    if token.count(".") != 2:
        return None
    try:
        kid = extract_compact(token.encode(), registry=_REGISTRY).headers().get("kid", "")
    except (JoseError, ValueError, TypeError, RecursionError):
        return None
    return kid if isinstance(kid, str) and kid.isprintable() else None


@dataclass(frozen=True, slots=True)
class Signed:
    """Whom a token of the other issuer means: an id, and the roles here that its own ones stand for."""

    id: str
    roles: tuple[str, ...]


class ForeignIssuer:
    """The issuer that the settings name; its keys are kept for an hour, and fetched anew for one that is not known."""

    def __init__(self, settings: Settings, fetch: Fetch | None = None) -> None:
        self._settings = settings
        self._fetch = fetch or fetch_json
        self._roles = dict(one.partition("=")[::2] for one in settings.oauth_roles.split())
        self._keys: KeySet | None = None
        self._by_id: frozenset[str] = frozenset()
        self._fetched = self._tried = datetime.min
        self._lock = threading.Lock()

    def read(self, token: str, kid: str, now: datetime) -> Signed | None:
        """Nothing for a token that is not this issuer's, not for us, or not valid now. Raises Unavailable."""
        told = self.claims(token, kid, now)
        return self._meant(told) if told is not None else None

    def claims(self, token: str, kid: str, now: datetime) -> Mapping[str, Any] | None:
        """What such a token says. Raises Unavailable."""
        moment = now.replace(tzinfo=None)
        keys = self._known(kid, moment)
        claims = jwt.JWTClaimsRegistry(
            now=int(now.timestamp()),
            leeway=_LEEWAY_SECONDS,
            iss={"essential": True, "value": self._settings.oauth_issuer},
            aud={"essential": True, "value": self._settings.oauth_audience},
            exp={"essential": True},
        )
        try:
            told = jwt.decode(token, keys, ALGORITHMS, _REGISTRY)
            claims.validate(told.claims)
        except (JoseError, ValueError, TypeError, RecursionError):
            return None
        return dict(told.claims)

    def _meant(self, claims: Mapping[str, Any]) -> Signed | None:
        id_ = person_in(claims, self._settings.oauth_person_claim)
        if id_ is None:
            return None
        theirs = claim(claims, self._settings.oauth_roles_claim) if self._settings.oauth_roles_claim else None
        named = theirs.split() if isinstance(theirs, str) else theirs if isinstance(theirs, list) else []
        roles = (self._roles[one] for one in named if isinstance(one, str) and one in self._roles)
        return Signed(id_, tuple(dict.fromkeys(roles)))

    def _known(self, kid: str, now: datetime) -> KeySet:
        with self._lock:
            is_stale = now - self._fetched >= _FRESH or (bool(kid) and kid not in self._by_id)
            if is_stale and now - self._tried >= _PAUSE:
                self._tried = now
                self._refetch(now)
            if self._keys is None:
                raise Unavailable("The issuer of this token does not answer, so it cannot be checked. Try again.")
            return self._keys

    def _refetch(self, now: datetime) -> None:
        """Keep the keys from before if the new ones cannot be had or read."""
        try:
            given = self._fetch(self._settings.oauth_jwks_url or self._discovered())["keys"]
            self._by_id = frozenset(str(one.get("kid", "")) for one in given)
            self._keys = KeySet([key for one in given if (key := _imported(one))])
            self._fetched = now
        except (httpx.HTTPError, ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
            log.warning("issuer-keys-not-fetched", error=type(error).__name__)

    def _discovered(self) -> str:
        issuer = self._settings.oauth_issuer.rstrip("/")
        return str(self._fetch(f"{issuer}/.well-known/openid-configuration")["jwks_uri"])


def _imported(given: Mapping[str, Any]) -> Key | None:
    """Nothing for a key that is not for signatures, or of a kind that is not known here."""
    if given.get("kty") not in ("RSA", "EC", "OKP") or given.get("use") == "enc":
        return None
    try:
        return import_key(dict(given))
    except (JoseError, ValueError, TypeError):
        return None


def person_in(claims: Mapping[str, Any], name: str) -> str | None:
    """The id of a person in a claim, if it is one."""
    id_ = claim(claims, name)
    return id_ if isinstance(id_, str) and 0 < len(id_) <= 80 and id_.isprintable() else None


def claim(claims: Mapping[str, Any], name: str) -> Any:
    """A claim by its name, or by the way to it: `realm_access.roles`. Names may have dots themselves."""
    if name in claims:
        return claims[name]
    value: Any = claims
    for part in name.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    return value


def fetch_json(url: str) -> Any:
    """A JSON document of at most MOST_BYTES; follows nowhere. Raises httpx.HTTPError, ValueError, RecursionError."""
    with httpx.stream("GET", url, timeout=TIMEOUT_SECONDS, headers={"Accept": "application/json"}) as answer:
        if answer.status_code != 200:
            raise ValueError(answer.status_code)
        content = b""
        for part in answer.iter_bytes():
            content += part
            if len(content) > MOST_BYTES:
                raise ValueError("too large")
    return httpx.Response(200, content=content).json()
