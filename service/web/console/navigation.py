"""The places that somebody may go to, in the groups in which they stand beside every page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask import Flask, g, request

from service.web import here
from service.web.console.words import named
from service.web.permissions import may_ask


@dataclass(frozen=True, slots=True)
class Place:
    path: str
    name: str

    @property
    def is_here(self) -> bool:
        return request.path == self.path or (request.path.startswith(self.path.rstrip("/") + "/") and self.path != "/")


GROUPS: Sequence[tuple[str, Sequence[Place]]] = (
    (
        named("Work"),
        (
            Place("/", named("Start")),
            Place("/tasks", named("My work")),
            Place("/intake", named("New matter")),
            Place("/matters", named("Matters")),
            Place("/supervision", named("Supervision and disputes")),
        ),
    ),
    (
        named("Look"),
        (
            Place("/figures", named("Figures")),
            Place("/heat", named("Where it takes long")),
            Place("/statistics", named("Statistics")),
            Place("/coverage", named("What carries the regulation")),
        ),
    ),
    (
        named("Know"),
        (
            Place("/knowledge", named("Knowledge base")),
            Place("/units", named("Units")),
            Place("/duties", named("Duties")),
            Place("/roster", named("Roster")),
            Place("/about", named("About the hotline")),
        ),
    ),
    (named("Change"), (Place("/studio", named("Studio")),)),
    (named("Operate"), (Place("/operations", named("Operations")),)),
)
PUBLIC: Sequence[Place] = (
    Place("/portal", named("File and follow")),
    Place("/knowledge", named("Knowledge base")),
    Place("/statistics", named("Statistics")),
    Place("/about", named("About the hotline")),
)


def teach(app: Flask) -> None:
    """Let every page tell the places of whoever reads it."""
    app.jinja_env.globals["places"] = places
    app.jinja_env.globals["is_local"] = lambda: here().settings.auth == "local"


def places() -> Sequence[tuple[str, Sequence[Place]]]:
    """The groups of places that are served, and that whoever reads the page is let in to."""
    if g.get("person") is None:
        return [("", PUBLIC)]
    groups = ((name, [one for one in group if _may(one)]) for name, group in GROUPS)
    return [(name, group) for name, group in groups if group]


def _may(place: Place) -> bool:
    return may_ask(g.person, f"GET {place.path}")
