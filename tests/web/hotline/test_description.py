"""The OpenAPI description, and the page made of it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from tests.desk import Desk

PREFIX = "/hotline/v1"


def _operations(desk: Desk) -> Iterator[tuple[str, str, Any]]:
    for path, item in desk.read("/openapi.json")["paths"].items():
        yield from ((path, name, told) for name, told in item.items() if name != "parameters")


def test_it_describes_every_operation_that_is_served(strict_desk: Desk) -> None:
    told = strict_desk.read("/openapi.json")
    described = {(path, method.upper()) for path, method, _ in _operations(strict_desk)}
    served = {
        (re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule), method)
        for rule in strict_desk.app.url_map.iter_rules()
        if rule.rule.startswith(PREFIX) and "docs" not in rule.endpoint
        for method in rule.methods or ()
        if method not in ("HEAD", "OPTIONS")
    }
    assert told["openapi"] == "3.1.0"
    assert described == served


def test_every_operation_says_what_it_is_for_and_how_it_fails(strict_desk: Desk) -> None:
    for path, method, operation in _operations(strict_desk):
        assert operation["summary"], (path, method)
        assert "default" in operation["responses"], (path, method)


def test_the_page_takes_scripts_and_styles_from_here_alone(strict_desk: Desk) -> None:
    page = strict_desk.ask("GET", "/docs")
    assert "script-src 'self'" in page.headers["Content-Security-Policy"]
    assert "http" not in page.text
    assert not re.search(r"<script>|<style|style=|onclick", page.text)
    for part in re.findall(r'(?:src|href)="([^"]+)"', page.text):
        assert strict_desk.ask("GET", f"/{part}").status_code == 200


def test_errors_are_problems_wherever_they_arise(strict_desk: Desk) -> None:
    for method, path in (("GET", "/nothing"), ("DELETE", "/matters"), ("GET", "/docs/../wire.py"), ("GET", "/docs/x")):
        answer = strict_desk.ask(method, path)
        assert (answer.status_code // 100, answer.content_type) == (4, "application/problem+json")
