"""Errors, whatever went wrong: RFC 9457 problem details for programs, a page for people."""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any, cast

import structlog
from flask import Flask, Response, current_app, json, redirect, request, url_for
from werkzeug.exceptions import HTTPException

from service.errors import Conflict, Forbidden, HotlineError, Invalid, NotFound, Problem, StuckError
from service.store.unit_of_work import DatabaseBusy

log = structlog.get_logger()


class Unavailable(HotlineError):
    """Something that the answer needs does not answer itself; it may later."""


_STATUS: tuple[tuple[type[HotlineError], int], ...] = (
    (NotFound, 404),
    (Conflict, 409),
    (Invalid, 400),
    (Forbidden, 403),
    (StuckError, 409),
    (DatabaseBusy, 503),
    (Unavailable, 503),
)


# Surfaces that tell what they serve.
_DESCRIBED = ("/v2", "/hotline/v1")
_FOR_PROGRAMS = (*_DESCRIBED, "/oauth", "/.well-known")
# Where the app keeps what makes a page of a problem: (status, detail, problems) → HTML.
PAGE = "problem-page"


class Unauthorized(HotlineError):
    """Nobody has signed in, or with the wrong password or token."""


def register(app: Flask) -> None:
    """Answer every error of the app as a problem."""
    app.register_error_handler(HotlineError, _ours)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(Exception, _unforeseen)


def problem(status: int, detail: str, title: str = "", **more: Any) -> Response:
    """A response of the type application/problem+json."""
    return problem_at(request.path, status, detail, title, **more)


def problem_at(path: str, status: int, detail: str, title: str = "", **more: Any) -> Response:
    """The same for a request that the app has not seen."""
    told = {
        "type": "about:blank",
        "title": title or HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "instance": path,
        **more,
    }
    return Response(json.dumps(told, ensure_ascii=False), status, content_type="application/problem+json")


def _told(status: int, detail: str, title: str = "", problems: Sequence[Problem] = (), **more: Any) -> Response:
    """A page for a person's browser, a problem for programs."""
    if _is_for_a_person():
        return Response(current_app.extensions[PAGE](status, detail, problems), status)
    if problems:
        more["problems"] = [
            {"element": one.element_id, "message": one.message, "mend": one.mend, "file": one.file} for one in problems
        ]
    return problem(status, detail, title, **more)


def _ours(error: HotlineError) -> Response:
    if isinstance(error, Unauthorized) and _is_for_a_person() and request.method == "GET":
        return cast(Response, redirect(url_for("console.signing_in.sign_in", next=request.full_path.rstrip("?"))))
    if isinstance(error, Unauthorized):
        answer = _told(401, error.message)
        if _is_for_a_person():
            return answer  # A browser would ask for a password by itself where the page has words for it.
        wrong = ', error="invalid_token"' if error.details.get("scheme") == "Bearer" else ""
        answer.headers["WWW-Authenticate"] = 'Basic realm="hotline", charset="UTF-8"'
        answer.headers.add("WWW-Authenticate", f'Bearer realm="hotline"{wrong}')
        return answer
    status = next((code for kind, code in _STATUS if isinstance(error, kind)), 500)
    more: dict[str, Any] = {}
    if isinstance(error, Invalid):
        more["problems"] = error.problems
    if isinstance(error, StuckError):
        more = {"element": error.element_id, "errorType": error.error_type}
    return _told(status, error.message, type(error).__name__ if status == 500 else "", **more)


def _is_for_a_person() -> bool:
    """Whether somebody's browser asks for a page or sends a form, and not a program that knows a token."""
    wants_page = request.accept_mimetypes.best_match(("application/json", "text/html")) == "text/html"
    return wants_page and not request.path.startswith(_FOR_PROGRAMS) and "Authorization" not in request.headers


def _http(error: HTTPException) -> Response:
    status = error.code or 500
    if status < 400:
        return error.get_response()  # type: ignore[return-value]
    detail = error.description or HTTPStatus(status).phrase
    served = next((one for one in _DESCRIBED if request.path.startswith(f"{one}/")), None)
    if status == 404 and request.url_rule is None and served:
        description = f"{request.script_root}{served}/openapi.json"
        detail = f"{request.method} {request.path[:200]} is not served here. What is served: {description}"
    answer = _told(status, detail)
    for name, value in error.get_headers():
        if name.lower() in ("allow", "retry-after"):
            answer.headers[name] = value
    return answer


def _unforeseen(error: Exception) -> Response:
    # The message of an unforeseen error may hold what a citizen has written; its type and place may not.
    log.error("unforeseen", path=request.path, error=type(error).__name__, exc_info=True)
    return _told(500, "Something went wrong here. It has been logged; try again, or tell the operator the time.")
