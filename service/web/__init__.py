"""The rooms where people and systems meet the engine; each surface answers errors in its own shape."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module

from flask import Flask, current_app

from service.config import Settings
from service.engine import Engine
from service.store.unit_of_work import Database


@dataclass(frozen=True)
class Hotline:
    """The parts that a request needs, as the app put them together."""

    database: Database
    engine: Engine
    settings: Settings


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


PROBLEM = "application/problem+json"

SURFACES = (
    Surface("/v2", "service.web.api", "who has signed in; access.py says who may do what", PROBLEM),
    Surface("/hotline/v1", "service.web.hotline", "who has signed in; track: who knows a query code", PROBLEM),
    Surface("/", "service.web.console", "who has signed in", PROBLEM),
)


def register(app: Flask) -> None:
    """Serve all surfaces; none of them knows another."""
    for surface in SURFACES:
        import_module(surface.package).register(app)
