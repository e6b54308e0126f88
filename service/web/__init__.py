"""The rooms where people and systems meet the engine; each surface answers errors in its own shape."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import Any

from flask import Flask, current_app
from flask.json.provider import JSONProvider

from service import exact_json
from service.config import Settings
from service.engine import Engine
from service.store.secrets import KeyRing
from service.store.unit_of_work import Database


@dataclass(frozen=True)
class Hotline:
    """The parts that a request needs, as the app put them together."""

    database: Database
    engine: Engine
    settings: Settings
    secrets: KeyRing


def here() -> Hotline:
    """The parts of the running app."""
    parts: Hotline = current_app.extensions["hotline"]
    return parts


@dataclass(frozen=True, slots=True)
class Surface:
    """One room: where it is, who may call, how its errors look. Its package has `register(app)`."""

    prefix: str
    package: str
    callers: str
    errors: str


class ExactJson(JSONProvider):
    """What surfaces read and answer keeps every digit."""

    def dumps(self, obj: Any, **kwargs: Any) -> str:
        return exact_json.dumps(obj)

    def loads(self, s: str | bytes, **kwargs: Any) -> Any:
        return exact_json.loads(s)


PROBLEM = "application/problem+json"

SURFACES = (
    Surface("/v2", "service.web.api", "who has signed in; permissions.py says who may do what", PROBLEM),
    Surface(
        "/hotline/v1",
        "service.web.hotline",
        "who has signed in; track: who knows a query code; what is public, everybody",
        PROBLEM,
    ),
    Surface("/oauth", "service.web.oauth", "who has a client's id and secret", PROBLEM),
    Surface("/", "service.web.console", "who has signed in; what is public, everybody", PROBLEM),
)


def register(app: Flask) -> None:
    """Serve all surfaces; none of them knows another."""
    app.json = ExactJson(app)
    for surface in SURFACES:
        import_module(surface.package).register(app)
