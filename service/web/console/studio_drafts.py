"""The studio's drafts: change a rule, see what changes and what is wrong, try it, let somebody else approve it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from flask import Blueprint, Response, g, jsonify, redirect, render_template, request, url_for
from sqlalchemy import Connection, RowMapping

from service.bpmn import moment
from service.engine import companions
from service.errors import Conflict, Forbidden, HotlineError, Invalid, ModelRejected, NotFound, Problem
from service.hotline import deployed, model_changes, model_checks, model_drafts
from service.web import here
from service.web.auth import caller
from service.web.console import faults, modules, studio
from service.web.console.words import named
from service.web.permissions import may_ask

blueprint = Blueprint("studio_drafts", __name__, url_prefix="/studio/<kind>/<id_>/draft")

EDITORS: Mapping[str, str] = {"process": "studio-bpmn", "decision": "studio-dmn", "form": "studio-form"}
# What editors need of a page: they set styles by script, and bring their signs as fonts.
POLICY = (
    "default-src 'none'; script-src 'self'; connect-src 'self'; style-src 'self' 'unsafe-inline'; "
    "font-src 'self' data:; img-src 'self' data: blob:; frame-src 'none'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
HOW: Mapping[str, str] = {
    model_changes.ADDED: named("New"),
    model_changes.REMOVED: named("Gone"),
    model_changes.CHANGED: named("Changed"),
}
# The last step of a path in a file → what people call it.
FACETS: Mapping[str, str] = {
    "name": named("Called"),
    "label": named("What is read beside it"),
    "text": named("Text"),
    "conditionExpression": named("Condition"),
    "conditional.hide": named("Hidden if"),
    "timeDuration": named("Timer: after"),
    "timeDate": named("Timer: on"),
    "timeCycle": named("Timer: every"),
    "candidateGroups": named("Who may do it"),
    "candidateUsers": named("Which people may do it"),
    "assignee": named("Who does it"),
    "dueDate": named("Due"),
    "followUpDate": named("To be looked at again"),
    "formId": named("Form"),
    "decisionId": named("Decision"),
    "processId": named("Process"),
    "priority": named("Priority"),
    "sourceRef": named("Comes from"),
    "targetRef": named("Leads to"),
    "default": named("Default way"),
    "attachedToRef": named("Attached to"),
    "documentation": named("Explanation"),
    "description": named("Basis"),
    "hitPolicy": named("Hit policy"),
    "required": named("Required"),
    "validate.required": named("Required"),
    model_changes.ORDER: named("Order"),
}


@blueprint.get("")
def page(kind: str, id_: str) -> str:
    return _page(kind, id_)


@blueprint.post("")
def save(kind: str, id_: str) -> Any:
    """Begin a draft, or keep what an editor or a file says. An editor is answered in JSON, with what is wrong."""
    sent, revision = request.files.get("file"), request.form.get("revision", "")
    if request.files and (sent is None or not sent.filename):
        return _page(kind, id_, wrong=Invalid("Choose a file first.")), 400
    number = int(revision) if revision.isascii() and revision.isdecimal() and len(revision) < 10 else None
    parts, is_editor = here(), request.accept_mimetypes.best == "application/json"
    try:
        with parts.database.write() as connection:
            name, content = _given(connection, kind, id_, sent.read() if sent else None)
            kept = model_drafts.save(
                connection, parts.engine, kind, id_, name, content, by=caller().id, revision=number
            )
    except (ModelRejected, Conflict) as error:
        if is_editor:
            raise
        return _page(kind, id_, wrong=error), 409 if isinstance(error, Conflict) else 400
    if is_editor:
        with parts.database.read() as connection:
            told = _checked(connection, model_drafts.get(connection, kind, id_))
        return jsonify(revision=kept, problems=[_problem(one) for one in told])
    return redirect(url_for(".edit" if "edit" in request.form else ".page", kind=kind, id_=id_), 303)


@blueprint.get("/edit")
def edit(kind: str, id_: str) -> Any:
    """The editor; who has no JavaScript saves the file, changes it elsewhere and sends it."""
    with here().database.read() as connection:
        row = model_drafts.find(connection, kind, id_)
        thing = thing_of(connection, kind, id_)
        told = _checked(connection, row) if row else []
    if row is None:
        return redirect(url_for("console.studio_thing", kind=kind, id_=id_))
    g.policy = POLICY
    return render_template(
        "console/studio_edit.html",
        thing=thing,
        draft=row,
        problems=told,
        editor=EDITORS[kind],
        is_built=modules.is_built(EDITORS[kind]),
        **studio.words(),
    )


@blueprint.get("/file")
def file(kind: str, id_: str) -> Response:
    with here().database.read() as connection:
        row = model_drafts.get(connection, kind, id_)
    return studio.sent(row["content"], kind, id_)


@blueprint.get("/trial")
def trial(kind: str, id_: str) -> str:
    """Play the scenarios against the draft."""
    parts = here()
    with parts.database.read() as connection:
        row, thing = model_drafts.get(connection, kind, id_), thing_of(connection, kind, id_)
        plays, wrong = [], None
        try:
            plays = model_checks.play(
                connection, parts.engine, row["resource_name"], row["content"], parts.engine.clock()
            )
        except ModelRejected as error:
            wrong = error
    failed = [one for one in plays if one.problem]
    return render_template(
        "console/studio_trial.html", thing=thing, plays=plays, failed=failed, wrong=wrong, **studio.words()
    )


@blueprint.post("/proposal")
def propose(kind: str, id_: str) -> Any:
    def do(connection: Connection, row: RowMapping) -> None:
        told = request.form
        at = _day(told.get("effective", "").strip())
        model_drafts.propose(connection, here().engine, row, effective_at=at, note=told.get("note", ""), by=caller().id)

    return _done(kind, id_, do)


@blueprint.post("/approval")
def approve(kind: str, id_: str) -> Any:
    def do(connection: Connection, row: RowMapping) -> None:
        model_drafts.approve(connection, here().engine, row, by=caller().id)

    return _done(kind, id_, do, "console.studio_thing")


@blueprint.post("/return")
def give_back(kind: str, id_: str) -> Any:
    def do(connection: Connection, row: RowMapping) -> None:
        answer = request.form.get("answer", "")
        model_drafts.give_back(connection, here().engine, row, answer=answer, by=caller().id)

    return _done(kind, id_, do)


@blueprint.post("/end")
def drop(kind: str, id_: str) -> Any:
    is_new = False

    def do(connection: Connection, row: RowMapping) -> None:
        nonlocal is_new
        is_new = not thing_of(connection, kind, id_).versions
        model_drafts.drop(connection, here().engine, row, by=caller().id)

    done = _done(kind, id_, do, "console.studio_thing")
    return redirect(url_for("console.studio"), 303) if is_new else done


@blueprint.post("/back")
def take_back(kind: str, id_: str) -> Any:
    """Undo that it was thrown away."""
    try:
        with here().database.write() as connection:
            model_drafts.take_back(connection, here().engine, kind, id_, by=caller().id)
    except Conflict as error:
        return _page(kind, id_, wrong=error), 409
    return redirect(url_for(".page", kind=kind, id_=id_), 303)


def _done(kind: str, id_: str, do: Callable[[Connection, RowMapping], None], to: str = ".page") -> Any:
    """Do it to the revision that the page showed; what is refused is told on the page, and what was typed stays."""
    try:
        with here().database.write() as connection:
            row = model_drafts.get(connection, kind, id_)
            if request.form.get("revision") != str(row["revision"]):
                raise Conflict("This draft has changed meanwhile. Look at it again.")
            do(connection, row)
    except (Conflict, Forbidden, Invalid) as error:
        status = 409 if isinstance(error, Conflict) else 403 if isinstance(error, Forbidden) else 400
        return _page(kind, id_, wrong=error), status
    return redirect(url_for(to, kind=kind, id_=id_), 303)


def _page(kind: str, id_: str, wrong: HotlineError | None = None) -> str:
    """The draft as it stands; where nobody drafts, how to begin."""
    changes, told, along = list[model_changes.Changed](), list[Problem](), list[str]()
    parts, thrown = here(), None
    with parts.database.read() as connection:
        thing, row = thing_of(connection, kind, id_), model_drafts.find(connection, kind, id_)
        if row is None:
            thrown = model_drafts.dropped(connection, kind, id_)
        else:
            told = _checked(connection, row)
            along = _along(connection, row) if row["state"] == model_drafts.PROPOSED else []
        if row is not None and thing.versions:
            before = deployed.content(connection, kind, thing.newest.key)
            changes = model_changes.between(kind, before, row["content"], row["resource_name"])
    return render_template(
        "console/studio_draft.html",
        thing=thing,
        draft=row,
        problems=told,
        changes=changes,
        along=along,
        thrown=thrown,
        wrong=wrong,
        typed=request.form,
        me=caller().id,
        may_change=may_ask(caller(), "POST /studio/<kind>/<id_>/draft"),
        how=HOW,
        facet=facet,
        **studio.words(),
    )


def _along(connection: Connection, row: RowMapping) -> list[str]:
    """The files that approval deploys with it, as they are; none where it cannot be deployed."""
    engine = here().engine
    now = engine.clock()
    try:
        files = companions.files(
            connection, engine, row["resource_name"], row["content"], max(now, row["effective_at"] or now)
        )
    except ModelRejected:
        return []
    return sorted(name for name, _ in files if name != row["resource_name"])


def _given(connection: Connection, kind: str, id_: str, sent: bytes | None) -> tuple[str, bytes]:
    """The file that was sent, or the text of an editor; to begin with, what counts now."""
    thing, row = thing_of(connection, kind, id_), model_drafts.find(connection, kind, id_)
    name = row["resource_name"] if row is not None else thing.newest.file
    if sent is not None:
        return name, sent
    if "content" in request.form:
        return name, request.form["content"].encode()
    if row is not None:
        raise Conflict("Somebody is changing this already. Look at their draft.")
    version = thing.newest
    return name, deployed.content(connection, kind, version.key)


def thing_of(connection: Connection, kind: str, id_: str) -> deployed.Thing:
    """What is deployed, or drafted for the first time; raises NotFound."""
    try:
        return deployed.get(connection, kind, id_, here().engine.clock())
    except NotFound:
        if model_drafts.find(connection, kind, id_) is None:
            raise
        return deployed.Thing(kind, id_, ())


def _checked(connection: Connection, row: RowMapping) -> list[Problem]:
    engine, named_ = here().engine, (row["kind"], row["resource_id"], row["resource_name"], row["content"])
    now = engine.clock()
    return model_checks.problems(connection, engine, *named_, max(now, row["effective_at"] or now))


def _problem(one: Problem) -> dict[str, Any]:
    said = {"message": faults.told(one.message), "mend": faults.told(one.mend)}
    return {"element": one.element_id, **said, "warning": one.is_warning}


def facet(path: str) -> str | None:
    """What people call what stands at a path; None for what has no word."""
    return FACETS.get(path) or FACETS.get(path.rpartition(".")[2])


def _day(text: str) -> datetime | None:
    try:
        return moment(text) if text else None
    except ValueError:
        raise Invalid(f"“{text}” is no date. Write it like 2027-01-01.") from None
