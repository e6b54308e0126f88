"""What a person reads where a page cannot be given or a form cannot be taken: what is wrong, and the way on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from flask import Flask, g, render_template, request

from service.errors import Problem
from service.web import here
from service.web.console.clocks import shown
from service.web.console.languages import language, translated
from service.web.console.words import named
from service.web.problems import PAGE

# HTTP status → what it means here, and what to do about it (RFC 9110, section 15).
_MEANT: Mapping[int, tuple[str, str]] = {
    400: (
        named("This could not be understood"),
        named("Go back: what you typed is still there. Mend it and send it again."),
    ),
    401: (
        named("You are not signed in any more"),
        named(
            "Sign in in a new window. Then go back a page here, where what you typed still stands, and send it again."
        ),
    ),
    403: (
        named("This is not open to you"),
        named("If it is your work, ask whoever keeps the roles at your unit, or sign in as somebody else."),
    ),
    404: (
        named("There is nothing here"),
        named("The address may be wrong, or what was here is over. What is not yours to see is not shown either."),
    ),
    405: (named("This page takes no such request"), named("Open the page itself, and do it by its buttons.")),
    409: (
        named("It has changed meanwhile"),
        named("Somebody else was first, or it is over. Go back, load the page again and look at how it stands now."),
    ),
    413: (named("That is too much at once"), named("Go back, and send less: a shorter text or a smaller file.")),
    429: (named("Too many requests"), named("Wait a minute, then try again.")),
    503: (named("We are too busy just now"), named("Nothing was lost. Wait a minute, then try again.")),
}
_OURS = (
    named("Something went wrong here"),
    named("It is our mistake, and it has been logged. Try again; if it stays, tell the operator the time below."),
)


def teach(app: Flask) -> None:
    """Let a browser be shown problems as pages."""
    app.extensions[PAGE] = page


def page(status: int, detail: str, problems: Sequence[Problem]) -> str:
    """The page of a status, with what the service itself says about it."""
    title, way_out = _MEANT.get(status, _OURS)
    said = translated(detail) if status in _MEANT else ""
    return render_template(
        "console/problem.html", status=status, title=title, way_out=way_out, problems=problems, said=said,
        said_in=language() if said != detail else "en", language=language(), person=g.get("person"),
        home="/" if g.get("person") else "/portal", path=request.path, at=shown(here().engine.clock()),
    )  # fmt: skip
