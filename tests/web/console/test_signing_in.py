"""People sign in by their browser: with a password, and those whose work shows personal data with a code besides."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from html import unescape

import pyotp
import pytest
from flask.testing import FlaskClient
from sqlalchemy import insert, select
from werkzeug.test import TestResponse

from service.hotline.people import AGENCY
from service.store.tables import audit_pending, person, recovery_code, second_factor, session, unit
from service.web import auth
from tests.api import Api

pytestmark = pytest.mark.of_one_store

HERE = {"Origin": "http://localhost"}
PAGE = {"Accept": "text/html,*/*"}
PASSWORD = "long and random"


class Browser:
    """Keeps cookies, and sends forms as a page of the service does."""

    def __init__(self, api: Api) -> None:
        self.api = api
        self.client: FlaskClient = api.app.test_client()

    def get(self, path: str) -> TestResponse:
        return self.client.get(path, headers=PAGE)

    def send(self, path: str, **form: str) -> TestResponse:
        return self.client.post(path, data=form, headers=HERE | PAGE)

    def sign_in(self, name: str, password: str = PASSWORD, **more: str) -> TestResponse:
        return self.send("/sign-in", name=name, password=password, **more)

    def enrol(self) -> tuple[pyotp.TOTP, list[str]]:
        """Set a second factor up; what the device knows, and the recovery codes."""
        shown = self.send("/second-factor").text
        assert "data:image/svg" in shown
        found = re.search(r"<code>([A-Z2-7]{32})</code>", shown)
        assert found
        device = pyotp.TOTP(found[1])
        told = self.send("/second-factor/confirmation", code=device.at(self.api.now)).text
        return device, re.findall(r"<code>([A-Z0-9-]{19})</code>", told)

    def who(self) -> str | None:
        """Whom the service takes this browser for."""
        answer = self.client.get("/v2/authentication/me")
        return str(answer.get_json()["username"]) if answer.status_code == 200 else None


@pytest.fixture
def api(database_url: str) -> Iterator[Api]:
    api = Api(database_url, auth="required")
    with api.parts.database.write() as connection:
        for id_ in (AGENCY, "dept-housing"):
            connection.execute(insert(unit).values(id=id_, name=id_, kind="DEPARTMENT"))
        stored = auth.hash_password(PASSWORD)
        for id_, home, roles in (
            ("lead", AGENCY, ["AGENCY_LEAD"]),
            ("admin", AGENCY, ["ADMIN"]),
            ("handler", "dept-housing", ["UNIT_HANDLER"]),
        ):
            row = {"id": id_, "name": id_, "unit_id": home, "roles": roles, "password_hash": stored}
            connection.execute(insert(person).values(**row))
    yield api
    api.parts.database.close()


@pytest.fixture
def browser(api: Api) -> Browser:
    return Browser(api)


def told(api: Api) -> list[tuple[str, str]]:
    query = select(audit_pending.c.kind, audit_pending.c.what).order_by(audit_pending.c.key)
    with api.parts.database.read() as connection:
        return [(row.kind, row.what.get("how", "")) for row in connection.execute(query)]


def test_a_password_lets_a_unit_s_handler_in_until_they_sign_out(browser: Browser) -> None:
    led = browser.get("/coverage")
    assert (led.status_code, led.location) == (302, "/sign-in?next=/coverage")
    assert browser.sign_in("handler", "wrong").status_code == 401
    assert browser.who() is None
    answer = browser.sign_in("handler", next="/coverage")
    assert (answer.status_code, answer.location) == (302, "/coverage")
    assert {"HttpOnly", "SameSite=Lax"} <= set(answer.headers["Set-Cookie"].split("; "))
    assert browser.who() == "handler"
    assert browser.get("/coverage").status_code == 200
    browser.send("/sign-out")
    assert browser.who() is None
    assert told(browser.api) == [("sign-in-failed", "password"), ("sign-in", "password"), ("sign-out", "")]


def test_a_session_ends_by_itself(browser: Browser) -> None:
    browser.sign_in("handler")
    browser.api.pass_(hours=13)
    assert browser.who() is None


@pytest.mark.parametrize("next_", ["//elsewhere.example", "https://elsewhere.example", "/\\elsewhere.example", ""])
def test_nobody_is_led_elsewhere(browser: Browser, next_: str) -> None:
    assert browser.sign_in("handler", next=next_).location == "/"


def test_no_other_page_acts_for_a_browser_that_is_signed_in(browser: Browser) -> None:
    browser.sign_in("handler")
    for origin in ({}, {"Origin": "http://elsewhere.example"}, {"Origin": "null"}):
        assert browser.client.post("/v2/user-tasks/search", json={}, headers=origin).status_code == 401
        form = {"name": "handler", "password": PASSWORD}
        assert browser.client.post("/sign-in", data=form, headers=origin).status_code == 400
    assert browser.client.post("/v2/user-tasks/search", json={}, headers=HERE).status_code == 200


def test_whose_work_shows_personal_data_sets_a_second_factor_up_first(browser: Browser) -> None:
    assert browser.sign_in("lead").location == "/second-factor?next=/"
    assert browser.who() is None
    assert browser.get("/").status_code == 302
    assert "<code>" not in browser.get("/second-factor").text
    device, codes = browser.enrol()
    assert browser.who() == "lead"
    assert len(set(codes)) == 10
    assert "<code>" not in browser.get("/second-factor").text
    with browser.api.parts.database.read() as connection:
        kept = str(connection.execute(select(second_factor)).all()) + str(
            connection.execute(select(recovery_code)).all()
        )
    assert not any(one in kept for one in (device.secret, *codes))
    assert ("sign-in", "password-and-code") in told(browser.api)


def test_a_code_lets_in_once_and_the_password_alone_never(api: Api, browser: Browser) -> None:
    browser.sign_in("lead")
    device, _ = browser.enrol()
    api.pass_(minutes=1)
    other = Browser(api)
    assert other.sign_in("lead").location == "/sign-in/code?next=/"
    before = other.client.get_cookie("hotline_session")
    assert other.who() is None
    assert other.send("/second-factor").status_code == 409
    code = device.at(api.now)
    assert other.send("/sign-in/code", code=code).status_code == 302
    assert other.who() == "lead"
    assert before is not None
    other.client.set_cookie("hotline_session", before.value)
    assert other.who() is None
    again = Browser(api)
    again.sign_in("lead")
    assert again.send("/sign-in/code", code=code).status_code == 401
    assert "used before" in unescape(again.client.post("/sign-in/code?lang=en", data={"code": code}, headers=HERE).text)
    basic = api.client.get("/v2/topology", auth=("lead", PASSWORD))
    assert basic.status_code == 401
    assert api.client.get("/v2/topology", auth=("handler", PASSWORD)).status_code == 200


def test_guessing_is_stopped_for_a_quarter_of_an_hour(api: Api, browser: Browser) -> None:
    browser.sign_in("lead")
    device, _ = browser.enrol()
    other = Browser(api)
    other.sign_in("lead")
    for _ in range(5):
        assert other.send("/sign-in/code", code="000000").status_code == 401
    api.pass_(minutes=5)
    assert other.send("/sign-in/code", code=device.at(api.now)).status_code == 401
    api.pass_(minutes=11)
    other.sign_in("lead")
    assert other.send("/sign-in/code", code=device.at(api.now)).status_code == 302


def test_a_recovery_code_lets_in_once_and_an_administrator_removes_a_lost_device(api: Api, browser: Browser) -> None:
    browser.sign_in("lead")
    _, codes = browser.enrol()
    for used, status in ((codes[0].lower(), 302), (codes[0], 401), (codes[1], 302)):
        other = Browser(api)
        other.sign_in("lead")
        assert other.send("/sign-in/code", code=used).status_code == status
    chief = Browser(api)
    chief.sign_in("admin")
    chief.enrol()
    path = "/hotline/v1/people/{}/second-factor"
    assert chief.client.delete(path.format("admin"), headers=HERE).status_code == 403
    assert chief.client.delete(path.format("lead"), headers=HERE).status_code == 204
    assert browser.who() is None
    assert browser.sign_in("lead").location == "/second-factor?next=/"
    kinds = [kind for kind, _ in told(api)]
    assert {"second-factor-begun", "second-factor-confirmed", "second-factor-removed"} <= set(kinds)


def test_on_this_machine_nobody_needs_a_second_factor_who_has_none(api: Api) -> None:
    settings = replace(api.parts.settings, auth="local")
    api.app.extensions["hotline"] = replace(api.parts, settings=settings)
    browser = Browser(api)
    assert browser.sign_in("lead").location == "/"
    assert browser.who() == "lead"
    with api.parts.database.read() as connection:
        assert len(connection.execute(select(session)).all()) == 1
