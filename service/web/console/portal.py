"""The portal of service objects, where nobody signs in: where to begin, filing a matter, and its number and code."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from hashlib import sha256
from math import ceil
from typing import Any, NamedTuple
from uuid import uuid4

from flask import Blueprint, g, redirect, render_template, request, url_for
from sqlalchemy import Connection
from werkzeug.wrappers import Response

from service.errors import Invalid
from service.hotline import attachments as kept_files
from service.hotline import attempts, intake, matters, query_codes
from service.hotline.attachments import Limits
from service.hotline.file_kinds import File
from service.web import here
from service.web.auth import asked_from, limits
from service.web.console import attachments, languages, words
from service.web.console.forms import Checked, checked
from service.web.console.words import named
from service.web.hotline import matter_schemas as schemas
from service.web.hotline.track import BY
from service.web.idempotent import once

blueprint = Blueprint("portal", __name__, url_prefix="/portal")

# In the browser, so that neither number nor code stands in an address.
COOKIE = "hotline_matter"
_KEPT = 3_600
# What a service object says of a new matter; what else a matter may be told, is the desk's to say.
_SAID = ("text", "matter_type", "subject_type", "division_code", "address", "name", "phone")
_ASKED: Mapping[str, tuple[str, str]] = {
    "MISSING_CONTACT": ("phone", named("Leave a phone number, so that we can ask and answer.")),
    "MISSING_ADDRESS": ("address", named("Say where it is.")),
    "UNCLEAR": ("text", named("Say a little more: what has happened, and what do you want?")),
    "NO_DECLARATION": ("truth_declaration", named("Please confirm that what you say is true.")),
    "ASK_CONFIDENTIAL": ("confidential", named("Say whether your name shall be kept from the unit.")),
}
_TOO_MANY = named("Many matters have come from your connection. Wait a little, or call 12345.")


class Own(NamedTuple):
    """What the browser keeps of a matter."""

    number: str
    code: str


@blueprint.get("")
def start() -> str:
    return render_template("console/portal/start.html", language=languages.language(), own=own())


@blueprint.get("/file")
def form() -> str:
    return _form(Checked({"key": uuid4().hex}))


@blueprint.post("/file")
def file() -> Any:
    parts = here()
    told = checked(schemas.Intake, request.form, _SAID, _given(request.form))
    if not told.wrong:
        with parts.database.read() as connection:
            asks = intake.missing(connection, parts.engine, told.given)
        told.wrong.update(_ASKED[one] for one in asks if one in _ASKED)
    if told.wrong:
        return _form(told), 400
    marks, at = attempts.marks_of_filings(asked_from()), parts.engine.clock()
    try:
        with parts.database.read() as connection:
            attempts.require_free(connection, marks, at)
    except attempts.TooManyTries as error:
        told.wrong[""] = _TOO_MANY
        return _form(told), 429, {"Retry-After": str(ceil((error.until - at).total_seconds()))}
    told.given["title"] = told.given["text"].strip()[:40]
    try:
        filed = _once(told, marks, kept_files.checked(Limits.of(parts.settings), attachments.sent()))
    except (Invalid, kept_files.TooMany) as error:
        told.wrong["files"] = attachments.said(error)
        return _form(told), 400
    keep(Own(filed["number"], filed["query_code"]))
    return redirect(url_for(".receipt"), 303)


@blueprint.get("/receipt")
def receipt() -> Any:
    mine = own()
    if mine is None:
        return redirect(url_for(".track"))
    return render_template("console/portal/receipt.html", language=languages.language(), own=mine)


@blueprint.post("/leave")
def leave() -> Response:
    """The next person at this browser sees nothing of it."""
    forget()
    return redirect(url_for(".start"), 303)


def own() -> Own | None:
    number, _, code = request.cookies.get(COOKIE, "").partition(".")
    return Own(number, code) if number and code else None


def keep(mine: Own) -> None:
    """Have the browser keep which matter is followed, for an hour."""
    g.own_matter = f"{mine.number}.{mine.code}"


def forget() -> None:
    g.own_matter = ""


@blueprint.after_request
def _hand_out(answer: Response) -> Response:
    kept, path = g.pop("own_matter", None), url_for("console.portal.start")
    if kept == "":
        answer.delete_cookie(COOKIE, path=path, httponly=True, samesite="Lax")
    elif kept:
        answer.set_cookie(
            COOKIE, kept, max_age=_KEPT, path=path, httponly=True, samesite="Lax", secure=request.is_secure
        )
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _given(form: Mapping[str, str]) -> dict[str, Any]:
    return {
        "channel": "WEB",
        "location_bound": bool(form.get("address", "").strip()),
        "has_contact": bool(form.get("phone", "").strip()),
        "confidential": "confidential" in form,
        "truth_declaration": "truth_declaration" in form,
    }


def _form(told: Checked) -> str:
    parts = here()
    with parts.database.read() as connection:
        areas = words.divisions(connection, languages.language())
    return render_template(
        "console/portal/file.html",
        language=languages.language(),
        told=told,
        areas=areas,
        subjects=words.SUBJECTS,
    )


def _once(told: Checked, marks: Mapping[str, str], files: Sequence[File]) -> Mapping[str, Any]:
    """The same form sent twice is one matter; changed and sent again, it is another."""
    parts, code = here(), query_codes.new()
    sent = [(one.name, sha256(one.content).hexdigest()) for one in files]
    said = repr((sorted(told.given.items()), sent)).encode("utf-8", "surrogatepass")
    key = sha256(told.said.get("key", "")[:64].encode("utf-8", "surrogatepass") + said).hexdigest()

    def do(connection: Connection) -> tuple[int, dict[str, Any]]:
        filed = matters.file(connection, parts.engine, parts.secrets, told.given, code, by=BY)
        most = Limits.of(parts.settings)
        kept_files.add(connection, parts.engine, most, filed.number, files, by=BY, of_object=True)
        attempts.failed(connection, marks, limits(parts.settings.filings_of_address), parts.engine.clock())
        return 201, {"number": filed.number, "query_code": filed.query_code}

    return once(key if told.said.get("key") else None, do, sealed="query_code", by=BY)[0]
