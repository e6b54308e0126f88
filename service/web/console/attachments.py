"""The files of a matter on pages: a list with each to be saved, and what is sent by a form."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import Flask, Response, g, redirect, render_template, request, url_for
from markupsafe import Markup

from service.errors import Conflict, Invalid
from service.hotline.attachments import Attachment, Limits, Listed, TooLarge, TooMany
from service.hotline.file_kinds import DAMAGED, EMPTY, RUNS, TOO_TIGHT, UNKNOWN
from service.web import here
from service.web.console.clocks import shown
from service.web.console.languages import language, translated
from service.web.console.words import named
from service.web.hotline import attachments
from service.web.permissions import may_ask

# What may be chosen; what a file is, its content says.
ACCEPT = ".jpg,.jpeg,.png,.webp,.pdf,.docx,.xlsx,.mp3,.m4a,.amr,.mp4,.mov,.3gp"
_REFUSED = {
    UNKNOWN: named(
        "This kind of file is not taken. Taken are photos (JPEG, PNG, WebP), PDF, Word and Excel, sound and film."
    ),
    DAMAGED: named("The file is damaged, or not what it begins like."),
    TOO_TIGHT: named("The document unpacks to far too much. Save it again without pictures."),
    RUNS: named("The file has something in it that runs by itself. Print it to PDF without that."),
    EMPTY: named("The file is empty."),
}
_LARGE = named("A file may have %(number)s MB at most.")
_MUCH = named("These are more than %(number)s MB at once: send some now, and the others after that.")
_MANY = named("A matter may have %(number)s files at most.")


def teach(app: Flask) -> None:
    """Let pages list the files of a matter: `{% include "console/attachments.html" %}`, where `matter` is known."""
    app.jinja_env.globals["files_of"] = files_of
    app.jinja_env.globals["size_of"] = size_of
    app.jinja_env.globals["moment"] = shown
    app.jinja_env.globals["may_add_files"] = lambda: may_ask(g.person, "POST /matters/<number>/attachments")
    app.jinja_env.globals["file_rules"] = file_rules
    app.jinja_env.globals["file_limit"] = lambda: size_of(Limits.of(here().settings).bytes)


def page(number: str) -> str:
    """The files alone."""
    return _page(number)


def take(number: str, key: int) -> Response:
    """A file, to be saved; never shown in the page."""
    g.policy = attachments.POLICY
    return attachments.taken_away(number, key)


def add(number: str) -> Any:
    """Files that the service object has sent to the desk."""
    try:
        attachments.add(number, sent())
    except (Invalid, Conflict) as error:
        return _page(number, said(error)), 400 if isinstance(error, Invalid) else 409
    return redirect(url_for("console.files", number=number), 303)


def _page(number: str, wrong: str = "") -> str:
    told = files_of(number)
    return render_template("console/files.html", language=language(), number=number, told=told, wrong=wrong)


def sent(name: str = "files") -> list[tuple[str, bytes]]:
    """The files of a form: names and contents; what was not chosen is none."""
    return [(one.filename or "", one.read()) for one in request.files.getlist(name) if one.filename]


def said(error: Exception) -> str:
    """Why files are refused, in the language of the page."""
    limits = Limits.of(here().settings)
    match error:
        case TooLarge():
            return translated(_LARGE) % {"number": f"{limits.bytes / 1_000_000:.3g}"}
        case TooMany():
            return translated(_MANY) % {"number": limits.number}
    message = str(getattr(error, "message", error))
    return translated(_REFUSED.get(message, message))


def files_of(number: str) -> Listed:
    """Those of a matter that whoever looks may see."""
    return attachments.listed(number)


def file_rules() -> Markup:
    """What an input for files says to files.js, so that what is too large is told before it is sent."""
    settings = here().settings
    most, whole = settings.attachment_bytes, settings.max_request_bytes * 95 // 100
    return Markup('accept="{}" data-most="{}" data-whole="{}" data-large="{}" data-much="{}"').format(
        ACCEPT, most, whole, said(TooLarge(most)), translated(_MUCH) % {"number": f"{whole / 1_000_000:.2g}"}
    )


def size_of(number: int) -> str:
    """As people say it."""
    return f"{number / 1_000_000:.2g} MB" if number >= 100_000 else f"{max(1, number // 1000)} KB"


def names(files: Sequence[Attachment]) -> dict[str, Attachment]:
    return {str(one.key): one for one in files}
