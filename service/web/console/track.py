"""Following one's own matter in the portal, by its number and code, and all that its service object may say of it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import redirect, render_template, request, url_for
from marshmallow import Schema
from sqlalchemy import RowMapping
from werkzeug.exceptions import NotFound as NoPage
from werkzeug.exceptions import TooManyRequests

from service.errors import Conflict, Invalid, NotFound
from service.hotline import attachments as kept_files
from service.hotline import duplicates, explanations, fields, matters, reports, tracking, units
from service.hotline.attachments import Limits
from service.hotline.file_kinds import File
from service.web import here
from service.web.console import attachments, languages, portal, words
from service.web.console.clocks import shown
from service.web.console.forms import Checked, checked
from service.web.console.portal import Own, forget, keep, own
from service.web.console.words import named
from service.web.hotline import explanations as explained
from service.web.hotline import matter_schemas as schemas
from service.web.hotline import reports as reported
from service.web.hotline.track import BY, progress
from service.web.hotline.track import own as row_of
from service.web.hotline.wire import Body

blueprint = portal.blueprint

_LOCKED = named("The code was wrong too often. Wait a quarter of an hour, or call 12345.")
_NEEDED = named("This is needed.")
_WITH_FILES = ("supplement", "files")
_UNKNOWN = named("There is no matter with this number and this code. Look at both once more.")


@dataclass(frozen=True, slots=True)
class Deed:
    """Something that may be said of a matter: its fields, by what they are checked, and how it is answered."""

    schema: type[Schema]
    fields: tuple[str, ...]
    name: str
    done: str
    refused: str


class Nothing(Body):
    """What comes is files alone."""


_LATER = named("The matter does not take this now.")
_LOOKED_INTO = named("A report of this kind is being looked into. Add to it when you are asked.")
# In the order in which they are offered.
DEEDS: Mapping[str, Deed] = {
    "survey": Deed(
        schemas.Survey,
        ("solved", "result_satisfaction", "process_satisfaction", "comment"),
        named("Say how it was done"),
        named("Thank you. Your answer counts in how the unit is judged."),
        _LATER,
    ),
    "supplement": Deed(
        schemas.Supplement,
        ("text", "address", "phone"),
        named("Add something"),
        named("It has been added."),
        _LATER,
    ),
    "files": Deed(
        Nothing,
        (),
        named("Add photos or other files"),
        named("It has been added."),
        _LATER,
    ),
    "urge": Deed(
        schemas.Urge,
        ("text",),
        named("Ask to hurry"),
        named("The unit has been told that you wait."),
        _LATER,
    ),
    "explanation": Deed(
        explained.Wish,
        ("objection", "new_facts"),
        named("Ask for an explanation"),
        named("Your question has been taken."),
        named("An explanation is being prepared already. Wait for it, or call 12345."),
    ),
    "withdrawal": Deed(
        schemas.Withdrawal,
        ("reason",),
        named("Take it back"),
        named("You have taken it back. Nothing more is done about it."),
        _LATER,
    ),
    "conduct-complaint": Deed(
        reported.ConductComplaint,
        ("text",),
        named("Complain about how you were treated"),
        named("Somebody above the unit looks into it. Whom it is against sees nothing of it."),
        _LOOKED_INTO,
    ),
    "leak-report": Deed(
        reported.LeakReport,
        ("text",),
        named("Report that something about you became known"),
        named("It is being stopped, and looked into."),
        _LOOKED_INTO,
    ),
    "retaliation-report": Deed(
        reported.RetaliationReport,
        ("text",),
        named("Report that somebody takes revenge"),
        named("Only the head of the agency and the supervision department see it. They look into it."),
        _LOOKED_INTO,
    ),
}
# What the table explanation-right may answer.
_ANSWERS: Mapping[str, str] = {
    "EXPLAIN": named("The unit has to explain it to you in writing."),
    "NOT_YET": named("The time that the unit has is not over yet. Ask again after the deadline."),
    "SAY_OBJECTION": named("There is an answer. Say what is wrong with it."),
    "FINAL_EXPLAINED": named("It has been explained, and nothing new was said since."),
    "DENY": named("An explanation cannot be asked for here. Call 12345."),
}
_SOLVED: Mapping[str, str] = {
    "YES": named("Yes"),
    "PARTIAL": named("In part"),
    "PLAN": named("Not yet, but it is promised by a day"),
    "NO": named("No"),
}


@blueprint.get("/track")
def track() -> Any:
    mine = own()
    if mine is None:
        return _ask(Checked({"number": request.args.get("number", "")[:40]}))
    try:
        row = row_of(*mine)
    except (NotFound, TooManyRequests):
        forget()
        return _ask(Checked({"number": mine.number}))
    said, answer = request.args.get("said", ""), request.args.get("answer", "")
    told = _ANSWERS.get(answer) or (DEEDS[said].done if said in DEEDS else "")
    return _page(row, notice=told)


@blueprint.post("/track")
def follow() -> Any:
    mine = Own(request.form.get("number", "").strip().upper()[:40], request.form.get("code", "").strip()[:40])
    asked = Checked({"number": mine.number})
    try:
        row_of(*mine)
    except NotFound:
        asked.wrong["code"] = _UNKNOWN
        return _ask(asked), 404
    except TooManyRequests as error:
        asked.wrong["code"] = _LOCKED
        return _ask(asked), 429, {"Retry-After": str(error.retry_after)}
    keep(mine)
    return redirect(url_for(".track"), 303)


@blueprint.get("/track/<what>")
def again(what: str) -> Any:
    """The other language of an answer to a form."""
    return redirect(url_for(".track"))


@blueprint.post("/track/<what>")
def say(what: str) -> Any:
    if what not in DEEDS:
        raise NoPage
    mine, deed = own(), DEEDS[what]
    if mine is None:
        return redirect(url_for(".track"), 303)
    try:
        row = row_of(*mine)
    except (NotFound, TooManyRequests):
        return redirect(url_for(".track"), 303)
    told = checked(deed.schema, request.form, deed.fields, _more(what))
    sent = attachments.sent() if what in _WITH_FILES else []
    if what == "files" and not sent:
        told.wrong["files"] = languages.translated(_NEEDED)
    if what == "supplement" and not told.wrong and not told.given and not sent:
        told.wrong["text"] = _NEEDED
    files: Sequence[File] = ()
    try:
        files = kept_files.checked(Limits.of(here().settings), sent)
    except Invalid as error:
        told.wrong["files"] = attachments.said(error)
    if told.wrong:
        return _page(row, open_=what, told=told), 400
    try:
        answer = _do(row, what, told.given, files)
    except kept_files.TooMany as error:
        told.wrong["files"] = attachments.said(error)
        return _page(row, open_=what, told=told), 409
    except (Conflict, Invalid):
        told.wrong[""] = deed.refused
        return _page(row, open_=what, told=told), 409
    return redirect(url_for(".track", said=what, answer=answer), 303)


def _do(row: RowMapping, what: str, given: Mapping[str, Any], files: Sequence[File]) -> str | None:
    parts = here()
    with parts.database.write() as connection:
        most = Limits.of(parts.settings)
        kept_files.add(connection, parts.engine, most, row["number"], files, by=BY, of_object=True)
        if what == "files":
            return None
        if what == "explanation":
            return explanations.ask(connection, parts.engine, row, given, by=BY).answer
        if what in matters.MESSAGES:
            matters.tell(connection, parts.engine, parts.secrets, row["number"], what, given, by=BY)
        else:
            reports.make(connection, parts.engine, row, what, given, by=BY)
    return None


def _more(what: str) -> dict[str, Any]:
    """What a box or a number of the form means."""
    form = request.form
    if what == "survey":
        marks = ("result_satisfaction", "process_satisfaction")
        yes = {name: form.get(name) != "no" for name in ("reply_true", "unit_contacted")}
        return yes | {one: int(form[one]) for one in marks if form.get(one, "") in ("1", "2", "3", "4", "5")}
    if what == "supplement":
        return {name: True for name in ("confidential", "truth_declaration") if name in form}
    return {}


def _is_open(what: str, takes: Collection[str], seen: Mapping[str, Any]) -> bool:
    """Whether something may be said now: files only as long as somebody looks at them."""
    return seen["closed_at"] is None if what == "files" else what in takes or what not in matters.HEARD


def _ask(told: Checked) -> str:
    return render_template("console/portal/ask.html", language=languages.language(), told=told)


def _page(row: RowMapping, *, notice: str = "", open_: str = "", told: Checked | None = None) -> str:
    parts, seen = here(), progress(row)
    with parts.database.read() as connection:
        handled = duplicates.handled(connection, row)
        takes = tracking.takes(connection, row)
        steps = tracking.steps(connection, parts.engine, row) if seen["shown"] != "SHOW_STATUS_ONLY" else []
        if handled is not row and steps:
            steps += [one for one in tracking.steps(connection, parts.engine, handled) if one.at > steps[-1].at]
        unit = units.find(connection, seen["unit_id"]) if seen["unit_id"] else None
        marked = matters.get(connection, row["number"])
        owner = fields.eyes(connection, parts.engine, "OWNER")
        files = [one for one in kept_files.shown(connection, parts.engine, marked, owner).items if one.of_object]
    language = languages.language()
    return render_template(
        "console/portal/matter.html",
        language=language,
        seen=seen,
        unit=(unit["name"] if language == "zh" or not unit["name_en"] else unit["name_en"]) if unit else "",
        steps=steps,
        files=files,
        deeds={what: deed for what, deed in DEEDS.items() if _is_open(what, takes, seen)},
        notice=notice,
        open=open_,
        told=told or Checked(),
        none_said=Checked(),
        statuses=words.STATUSES,
        plain=words.PLAIN,
        grounds=words.GROUNDS,
        solved=_SOLVED,
        at=shown,
    )
