"""A policy person's day: a rule is changed, checked, tried, approved by somebody else, and counts from its day on."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from io import BytesIO
from typing import Any

import pytest
from sqlalchemy import insert
from werkzeug.test import TestResponse

from service.app import PROJECT
from service.engine import deployments
from service.hotline import sessions
from service.hotline.people import AGENCY
from service.store.tables import person, unit
from service.web.auth import COOKIE
from tests.api import Api
from tests.conftest import NewUrl
from tests.web.console.test_studio import TABLE

DEADLINE, EXTENSION = "/studio/decision/deadline-graph", "/studio/process/extension"
FORM = "/studio/form/apply-extension"
FILES = (
    "processes/extension.bpmn",
    "forms/apply-extension.form",
    "forms/review-extension.form",
    "dmn/deadline.dmn",
    "dmn/parameters.dmn",
    "dmn/extension-review.dmn",
    "dmn/assessment-score.dmn",
)


class Studio(Api):
    """The extension of a deadline as it is drawn, and somebody of each of four roles, named like it."""

    def __init__(self, url: str) -> None:
        super().__init__(url, auth="required")
        files = [(name.partition("/")[2], (PROJECT / name).read_bytes()) for name in FILES]
        with self.parts.database.write() as connection:
            deployments.deploy(connection, self.parts.engine, files, by="hotline", is_founding=True)
            connection.execute(insert(unit).values(id=AGENCY, name=AGENCY, kind="AGENCY"))
            for role in ("ADMIN", "AGENCY_LEAD", "SUPERVISOR", "AUDITOR"):
                connection.execute(insert(person).values(id=role, name=role, unit_id=AGENCY, roles=[role]))

    def come(self, who: str, path: str, form: Mapping[str, Any] | None = None, **headers: str) -> TestResponse:
        client = self.client
        with self.parts.database.write() as connection:
            client.set_cookie(COOKIE, sessions.begin(connection, who, sessions.SIGNED, "password", self.now))
        told = {"Origin": "http://localhost", "Accept-Language": "en", **headers}
        return client.get(path, headers=told) if form is None else client.post(path, data=form, headers=told)

    def send(self, path: str, content: bytes, **more: str) -> TestResponse:  # type: ignore[override]
        return self.come("ADMIN", path + "/draft", {"file": (BytesIO(content), "mine.xml"), **more})

    def read(self, who: str, path: str) -> str:
        answer = self.come(who, path)
        assert answer.status_code == 200, answer.text
        return text(answer)


def text(answer: TestResponse) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.text)).replace(" shown below", "")


@pytest.fixture
def studio(new_url: NewUrl) -> Iterator[Studio]:
    opened = Studio(new_url("sqlite"))
    yield opened
    opened.parts.database.close()


def test_a_limit_is_changed_by_two_people_and_counts_from_its_day(studio: Studio) -> None:
    assert studio.come("ADMIN", DEADLINE + "/draft", {"edit": "1"}).location == DEADLINE + "/draft/edit"
    content = studio.come("ADMIN", DEADLINE + "/draft/file").data
    changed = content.replace(b"parameters.T_HANDLE + ext", b"parameters.T_HANDLE + 1 + ext")
    assert studio.send(DEADLINE, changed, revision="1").status_code == 303
    told = studio.read("AUDITOR", DEADLINE + "/draft")
    assert "parameters.T_HANDLE + extension_approved_days parameters.T_HANDLE + 1 + extension_approved_days" in told
    assert "Nothing is wrong with it" in told
    tried = studio.read("AUDITOR", DEADLINE + "/draft/trial")
    assert "1 scenario does not come true any more Played 5 " in tried
    assert "extension five days more once failed" in tried
    _is_proposed_and_approved(studio)
    studio.pass_(days=400)
    assert "2 in force 2027-01-01 00:00" in studio.read("AUDITOR", DEADLINE)
    # What binds the table by deployment goes by the new one from the same day on.
    assert "2 in force 2027-01-01 00:00" in studio.read("AUDITOR", EXTENSION)


def _is_proposed_and_approved(studio: Studio) -> None:
    proposed = {"revision": "2", "effective": "2027-01-01"}
    refused = studio.come("ADMIN", DEADLINE + "/draft/proposal", {**proposed, "note": " "})
    assert (refused.status_code, 'value="2027-01-01"' in refused.text) == (400, True)
    assert studio.come("ADMIN", DEADLINE + "/draft/proposal", {**proposed, "note": "one more"}).status_code == 303
    assert studio.come("ADMIN", DEADLINE + "/draft/approval", {"revision": "2"}).status_code == 403
    assert "waits for approval" in studio.read("AGENCY_LEAD", "/studio")
    assert studio.come("AGENCY_LEAD", DEADLINE + "/draft/approval", {"revision": "1"}).status_code == 409
    assert studio.come("AGENCY_LEAD", DEADLINE + "/draft/approval", {"revision": "2"}).location == DEADLINE
    assert "2 to come 2027-01-01 00:00" in studio.read("AUDITOR", DEADLINE)


def test_what_is_given_back_is_a_draft_again_with_the_reason(studio: Studio) -> None:
    studio.come("ADMIN", FORM + "/draft", {})
    studio.come("ADMIN", FORM + "/draft/proposal", {"revision": "1", "note": "try"})
    answer = {"revision": "1", "answer": "Nothing changes"}
    assert studio.come("AGENCY_LEAD", FORM + "/draft/return", answer).status_code == 303
    assert "Given back Nothing changes" in studio.read("ADMIN", FORM + "/draft")
    assert studio.come("ADMIN", FORM + "/draft/end", {"revision": "1"}).status_code == 303
    assert "Nobody is changing this" in studio.read("ADMIN", FORM + "/draft")


def test_what_was_thrown_away_is_taken_back(studio: Studio) -> None:
    assert studio.come("ADMIN", FORM + "/draft/back", {}).status_code == 409
    studio.come("ADMIN", FORM + "/draft", {})
    studio.come("ADMIN", FORM + "/draft/end", {"revision": "1"})
    assert "A draft was thrown away 2026-02-10 09:00 by ADMIN" in studio.read("ADMIN", FORM + "/draft")
    assert studio.come("ADMIN", FORM + "/draft/back", {}).status_code == 303
    studio.come("ADMIN", FORM + "/draft/proposal", {"revision": "2", "note": "try"})
    told = studio.read("AGENCY_LEAD", FORM + "/draft")
    assert "Goes along" in told
    assert "extension.bpmn" in told


def test_what_was_proposed_and_is_changed_has_to_be_proposed_again(studio: Studio) -> None:
    content = studio.come("ADMIN", EXTENSION + "/file").data
    studio.send(EXTENSION, content)
    studio.come("ADMIN", EXTENSION + "/draft/proposal", {"revision": "1", "note": "try"})
    studio.send(EXTENSION, content.replace("延长".encode(), "延展".encode(), 1), revision="1")
    assert studio.come("AGENCY_LEAD", EXTENSION + "/draft/approval", {"revision": "2"}).status_code == 409
    assert studio.send(EXTENSION, content, revision="1").status_code == 409


def test_who_may_not_change_rules_cannot_nor_what_deployment_refuses(studio: Studio) -> None:
    assert studio.come("AGENCY_LEAD", DEADLINE + "/draft", {}).status_code == 403
    assert studio.come("AUDITOR", DEADLINE + "/draft/approval", {"revision": "1"}).status_code == 403
    assert studio.come("SUPERVISOR", "/studio").status_code == 403
    studio.send(DEADLINE, TABLE)
    assert "The file has nothing with the id “deadline-graph”" in studio.read("ADMIN", DEADLINE + "/draft")
    refused = studio.come("ADMIN", DEADLINE + "/draft/proposal", {"revision": "1", "note": "try"})
    assert (refused.status_code, "This was not done" in text(refused)) == (400, True)
    assert studio.send(DEADLINE, b"<a", revision="1").status_code == 400
    assert studio.send(FORM, b"[]").status_code == 400


def test_an_editor_is_told_what_is_wrong_and_that_another_has_saved(studio: Studio) -> None:
    studio.come("ADMIN", DEADLINE + "/draft", {})
    told = {"content": TABLE.decode(), "revision": "1"}
    first = studio.come("ADMIN", DEADLINE + "/draft", told, Accept="application/json").get_json()
    assert (first["revision"], first["problems"][0]["element"]) == (2, "deadline-graph")
    again = studio.come("ADMIN", DEADLINE + "/draft", told, Accept="application/json")
    assert (again.status_code, "since you opened it" in again.get_json()["detail"]) == (409, True)


def test_only_the_page_of_an_editor_lets_styles_be_set_by_script(studio: Studio) -> None:
    studio.come("ADMIN", DEADLINE + "/draft", {})
    pages = [studio.come("ADMIN", DEADLINE + path) for path in ("/draft", "/draft/edit")]
    policies = [one.headers["Content-Security-Policy"] for one in pages]
    assert ["'unsafe-inline'" in one for one in policies] == [False, True]
    assert all("script-src 'self';" in one for one in policies)


def test_what_others_must_approve_needs_that_here_too(studio: Studio) -> None:
    path = "/studio/decision/assessment-score-graph"
    content = studio.come("ADMIN", path + "/file").data
    studio.send(path, content.replace(b"<definitions", b"<!-- other --><definitions", 1))
    told = text(studio.come("ADMIN", path + "/draft/proposal", {"revision": "1", "note": "try"}))
    assert "It counts only as “assessment-scheme” has approved it" in told
