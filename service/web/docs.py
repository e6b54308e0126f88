"""A page that lists the operations of a surface and sends requests, made of the surface's own description."""

from __future__ import annotations

from pathlib import Path

from flask import Blueprint, Response, send_from_directory

_FOLDER = Path(__file__).with_name("docs")
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


def serve(blueprint: Blueprint) -> None:
    """Serve the page beside the surface's `openapi.json`."""
    blueprint.add_url_rule("/docs", "page", _page)
    blueprint.add_url_rule("/docs/<name>", "part", _file)


def _page() -> Response:
    return _file("page.html")


def _file(name: str) -> Response:
    answer = send_from_directory(_FOLDER, name)
    answer.headers["Content-Security-Policy"] = _POLICY
    answer.headers["X-Content-Type-Options"] = "nosniff"
    return answer
