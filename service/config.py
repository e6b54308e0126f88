"""Settings: read once from the environment, checked before anything starts."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import Any, Self
from urllib.parse import urlsplit

_BASE_PATH = re.compile(r"(/[A-Za-z0-9_~-][A-Za-z0-9._~-]*)+")


class BadSetting(ValueError):
    """A setting that the service cannot start with; the message names it and tells the way out."""


def _setting(default: Any, name: str, help_: str) -> Any:
    return field(default=default, metadata={"env": name, "help": help_})


@dataclass(frozen=True)
class Settings:
    """Each field names its environment variable and says what it does; the README's table is made from it."""

    database_url: str = _setting(
        "sqlite:///var/hotline.db", "DATABASE_URL", "Where data live: `sqlite:///…` or `postgresql+psycopg://…`."
    )
    host: str = _setting(
        "127.0.0.1", "HOST", "The address to serve on. Any but this machine's own needs `AUTH=required`."
    )
    port: int = _setting(8080, "PORT", "The port to serve on; 8080 is what modelers expect.")
    base_path: str = _setting("", "BASE_PATH", "The path that a proxy in front serves it under, like `/hotline`.")
    auth: str = _setting(
        "local", "AUTH", "`local` lets this machine in without a password; `required` asks everybody to sign in."
    )
    oauth_issuer: str = _setting(
        "", "OAUTH_ISSUER", "The other issuer whose access tokens let in too, as its tokens spell it (`iss`)."
    )
    oauth_audience: str = _setting("", "OAUTH_AUDIENCE", "Whom its tokens must be meant for (`aud`).")
    oauth_jwks_url: str = _setting(
        "", "OAUTH_JWKS_URL", "Where its keys are; unless said, where its `/.well-known/openid-configuration` tells."
    )
    oauth_person_claim: str = _setting(
        "sub", "OAUTH_PERSON_CLAIM", "The claim with a person's id here; it must be none that people choose themselves."
    )
    oauth_roles_claim: str = _setting(
        "", "OAUTH_ROLES_CLAIM", "The claim with the roles of whoever is not known here, like `realm_access.roles`."
    )
    oauth_roles: str = _setting(
        "",
        "OAUTH_ROLES",
        "What these roles are here: `hotline-admins=ADMIN clerks=CALL_TAKER`; others count for nothing.",
    )
    oidc_issuer: str = _setting(
        "", "OIDC_ISSUER", "The city's own sign-on (OpenID Connect), by which people sign in at `/sign-in`."
    )
    oidc_client_id: str = _setting("", "OIDC_CLIENT_ID", "What this service is called there.")
    oidc_client_secret: str = _setting("", "OIDC_CLIENT_SECRET", "Its secret there.")
    oidc_person_claim: str = _setting(
        "preferred_username",
        "OIDC_PERSON_CLAIM",
        "The claim with a person's id here; it must be none that people choose themselves.",
    )
    second_factor: str = _setting(
        "CALL_TAKER DISPATCHER VISITOR SUPERVISOR AGENCY_LEAD ADMIN",
        "SECOND_FACTOR",
        "The roles whose people need a code besides the password with `AUTH=required`; `NONE` for nobody.",
    )
    sign_in_tries: int = _setting(
        5, "SIGN_IN_TRIES", "How many sign-ins of an account may fail before the next has to wait."
    )
    sign_in_tries_of_address: int = _setting(
        50, "SIGN_IN_TRIES_OF_ADDRESS", "The same from one address, behind which many people may be."
    )
    filings_of_address: int = _setting(
        20,
        "FILINGS_OF_ADDRESS",
        "How many matters may be filed from one address without signing in before the next has to wait, as a sign-in.",
    )
    requests_of_address: int = _setting(
        600,
        "REQUESTS_OF_ADDRESS",
        "How often a minute public pages, and what is asked with a query code, answer one address.",
    )
    sign_in_wait_seconds: int = _setting(2, "SIGN_IN_WAIT_SECONDS", "The first wait; each failure doubles it.")
    sign_in_longest_seconds: int = _setting(900, "SIGN_IN_LONGEST_SECONDS", "The longest wait.")
    proxies: int = _setting(
        0,
        "PROXIES",
        "How many proxies of your own stand in front and tell `X-Forwarded-For`; failed sign-ins that come through "
        "any other are not counted by address.",
    )
    audit_anchors: str = _setting(
        "", "AUDIT_ANCHORS", "A file, best on another machine, to which each day's anchor of the audit chain is added."
    )
    audit_signing_key: str = _setting(
        "", "AUDIT_SIGNING_KEY", "The file of a private Ed25519 key (PEM) that signs these anchors."
    )
    data_keys: str = _setting(
        "",
        "DATA_KEYS",
        "What seals personal data: `id:key id:key`, the newest first; `hotline keys new` prints one. With SQLite a key "
        "is made beside the database.",
    )
    share_to: str = _setting(
        "",
        "SHARE_TO",
        "Networks of the city's own that shared matters may be sent into, like `10.20.0.0/16`; others must be public.",
    )
    log_level: str = _setting("INFO", "LOG_LEVEL", "`DEBUG`, `INFO`, `WARNING` or `ERROR`.")
    log_format: str = _setting("console", "LOG_FORMAT", "`console` for people, `json` for machines.")
    max_request_bytes: int = _setting(8_388_608, "MAX_REQUEST_BYTES", "The largest request that is read.")
    attachment_bytes: int = _setting(
        5_000_000, "ATTACHMENT_BYTES", "The largest file of a matter; several that are sent at once are one request."
    )
    attachments_of_matter: int = _setting(20, "ATTACHMENTS_OF_MATTER", "How many files a matter may have.")
    patience_seconds: int = _setting(
        120, "PATIENCE_SECONDS", "How long a client may take to send a request, or to read on in an answer."
    )
    search_seconds: int = _setting(
        20, "SEARCH_SECONDS", "How long a search of `/v2` may take: one that asks for too much is told so."
    )
    threads: int = _setting(16, "THREADS", "Requests that are answered at the same time.")
    models_kept: int = _setting(
        500, "MODELS_KEPT", "The diagrams, tables and forms used last, so many of each, that are not read again."
    )
    tick_seconds: int = _setting(15, "TICK_SECONDS", "The longest time between two looks for due timers and jobs.")

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Self:
        """Raises BadSetting for the first value that does not fit."""
        values: dict[str, Any] = {}
        for one in fields(cls):
            name = one.metadata["env"]
            text = environment.get(name, "").strip()
            if not text:
                continue
            if isinstance(one.default, int):
                if not text.isdigit() or int(text) < 1:
                    raise BadSetting(f"{name} is “{text}”; it must be a whole number greater than 0.")
                values[one.name] = int(text)
            else:
                values[one.name] = text
        settings = cls(**values)
        settings._check()
        return settings

    @property
    def own_networks(self) -> tuple[IPv4Network | IPv6Network, ...]:
        """Raises BadSetting."""
        try:
            return tuple(ip_network(one) for one in self.share_to.split())
        except ValueError as error:
            raise BadSetting(f"SHARE_TO must be networks with spaces between, like 10.20.0.0/16: {error}.") from None

    def _check(self) -> None:
        for value, name, allowed in (
            (self.auth, "AUTH", ("local", "required")),
            (self.log_format, "LOG_FORMAT", ("console", "json")),
            (self.log_level, "LOG_LEVEL", ("DEBUG", "INFO", "WARNING", "ERROR")),
        ):
            if value not in allowed:
                raise BadSetting(f"{name} is “{value}”; it must be one of {', '.join(allowed)}.")
        if not 0 < self.port < 65_536:
            raise BadSetting(f"PORT is {self.port}; it must be between 1 and 65535.")
        if not self.database_url.startswith(("sqlite:///", "postgresql+psycopg://")):
            raise BadSetting("DATABASE_URL must begin with sqlite:/// or postgresql+psycopg://.")
        if self.base_path and not _BASE_PATH.fullmatch(self.base_path):
            raise BadSetting(
                f"BASE_PATH is “{self.base_path}”; it must be like /hotline: / before each part, none at the end."
            )
        _ = self.own_networks
        self._check_issuer()
        if self.auth == "local" and not is_this_machine(self.host):
            raise BadSetting(
                f"HOST is {self.host}, which others can reach, and AUTH is local, which lets them in without a "
                "password. Set AUTH=required, or HOST=127.0.0.1."
            )

    def _check_issuer(self) -> None:
        if self.oauth_issuer and not self.oauth_audience:
            raise BadSetting("OAUTH_ISSUER needs OAUTH_AUDIENCE: its tokens for others must not let in here.")
        if self.oidc_issuer and not (self.oidc_client_id and self.oidc_client_secret):
            raise BadSetting("OIDC_ISSUER needs OIDC_CLIENT_ID and OIDC_CLIENT_SECRET: what this service is there.")
        for url, name in (
            (self.oauth_issuer, "OAUTH_ISSUER"),
            (self.oauth_jwks_url, "OAUTH_JWKS_URL"),
            (self.oidc_issuer, "OIDC_ISSUER"),
        ):
            parts = urlsplit(url)
            if (
                url
                and parts.scheme != "https"
                and not (parts.scheme == "http" and is_this_machine(parts.hostname or ""))
            ):
                raise BadSetting(f"{name} must begin with https://, or http:// on this machine.")
        if any(not all(one.partition("=")) for one in self.oauth_roles.split()):
            raise BadSetting("OAUTH_ROLES must be pairs with blanks between: their-role=ROLE other-role=OTHER_ROLE.")


def is_this_machine(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
