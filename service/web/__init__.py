"""The rooms where people and systems meet the engine; each surface answers errors in its own shape."""

from __future__ import annotations

from dataclasses import dataclass

from flask import current_app

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
