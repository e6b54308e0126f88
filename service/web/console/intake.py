"""One screen for whoever takes a call: the matter as it is told, and beside it what is known and decided already."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from typing import Any
from uuid import uuid4

from flask import Response, make_response, redirect, render_template, request, url_for
from sqlalchemy import Connection, RowMapping

from service.engine import decisions
from service.engine.decisions import Evaluation
from service.errors import Invalid
from service.hotline import attachments as kept_files
from service.hotline import (
    duplicates,
    duties,
    intake,
    knowledge,
    matters,
    parameters,
    query_codes,
    sealed_fields,
    units,
)
from service.hotline.attachments import Limits
from service.store.tables import matter
from service.web import here
from service.web.auth import caller
from service.web.console import attachments, languages, words
from service.web.console.clocks import shown
from service.web.console.forms import Checked, checked
from service.web.console.words import named
from service.web.hotline import matter_schemas as schemas
from service.web.hotline.matters import found
from service.web.idempotent import once
from service.web.permissions import may_ask

# In the browser of whoever has filed, so that number and code can be told until the next call, and stand in no address.
COOKIE = "hotline_filed"
_KEPT = 900
_SAID = (
    "phone", "name", "matter_type", "division_code", "address", "text", "hazard", "procedure_required", "secrecy",
    "accused_unit",
)  # fmt: skip
_EARLIER, _ENTRIES = 5, 3
# The knowledge base is asked by the beginning of what is told.
_SOUGHT = 60

OUTCOMES: Mapping[str, str] = {
    "ACCEPT": named("It is accepted"),
    "REFUSE": named("It is not accepted"),
    "REFER_OUT": named("Somebody else is to act"),
    "HUMAN_REVIEW": named("A dispatcher looks at it first"),
}
MISSING: Mapping[str, str] = {
    "MISSING_CONTACT": named("How can we reach you?"),
    "MISSING_ADDRESS": named("Where exactly is it?"),
    "UNCLEAR": named("What has happened, and what do you want?"),
    "NO_DECLARATION": named("Is what you say true?"),
    "ASK_CONFIDENTIAL": named("Shall your name be kept from the unit?"),
}
LIKENESS: Mapping[str, str] = {
    "MERGE_SAME_CALLER": named("The same matter of the same caller: it will be merged"),
    "MERGE_FOLLOWER": named("Very likely the same, of somebody else"),
    "SUGGEST": named("Perhaps the same"),
    "NEW": named("Nearby, but something else"),
}
HAZARDS: Mapping[str, str] = {
    "NONE": named("None"),
    "CRIME_POLICE": named("Crime"),
    "FIRE": named("Fire"),
    "MEDICAL": named("Somebody is ill or hurt"),
    "TRAFFIC_ACCIDENT": named("Traffic accident"),
    "GAS_LEAK_EXPLOSION": named("Gas, explosion"),
    "MARITIME": named("At sea"),
}
PROCEDURES: Mapping[str, str] = {
    "NONE": named("None"),
    "LITIGATION": named("A court"),
    "ARBITRATION": named("Arbitration"),
    "DISCIPLINE": named("Discipline inspection"),
    "ADMIN_REVIEW": named("Administrative review"),
    "INFO_DISCLOSURE": named("Disclosure of information"),
    "OTHER_PROCEDURE": named("Another procedure"),
}
SECRECIES: Mapping[str, str] = {
    "NONE": named("None"),
    "STATE": named("State secret"),
    "COMMERCIAL": named("Commercial secret"),
    "PRIVACY": named("Somebody's privacy"),
}


def page() -> Response:
    number, _, code = request.cookies.get(COOKIE, "").partition(".")
    filed = (number, code) if request.args.get("filed", "") == number and code else None
    return _page(Checked({"key": uuid4().hex, "matter_type": "HELP"}), filed=filed)


def file() -> Any:
    told = _told()
    if not told.wrong and not told.given.get("text"):
        told.wrong["text"] = named("This is needed.")
    if told.wrong:
        return _page(told), 400
    parts, code, by = here(), query_codes.new(), caller().id
    told.given["title"] = told.given["text"].strip()[:40]
    limits = Limits.of(parts.settings)
    try:
        files = kept_files.checked(limits, attachments.sent())
    except Invalid as error:
        told.wrong["files"] = attachments.said(error)
        return _page(told), 400

    def do(connection: Connection) -> tuple[int, dict[str, Any]]:
        filed = matters.file(connection, parts.engine, parts.secrets, told.given, code, by=by)
        kept_files.add(connection, parts.engine, limits, filed.number, files, by=by, of_object=True)
        return 201, {"number": filed.number, "query_code": filed.query_code}

    said = repr(sorted(told.given.items())).encode("utf-8", "surrogatepass")
    key = told.said.get("key", "")[:64].encode("utf-8", "surrogatepass")
    try:
        filed = once(sha256(key + said).hexdigest() if key else None, do, sealed="query_code")[0]
    except kept_files.TooMany as error:
        told.wrong["files"] = attachments.said(error)
        return _page(told), 409
    answer = make_response(redirect(url_for("console.intake", filed=filed["number"]), 303))
    kept = f"{filed['number']}.{filed['query_code']}"
    path = url_for("console.intake")
    answer.set_cookie(COOKIE, kept, max_age=_KEPT, path=path, httponly=True, samesite="Lax", secure=request.is_secure)
    return answer


def check() -> Any:
    """What is known and decided of what was told so far: the whole page, or the part beside the form alone."""
    told = _told()
    if "part" not in request.args:
        return _page(told, beside=_beside(told))
    answer = make_response(render_template("console/intake-beside.html", **_beside(told)))
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _told() -> Checked:
    form = request.form
    first, _, second = form.get("category", "").partition("/")
    more: dict[str, Any] = {
        "category_l1": first,
        "category_l2": second,
        "location_bound": bool(form.get("address", "").strip()),
        "has_contact": bool(form.get("phone", "").strip()),
        "agent_can_answer": "agent_can_answer" in form,
        "petition_entered": "petition_entered" in form,
        "ongoing": form.get("hazard", "NONE") != "NONE",
    }
    # Not asked yet is neither.
    more["confidential"] = {"yes": True, "no": False}.get(form.get("confidential", ""))
    # Nothing is told yet of a matter that is only begun.
    text = {} if form.get("text", "").strip() else {"text": ""}
    return checked(schemas.Intake, form, _SAID, more | text)


def _page(told: Checked, *, filed: tuple[str, str] | None = None, beside: Mapping[str, Any] | None = None) -> Response:
    parts, language = here(), languages.language()
    with parts.database.read() as connection:
        areas = words.divisions(connection, language)
        register = {one["id"]: _name(one, language) for one in units.listed(connection)}
        categories = duties.categories(connection, parts.engine.clock())
    answer = make_response(
        render_template(
            "console/intake.html",
            **{"language": language, **(beside or {})},
            told=told,
            filed=filed,
            has_beside=beside is not None,
            areas=areas,
            register=register,
            categories={f"{one}/{other}": f"{one} · {other}" if other else one for one, other in categories},
            types=words.TYPES,
            hazards=HAZARDS,
            procedures=PROCEDURES,
            secrecies=SECRECIES,
        )
    )
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _name(row: RowMapping, language: str) -> str:
    return str(row["name"] if language == "zh" or not row["name_en"] else row["name_en"])


def _beside(told: Checked) -> dict[str, Any]:
    parts, language, given = here(), languages.language(), told.given
    phone, text = given.get("phone", ""), given.get("text", "")
    at = parts.engine.clock()
    with parts.database.read() as connection:
        judged = intake.judge(connection, parts.engine, given) if text and not told.wrong else None
        alike = _alike(connection, given, phone) if text and not told.wrong else {}
        rules = _rules(connection, judged.emergency, judged.acceptance) if judged else []
        wish = knowledge.Wish(text[:_SOUGHT], limit=_ENTRIES)
        entries = knowledge.search(connection, caller(), at, wish).rows if text else []
    may_know = bool(phone) and may_ask(caller(), "POST /hotline/v1/matters/of-caller")
    return {
        "language": language,
        "judged": judged,
        "rules": rules,
        "earlier": found({"limit": _EARLIER}, lambda _: [sealed_fields.has_phone(parts.secrets, phone)])
        if may_know
        else None,
        "alike": [(one, alike[one["number"]]) for one in _matters(alike)],
        "entries": entries,
        "outcomes": OUTCOMES,
        "missing": MISSING,
        "likeness_words": LIKENESS,
        "grounds": words.GROUNDS,
        "statuses": words.STATUSES,
        "lights": words.LIGHTS,
        "at": shown,
    }


def _alike(connection: Connection, given: Mapping[str, Any], phone: str) -> dict[str, str]:
    """The numbers of matters that look like this one, each with what the table `duplicate` says of it."""
    parts, at = here(), here().engine.clock()
    told = {**matters.DEFAULTS, **given}
    similar = duplicates.similar_to(connection, parts.secrets, told, phone, at)
    numbers = parameters.in_force(connection, parts.engine, at) if similar else {}
    judged = {}
    for one in similar:
        answer = decisions.evaluate(connection, parts.engine, {**one, "parameters": numbers}, decision_id="duplicate")
        judged[one["number"]] = answer.output["action"] if answer.output else ""
    return judged


def _matters(numbers: Mapping[str, str]) -> list[dict[str, Any]]:
    if not numbers:
        return []
    items: list[dict[str, Any]] = found({"limit": _EARLIER}, lambda _: [matter.c.number.in_(numbers)])["items"]
    return items


def _rules(connection: Connection, *asked: Evaluation) -> list[tuple[str, int, str]]:
    """The rules that fired: table, row, and what stands beside the row."""
    return [
        (one["name"], rule["index"], rule["annotation"])
        for answer in asked
        for one in decisions.spelled_out(connection, here().engine, answer.record)
        for rule in one["rules"]
        if rule["annotation"]
    ]
