"""Signing in by the city's own sign-on: there and back."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from flask import Blueprint, current_app, make_response, redirect, request, url_for
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from service import exact_json
from service.errors import StuckError
from service.web import here, sign_ins
from service.web.auth import by_id
from service.web.console.signing_in import keep, let_in, ours, refused
from service.web.console.words import named
from service.web.oidc import PROVIDER, Asked, Provider

blueprint = Blueprint("provider", __name__)
blueprint.after_request(keep)

_COOKIE = "hotline_provider"
_PLACE = ("cookie", _COOKIE)
_SECONDS = 600
_AGAIN = named("The city's sign-on has not let you in. Try again.")
_NOBODY = named("The city's sign-on knows you, but nobody has given you a role here.")


@blueprint.get("/sign-in/provider")
def begin() -> Response:
    address, asked = _provider().begin(_back(), ours(request.args.get("next", "")))
    answer = redirect(address)
    sealed = here().secrets.seal(exact_json.dumps(asdict(asked)), *_PLACE)
    options: dict[str, Any] = {"httponly": True, "samesite": "Lax", "secure": request.is_secure}
    answer.set_cookie(_COOKIE, sealed, max_age=_SECONDS, **options)
    return answer


@blueprint.get("/sign-in/provider/callback")
def come_back() -> Any:
    parts, asked = here(), _asked()
    id_ = _provider().finish(asked, _back(), request.args, parts.engine.clock()) if asked else None
    known = None
    if id_ is not None:
        with parts.database.read() as connection:
            known = by_id(connection, id_)
    if asked is None or known is None:
        sign_ins.failed("oidc", id_ or "")
        answer = make_response(refused(_AGAIN if id_ is None else _NOBODY))
    else:
        answer = make_response(let_in(known.id, "oidc", asked.to))
    # One answer to one question.
    answer.delete_cookie(_COOKIE, httponly=True, samesite="Lax")
    return answer


def _provider() -> Provider:
    provider: Provider | None = current_app.extensions.get(PROVIDER)
    if provider is None:
        raise NotFound("No other sign-on is set.")
    return provider


def _asked() -> Asked | None:
    """What this browser has asked for; nothing if it has not, or somebody has made it up."""
    try:
        return Asked(**exact_json.loads(here().secrets.open(request.cookies.get(_COOKIE, ""), *_PLACE)))
    except (StuckError, ValueError, TypeError):
        return None


def _back() -> str:
    return url_for("console.provider.come_back", _external=True)
