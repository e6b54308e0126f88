"""What went wrong is told to people on a page in their language, with the way out; programs read problem details."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from flask.testing import FlaskClient

from service.hotline import sessions
from service.web.auth import COOKIE
from tests.desk import Desk

pytestmark = pytest.mark.of_one_store

PAGE = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
OURS = {**PAGE, "Origin": "http://localhost"}


@pytest.fixture
def strict(database_url: str) -> Iterator[Desk]:
    """A desk that lets in nobody who has not signed in."""
    opened = Desk(database_url, auth="tokens")
    yield opened
    opened.close()


def _signed(desk: Desk, who: str) -> FlaskClient:
    client = desk.client
    with desk.parts.database.write() as connection:
        client.set_cookie(COOKIE, sessions.begin(connection, who, sessions.SIGNED, "password", desk.now))
    return client


@pytest.mark.parametrize(("language", "words"), [("zh", "这里什么也没有"), ("en", "There is nothing here")])
def test_what_is_not_there_is_told_in_the_readers_language(desk: Desk, language: str, words: str) -> None:
    for path in ("/nothing-is-here", "/matters/WF20260210-000009", "/console/static/nothing.css"):
        answer = desk.client.get(f"{path}?lang={language}", headers=PAGE)
        assert (answer.status_code, answer.mimetype) == (404, "text/html"), path
        assert f"<h1>{words}</h1>" in answer.text
        assert "script-src 'self'" in answer.headers["Content-Security-Policy"]


def test_programs_read_problem_details_whatever_they_accept(desk: Desk) -> None:
    assert desk.client.get("/v2/nothing", headers=PAGE).mimetype == "application/problem+json"
    assert desk.client.get("/nothing-is-here").mimetype == "application/problem+json"
    signed = {**PAGE, "Authorization": f"Bearer {desk.token('li-min')}"}
    assert desk.client.get("/nothing-is-here", headers=signed).mimetype == "application/problem+json"


def test_who_may_not_is_told_whom_to_ask(strict: Desk) -> None:
    answer = _signed(strict, "dept-water.handler").get("/operations?lang=en", headers=PAGE)
    assert answer.status_code == 403
    assert "This is not open to you" in answer.text


def test_a_form_that_outlived_its_session_is_not_lost(strict: Desk) -> None:
    answer = strict.client.post("/intake?lang=en", data={"text": "so much was typed"}, headers=OURS)
    assert answer.status_code == 401
    assert "WWW-Authenticate" not in answer.headers
    assert 'href="/sign-in" target="_blank"' in answer.text
    assert strict.client.get("/tasks", headers=PAGE).headers["Location"] == "/sign-in?next=/tasks"


def test_a_mistake_of_ours_does_not_tell_what_somebody_wrote(desk: Desk) -> None:
    def broken() -> Any:
        raise RuntimeError("13800000000")

    desk.app.view_functions["console.about"] = broken
    answer = desk.client.get("/about?lang=en", headers=PAGE)
    assert answer.status_code == 500
    assert "2026-02-10 09:00" in answer.text
    assert "13800000000" not in answer.text


def test_the_address_is_shown_as_text(desk: Desk) -> None:
    answer = desk.client.get("/<script>alert(1)</script>", headers=PAGE)
    assert "<script>alert" not in answer.text
