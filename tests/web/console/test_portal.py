"""The portal: a matter is filed and followed without signing in, by the same rules as everywhere."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from service.clock import CITY_ZONE
from tests.city import City
from tests.conftest import NewUrl
from tests.desk import TEXT, Desk

pytestmark = pytest.mark.of_one_store

OURS = {"Origin": "http://localhost"}
FORM = {"key": "a1", "text": TEXT, "matter_type": "HELP", "phone": "13800001234", "truth_declaration": "yes"}


@pytest.fixture
def desk(new_url: NewUrl) -> Any:
    opened = Desk(new_url("sqlite"), auth="required", filings_of_address=2)
    opened.deploy("parameters", "intake-completeness", "explanation-right")
    yield opened
    opened.close()


def _send(client: FlaskClient, path: str, **form: str) -> TestResponse:
    return client.post(f"/portal/{path}", data=form, headers=OURS)


def _page(client: FlaskClient, path: str) -> str:
    answer = client.get(f"/portal/{path}?lang=en")
    assert answer.status_code == 200, answer.text
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.text))


def _filed(client: FlaskClient, **more: str) -> tuple[str, str]:
    assert _send(client, "file", **FORM, **more).status_code == 303
    found = re.findall(r"<dd>([^<]+)</dd>", client.get("/portal/receipt").text)
    return found[0], found[1]


def test_who_files_gets_a_number_and_a_code_and_follows_by_them(desk: Desk) -> None:
    number, code = _filed(desk.client)
    other = desk.client
    assert _send(other, "track", number=number.lower(), code=f" {code.lower()} ").status_code == 303
    page = _page(other, "track")
    assert "We have taken it, and choose the unit that has to act." in page
    assert number in page
    assert "13800001234" not in page


def test_a_matter_of_the_portal_says_no_more_than_its_form(desk: Desk) -> None:
    number, _ = _filed(desk.client, designated_unit="dept-water", origin="NATIONAL", statutory_days="1", hazard="FIRE")
    seen = desk.read(f"/matters/{number}", by="li-min")
    assert (seen["channel"], seen["unit_id"], seen["source"]) == ("WEB", None, None)


def test_what_is_missing_stands_beside_its_field_and_what_was_typed_stays(desk: Desk) -> None:
    answer = _send(desk.client, "file", text="灯", matter_type="HELP", name="<b>王</b>")
    assert answer.status_code == 400
    for field in ("text", "phone", "truth_declaration"):
        assert f'id="{field}-wrong"' in answer.text
    assert 'value="&lt;b&gt;王&lt;/b&gt;"' in answer.text
    assert desk.numbers(by="li-min") == []


def test_the_same_form_sent_twice_is_one_matter_and_changed_another(desk: Desk) -> None:
    client = desk.client
    first = _filed(client)
    assert _filed(client) == first
    assert _filed(client, address="新华路") != first
    assert len(desk.numbers(by="li-min")) == 2


def test_whoever_files_over_and_over_has_to_wait(desk: Desk) -> None:
    for text in ("一", "二"):
        assert _send(desk.client, "file", **{**FORM, "text": TEXT + text}).status_code == 303
    refused = _send(desk.client, "file", **{**FORM, "text": TEXT + "四"})
    assert (refused.status_code, refused.headers["Retry-After"]) == (429, "2")
    assert TEXT in refused.text


def test_another_page_files_nothing(desk: Desk) -> None:
    answer = desk.client.post("/portal/file", data=FORM, headers={"Origin": "https://elsewhere.example"})
    assert (answer.status_code, desk.numbers(by="li-min")) == (400, [])


def test_a_wrong_code_is_refused_and_five_lock_the_matter(desk: Desk) -> None:
    client = desk.client
    number, code = _filed(client)
    _send(client, "leave")
    answers = [_send(client, "track", number=number, code="AAAAAAAA").status_code for _ in range(5)]
    assert answers == [404] * 5
    assert _send(client, "track", number=number, code=code).status_code == 429


def test_what_it_takes_now_is_offered_and_done(desk: Desk) -> None:
    client = desk.client
    _filed(client)
    desk.run_jobs()
    page = _page(client, "track")
    assert "Take it back" in page
    assert "Ask to hurry" not in page
    assert _send(client, "track/withdrawal", reason="修好了").headers["Location"] == "/portal/track?said=withdrawal"
    page = _page(client, "track")
    assert "You have taken it back." in page
    assert _send(client, "track/withdrawal", reason="再来").status_code == 409


def test_a_report_is_needed_in_words(desk: Desk) -> None:
    client = desk.client
    _filed(client)
    answer = _send(client, "track/conduct-complaint", text=" ")
    assert (answer.status_code, 'id="text-wrong"' in answer.text) == (400, True)


def test_nothing_of_it_is_kept_by_the_browser_or_on_the_way(desk: Desk) -> None:
    client = desk.client
    number, _ = _filed(client)
    answer = client.get("/portal/track")
    assert answer.headers["Cache-Control"] == "no-store"
    assert _send(client, "leave").status_code == 303
    assert number not in client.get("/portal/track").text


def test_of_a_secret_the_status_alone_is_told(desk: Desk) -> None:
    filed = desk.ask(
        "POST", "/matters", {"text": TEXT, "title": "某企业的配方", "secrecy": "COMMERCIAL"}, by="li-min"
    ).json
    client = desk.client
    _send(client, "track", number=filed["number"], code=filed["query_code"])
    page = _page(client, "track")
    assert "here only its status is told (Art. 13)" in page
    assert "What has happened so far" not in page


def test_a_matter_is_urged_completed_and_evaluated_while_it_waits_for_that(new_url: NewUrl) -> None:
    city = City(new_url("sqlite", furnished=True), datetime(2026, 2, 10, 9, 0, tzinfo=CITY_ZONE))
    filed, client = city.file(), city.app.test_client()
    number = filed["number"]
    _send(client, "track", number=number, code=filed["query_code"])
    assert "Ask to hurry" in _page(client, "track")
    way = "Received 2026-02-10 09:00 Under review 2026-02-10 09:00 Accepted 2026-02-10 09:00 To be assigned"
    assert way in _page(client, "track")
    assert _send(client, "track/urge", text="天黑了").status_code == 303
    assert _send(client, "track/supplement", text=" ").status_code == 400
    assert _send(client, "track/explanation").headers["Location"].endswith("answer=NOT_YET")
    city.tick()
    city.reply(number)
    page = _page(client, "track")
    assert "What was answered 您反映的三盏路灯已经修好，可以放心通行。" in page
    assert "Say how it was done" in page
    told = {"solved": "YES", "result_satisfaction": "5", "reply_true": "yes", "unit_contacted": "no"}
    assert _send(client, "track/survey", **told).status_code == 303
    assert _send(client, "track/survey", **told).status_code == 409
    city.close()
