"""A page that lists the operations of this surface and sends requests, made of its own description."""

from __future__ import annotations

from pathlib import Path

from flask import Blueprint, Response, send_from_directory

from service.web.hotline.wire import PREFIX

blueprint = Blueprint("hotline-docs", __name__, url_prefix=PREFIX)

_FOLDER = Path(__file__).with_name("docs")
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


@blueprint.get("/docs")
def page() -> Response:
    return _file("page.html")


@blueprint.get("/docs/<name>")
def part(name: str) -> Response:
    return _file(name)


def _file(name: str) -> Response:
    answer = send_from_directory(_FOLDER, name)
    answer.headers["Content-Security-Policy"] = _POLICY
    answer.headers["X-Content-Type-Options"] = "nosniff"
    return answer
