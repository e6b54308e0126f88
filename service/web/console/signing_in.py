"""How people sign in by their browser: the password, then the code of their device where they need one."""

from __future__ import annotations

from typing import Any

import segno
from flask import Blueprint, g, redirect, render_template, request, url_for
from werkzeug.exceptions import TooManyRequests
from werkzeug.wrappers import Response

from service.hotline import second_factors, sessions
from service.hotline.second_factors import TooManyCodes
from service.hotline.sessions import PASSWORD, SIGNED, Session
from service.web import here, sign_ins
from service.web.auth import COOKIE, by_id, by_password, needs_code
from service.web.console import languages
from service.web.console.words import named

blueprint = Blueprint("signing_in", __name__)

_WRONG = named("The name or the password is wrong.")
_LATER = named("Too many sign-ins have failed. Wait a little before you try again.")
_WRONG_CODE = named("This code is wrong, or was used before.")
_TOO_OFTEN = named("The code was wrong too often. Wait a quarter of an hour.")


@blueprint.get("/sign-in")
def sign_in() -> str:
    return _password()


@blueprint.post("/sign-in")
def tell_password() -> Any:
    name = request.form.get("name", "")
    try:
        row = by_password(name, request.form.get("password", ""))
    except TooManyRequests as error:
        return _password(wrong=_LATER, told_name=name), 429, {"Retry-After": str(error.retry_after)}
    if row is None:
        sign_ins.failed("password", name)
        return _password(wrong=_WRONG, told_name=name), 401
    return let_in(row["id"], "password", _next())


def let_in(person_id: str, how: str, to: str) -> Response:
    """Somebody has shown who they are; a code is asked where one is needed, unless another provider has done so."""
    parts = here()
    with parts.database.read() as connection:
        person, has_one = by_id(connection, person_id), second_factors.is_confirmed(connection, person_id)
    if how == "password" and person is not None and needs_code(person):
        _begin(person_id, PASSWORD, how)
        return redirect(url_for("console.signing_in.code" if has_one else "console.signing_in.factor", next=to))
    _begin(person_id, SIGNED, how)
    sign_ins.succeeded(person_id, how)
    return redirect(to)


@blueprint.get("/sign-in/code")
def code() -> Any:
    return _page("code", next=_next()) if _half() else redirect(url_for(".sign_in", next=_next()))


@blueprint.post("/sign-in/code")
def tell_code() -> Any:
    half, parts = _half(), here()
    if half is None:
        return redirect(url_for(".sign_in", next=_next()))
    at, wrong, right = parts.engine.clock(), _WRONG_CODE, None
    with parts.database.write() as connection:
        try:
            right = second_factors.check(connection, parts.secrets, half.person_id, request.form.get("code", ""), at)
        except TooManyCodes:
            wrong = _TOO_OFTEN
    if right is None:
        sign_ins.failed("code", half.person_id)
        return _page("code", wrong=wrong, next=_next()), 401
    _begin(half.person_id, SIGNED, half.how)
    sign_ins.succeeded(half.person_id, f"{half.how}-and-{right}")
    return redirect(_next())


@blueprint.get("/second-factor")
def factor() -> Any:
    mine = _session()
    if mine is None:
        return redirect(url_for(".sign_in", next=request.path))
    with here().database.read() as connection:
        has_one = second_factors.is_confirmed(connection, mine.person_id)
    if has_one and mine.stage != SIGNED:
        return redirect(url_for(".code", next=_next()))
    return _page("factor", has_one=has_one, is_needed=mine.stage != SIGNED, next=_next())


@blueprint.post("/second-factor")
def begin_factor() -> Any:
    """The secret is shown in this answer, and never again."""
    mine, parts = _session(), here()
    if mine is None:
        return redirect(url_for(".sign_in"))
    with parts.database.write() as connection:
        begun = second_factors.begin(connection, parts.secrets, mine.person_id, parts.engine.clock())
    picture = segno.make(begun.address, error="m").svg_data_uri(scale=5, border=2)
    return _page("confirm", picture=picture, secret=begun.secret, next=_next())


@blueprint.get("/second-factor/confirmation")
def begin_again() -> Any:
    """The other language of the page that shows the secret: that is not shown again."""
    return redirect(url_for(".factor", next=_next()))


@blueprint.post("/second-factor/confirmation")
def confirm_factor() -> Any:
    mine, parts = _session(), here()
    if mine is None:
        return redirect(url_for(".sign_in"))
    codes, wrong = None, _WRONG_CODE
    with parts.database.write() as connection:
        at = parts.engine.clock()
        try:
            codes = second_factors.confirm(connection, parts.secrets, mine.person_id, request.form.get("code", ""), at)
        except TooManyCodes:
            wrong = _TOO_OFTEN
    if codes is None:
        sign_ins.failed("code", mine.person_id)
        return _page("confirm", picture="", secret="", wrong=wrong, next=_next()), 401
    if mine.stage != SIGNED:
        _begin(mine.person_id, SIGNED, mine.how)
        sign_ins.succeeded(mine.person_id, f"{mine.how}-and-code")
    return _page("codes", codes=codes, next=_next())


@blueprint.post("/sign-out")
def sign_out() -> Response:
    parts, token = here(), request.cookies.get(COOKIE, "")
    mine = _session()
    with parts.database.write() as connection:
        sessions.end(connection, token)
    if mine is not None:
        sign_ins.ended(mine.person_id)
    answer = redirect(url_for(".sign_in"))
    answer.delete_cookie(COOKIE, httponly=True, samesite="Lax")
    return answer


def keep(answer: Response) -> Response:
    """Hand the browser its token, if it was given one; none of these pages is kept by anybody."""
    token = g.pop("session_token", None)
    if token is not None:
        answer.set_cookie(COOKIE, token, httponly=True, samesite="Lax", secure=request.is_secure)
    answer.headers["Cache-Control"] = "no-store"
    return answer


def refused(wrong: str) -> tuple[str, int]:
    """The page to sign in, with a word about what went wrong."""
    return _password(wrong=wrong), 403


def _password(*, wrong: str = "", told_name: str = "") -> str:
    has_provider = bool(here().settings.oidc_issuer)
    return _page("sign-in", wrong=wrong, told_name=told_name, next=_next(), has_provider=has_provider)


blueprint.after_request(keep)


def _page(name: str, **told: Any) -> str:
    return render_template(f"console/sign-in/{name}.html", **{"language": languages.language(), "wrong": "", **told})


def _next() -> str:
    return ours(request.values.get("next", ""))


def ours(asked: str) -> str:
    """Where somebody was going, if that is a page of this service; else the start page."""
    is_ours = asked.startswith("/") and not asked.startswith(("//", "/\\")) and asked.isprintable()
    return asked if is_ours else f"{request.script_root}/"


def _session() -> Session | None:
    with here().database.read() as connection:
        return sessions.find(connection, request.cookies.get(COOKIE, ""), here().engine.clock())


def _half() -> Session | None:
    """Of whom the password is known, and not the code."""
    mine = _session()
    return mine if mine is not None and mine.stage == PASSWORD else None


def _begin(person_id: str, stage: str, how: str) -> None:
    """Another token for each stage: who knows the one before is not let in by it."""
    parts = here()
    with parts.database.write() as connection:
        before = request.cookies.get(COOKIE, "")
        g.session_token = sessions.begin(connection, person_id, stage, how, parts.engine.clock(), instead_of=before)
