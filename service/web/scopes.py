"""Scopes of tokens: what of all that its person may do a token is for. A token without any is for nothing."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping

SCOPES: Mapping[str, str] = {
    "matters:read": "Find and read matters, without whom they are from.",
    "matters:write": "File matters, and tell what service objects say of them.",
    "knowledge": "Push entries of the knowledge base.",
    "calls": "Tell what happened to calls.",
    "personal": "Read names and phone numbers, each with a reason.",
    "tasks": "Find, claim, change and complete user tasks.",
    "jobs": "Take and complete jobs.",
    "processes": "Start and steer process instances, and read what they hold; messages, signals, decisions.",
    "deploy": "Deploy and delete diagrams, tables and forms.",
    "settings": "Close days, confirm calendars, give tokens.",
}
# "METHOD /path" of a route → the scope; the first that fits. What fits none needs no scope.
_ROUTES = [
    (re.compile(pattern), scope)
    for pattern, scope in (
        (r"POST (/hotline/v1)?/matters/<number>/(contact|quarantine)", "personal"),
        (r"GET (/hotline/v1|/changes)?/(matters|supervision)\b|POST /hotline/v1/matters/of-caller", "matters:read"),
        (r"POST (/hotline/v1)?/matters/(<number>/)?export", "matters:read"),
        (r"(GET|POST) (/hotline/v1)?/figures/<figure>/<part>", "matters:read"),
        (r"GET /heat\b", "matters:read"),
        (r"POST /hotline/v1/assessments/<period_id>/export", "matters:read"),
        (r"POST /intake/check", "matters:read"),
        (r"POST (/hotline/v1)?/matters\b|\w+ /intake\b", "matters:write"),
        (r"POST /hotline/v1/calls\b", "calls"),
        (r"POST /hotline/v1/knowledge\b", "knowledge"),
        (r"(PUT|POST|DELETE) /hotline/v1/calendar/", "settings"),
        (r"\w+ /hotline/v1/(people|tokens|sharing)\b", "settings"),
        (r"POST /hotline/v1/starts\b|(GET|POST) (/changes)?/operations\b", "processes"),
        (r"POST /v2/(deployments|resources/<key>/deletion)", "deploy"),
        (r"\w+ /studio\b", "deploy"),
        (r"\w+ (/v2/user-tasks|(/changes)?/tasks)\b", "tasks"),
        (r"\w+ /v2/jobs\b", "jobs"),
        (
            r"\w+ /v2/(process-instances|element-instances|variables|incidents|decision-instances|audit-logs|messages|"
            r"message-subscriptions|signals|conditionals|batch-operations|batch-operation-items)\b",
            "processes",
        ),
        (r"POST /v2/(decision-definitions/evaluation|process-definitions/<key>/statistics)", "processes"),
    )
]


def needed(route: str) -> str | None:
    """The scope that a route asks for, by its method and path as the table of routes has them."""
    return next((scope for pattern, scope in _ROUTES if pattern.match(route)), None)


def read(text: str) -> frozenset[str]:
    """Those that a token is stored with."""
    return frozenset(text.split())


def usual(roles: Collection[str]) -> str:
    """What the tokens of the fictional people are for: all there is, but a system does not learn who somebody is."""
    return " ".join(one for one in SCOPES if one != "personal" or "INTEGRATOR" not in roles)


def written(scopes: Iterable[str] | None) -> str:
    return " ".join(one for one in SCOPES if one in (scopes or ()))


def granted(asked: str | None, kept: frozenset[str]) -> frozenset[str]:
    """What an access token is for: of those that are asked for and known, what the secret is for; all of that if none
    is (RFC 6749, section 3.3)."""
    known = frozenset((asked or "").split()) & frozenset(SCOPES)
    return known & kept if known else kept
