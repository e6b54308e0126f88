"""Auditors are told who signed in and what failed, and no name or password that was tried."""

from __future__ import annotations

import base64
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import insert, select

from service.hotline import attempts
from service.hotline.attempts import Limits
from service.store.tables import api_token, audit_pending
from tests.api import Api
from tests.tokens import kept

pytestmark = pytest.mark.of_one_store


def told(api: Api) -> list[tuple[str, str, dict[str, Any]]]:
    query = select(audit_pending.c.kind, audit_pending.c.who, audit_pending.c.what).order_by(audit_pending.c.key)
    with api.parts.database.read() as connection:
        return [(row.kind, row.who, row.what) for row in connection.execute(query)]


def ask(api: Api, authorization: str) -> int:
    return api.client.get("/v2/topology", headers={"Authorization": authorization}).status_code


def basic(name: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()


def test_who_signs_in_is_told_once_an_hour_for_each_way(api: Api) -> None:
    for _ in range(3):
        assert ask(api, "Bearer long-and-random") == 200
    assert ask(api, basic("li", "secret")) == 200
    expected = [("sign-in", "li", {"how": "bearer"}), ("sign-in", "li", {"how": "basic"})]
    assert told(api) == expected
    api.pass_(hours=1)
    assert ask(api, "Bearer long-and-random") == 200
    assert told(api) == [*expected, expected[0]]


def test_what_failed_is_told_without_the_name_and_counted_while_it_goes_on(api: Api) -> None:
    for _ in range(3):
        assert ask(api, basic("my-password", "li")) == 401
    assert ask(api, "Bearer wrong") == 401
    api.pass_(seconds=1)
    assert ask(api, basic("my-password", "li")) == 401
    [first, token, again] = told(api)
    mark = first[2]["name_hash"]
    assert len(mark) == 8
    assert first == ("sign-in-failed", "", {"how": "basic", "name_hash": mark, "times": 1})
    assert token == ("sign-in-failed", "", {"how": "bearer", "name_hash": "", "times": 1})
    assert again == ("sign-in-failed", "", {"how": "basic", "name_hash": mark, "times": 3})
    assert "my-password" not in str(told(api))


def test_tokens_that_clients_ask_for_are_told_and_secrets_that_are_wrong(api: Api) -> None:
    form = {"grant_type": "client_credentials", "client_id": "li"}
    assert api.client.post("/oauth/token", data={**form, "client_secret": "long-and-random"}).status_code == 200
    assert api.client.post("/oauth/token", data={**form, "client_secret": "wrong"}).status_code == 401
    kinds = [(kind, who, what["how"]) for kind, who, what in told(api)]
    assert kinds == [("sign-in", "li", "oauth"), ("sign-in-failed", "", "oauth")]


def test_nobody_who_asks_without_signing_in_makes_us_write(api: Api) -> None:
    assert api.client.get("/v2/topology").status_code == 401
    assert told(api) == []


def test_who_fails_too_often_waits_longer_each_time_and_is_let_in_after_it(api: Api) -> None:
    wrong, right = basic("li", "wrong"), basic("li", "secret")
    assert [ask(api, wrong) for _ in range(5)] == [401] * 5
    # Not even the right password is looked at, by whichever server; other people are let in.
    for seconds in (2, 4, 8):
        answer = api.client.get("/v2/topology", headers={"Authorization": right})
        assert (answer.status_code, answer.headers["Retry-After"]) == (429, str(seconds))
        page = api.client.post("/sign-in", data={"name": "li"}, headers={"Origin": "http://localhost"})
        assert (page.status_code, page.headers["Retry-After"]) == (429, str(seconds))
        assert ask(api, "Bearer long-and-random") == 200
        api.pass_(seconds=seconds)
        assert ask(api, wrong) == 401
    for _ in range(12):
        api.pass_(seconds=900)
        assert ask(api, wrong) == 401
    api.pass_(seconds=900)
    assert [ask(api, right), ask(api, wrong), ask(api, right)] == [200, 401, 200]


def test_who_tries_many_names_waits_by_the_address_unless_a_strange_proxy_hides_it(api: Api) -> None:
    for number in range(50):
        with api.parts.database.write() as connection:
            limits = Limits(5, 50, timedelta(seconds=2), timedelta(seconds=900))
            attempts.failed(connection, attempts.marks(f"name-{number}", "127.0.0.1"), limits, api.now)
    assert ask(api, basic("li", "secret")) == 429
    forwarded = {"Authorization": basic("li", "secret"), "X-Forwarded-For": "10.1.2.3"}
    assert api.client.get("/v2/topology", headers=forwarded).status_code == 200


def test_a_client_that_sends_wrong_secrets_waits_and_nobody_else(api: Api) -> None:
    form = {"grant_type": "client_credentials", "client_id": "li"}

    def asked(secret: str) -> int:
        return api.client.post("/oauth/token", data={**form, "client_secret": secret}).status_code

    assert [asked("wrong") for _ in range(5)] == [401] * 5
    answer = api.client.post("/oauth/token", data={**form, "client_secret": "long-and-random"})
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "2")
    assert ask(api, basic("li", "secret")) == 200
    api.pass_(seconds=2)
    assert [asked("long-and-random"), asked("wrong"), asked("long-and-random")] == [200, 401, 200]


def test_who_tries_many_tokens_waits_by_the_address_and_not_those_who_were_let_in(api: Api) -> None:
    # Of tokens that were let in a process remembers; each store has its own that was not.
    unused = f"not used before on {api.parts.database.engine.dialect.name}"
    with api.parts.database.write() as connection:
        connection.execute(insert(api_token).values(kept(unused, "li", api.now)))
    assert ask(api, "Bearer long-and-random") == 200
    assert [ask(api, f"Bearer wrong {number}") for number in range(50)] == [401] * 50
    answer = api.client.get("/v2/topology", headers={"Authorization": f"Bearer {unused}"})
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "2")
    assert [ask(api, "Bearer long-and-random"), ask(api, basic("li", "secret"))] == [200, 200]
    api.pass_(seconds=2)
    assert ask(api, f"Bearer {unused}") == 200
