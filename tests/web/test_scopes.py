"""A token can do no more than its scopes, nor can what is given for it; nobody gets one for somebody else."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import insert, select

from service.store.tables import api_token, audit_pending, person, unit
from tests.desk import Answer, Desk
from tests.tokens import kept

pytestmark = pytest.mark.of_one_store

SYSTEM, ADMIN = "interface", "shen-yi"
_NOT_SEEN = ({"accused_unit": "dept-housing"}, {"designated_unit": "dept-water"})
PERSON = {"name": "王小明", "phone": "13800001234"}


def given(desk: Desk, *scopes: str, to: str = SYSTEM, by: str = ADMIN) -> Answer:
    return desk.ask("POST", f"/people/{to}/tokens", {"scopes": list(scopes)}, by=by)


def ask(desk: Desk, token: str, method: str, path: str, body: Any = None) -> int:
    signed = {"Authorization": f"Bearer {token}"}
    return desk.client.open(path, method=method, json=body, headers=signed).status_code


@pytest.mark.parametrize(
    ("scope", "method", "path", "body"),
    [
        ("matters:read", "GET", "/hotline/v1/matters", None),
        ("matters:write", "POST", "/hotline/v1/matters", {"text": "路灯不亮"}),
        ("jobs", "POST", "/v2/jobs/search", {}),
        ("tasks", "POST", "/v2/user-tasks/search", {}),
        ("processes", "POST", "/v2/variables/search", {}),
        ("deploy", "POST", "/v2/deployments", {}),
    ],
)
def test_a_token_is_for_its_scopes_alone(desk: Desk, scope: str, method: str, path: str, body: Any) -> None:
    right, wrong = (given(desk, one).json["token"] for one in (scope, "settings"))
    assert ask(desk, right, method, path, body) in (200, 201, 400, 415)
    assert ask(desk, wrong, method, path, body) == 403
    assert ask(desk, wrong, "GET", "/v2/topology") == 200


def test_an_access_token_is_for_what_was_asked_for_and_never_for_more_than_its_secret(desk: Desk) -> None:
    secret = given(desk, "jobs", "tasks").json["token"]
    form = {"grant_type": "client_credentials", "client_id": SYSTEM, "client_secret": secret}

    def may(**more: str) -> list[int]:
        told = desk.client.post("/oauth/token", data=form | more).get_json()
        paths = ("jobs", "user-tasks", "variables")
        return [ask(desk, told["access_token"], "POST", f"/v2/{one}/search", {}) for one in paths]

    assert may() == [200, 200, 403]
    assert may(scope="tasks unheard-of") == [403, 200, 403]
    refused = desk.client.post("/oauth/token", data=form | {"scope": "processes"})
    assert (refused.status_code, refused.get_json()["error"]) == (400, "invalid_scope")


def test_a_system_learns_who_somebody_is_if_that_is_granted_by_name(desk: Desk) -> None:
    number = desk.dispatched(**PERSON)["number"]
    for scopes, status, phone in ((("matters:read",), 403, None), (("matters:read", "personal"), 200, "138******34")):
        token = given(desk, *scopes).json["token"]
        path = f"/hotline/v1/matters/{number}"
        assert ask(desk, token, "POST", f"{path}/contact", {"reason": "回电"}) == status
        told = desk.client.get(path, headers={"Authorization": f"Bearer {token}"}).get_json()
        assert told["phone"] == phone


def test_a_token_is_given_to_systems_listed_and_taken_back_and_auditors_are_told(desk: Desk) -> None:
    assert given(desk, "jobs", to="li-min").status_code == 403
    assert given(desk, "jobs", to="nobody").status_code == 404
    assert given(desk, "jobs", by="li-min").status_code == 403
    assert given(desk).status_code == 400
    made = given(desk, "jobs", "settings").json
    listed = desk.read(f"/people/{SYSTEM}/tokens", by=ADMIN)["items"]
    assert made["token"] not in str(listed)
    assert next(one["scopes"] for one in listed if one["id"] == made["id"]) == ["jobs", "settings"]
    assert ask(desk, made["token"], "POST", "/v2/jobs/search", {}) == 200
    assert desk.ask("DELETE", f"/tokens/{made['id']}", by=ADMIN).status_code == 204
    assert ask(desk, made["token"], "POST", "/v2/jobs/search", {}) == 401
    assert desk.ask("DELETE", f"/tokens/{made['id']}", by=ADMIN).status_code == 404
    asked = select(audit_pending.c.kind, audit_pending.c.who).where(audit_pending.c.kind.startswith("token-"))
    with desk.parts.database.read() as connection:
        told = connection.execute(asked.order_by(audit_pending.c.key)).all()
    assert told == [("token-created", ADMIN), ("token-deleted", ADMIN)]


def test_a_token_without_scopes_is_for_nothing_and_says_what_to_do(desk: Desk) -> None:
    with desk.parts.database.write() as connection:
        connection.execute(insert(api_token).values(kept("of old", SYSTEM, desk.now) | {"scopes": ""}))
    for method, path in (("GET", "/v2/topology"), ("GET", "/hotline/v1/matters"), ("GET", "/hotline/v1/knowledge")):
        answer = desk.client.open(path, method=method, headers={"Authorization": "Bearer of old"})
        assert (answer.status_code, "without scopes" in answer.text) == (403, True)
    form = {"grant_type": "client_credentials", "client_id": SYSTEM, "client_secret": "of old"}
    refused = desk.client.post("/oauth/token", data=form)
    assert (refused.status_code, refused.get_json()["error"]) == (400, "invalid_scope")
    listed = desk.read(f"/people/{SYSTEM}/tokens", by=ADMIN)["items"]
    assert [] in [one["scopes"] for one in listed]


def test_a_system_of_a_unit_sees_the_matters_of_its_unit_and_below_and_none_against_it(desk: Desk) -> None:
    with desk.parts.database.write() as connection:
        row = {"id": "housing-system", "name": "住建系统", "unit_id": "dept-housing", "roles": ["INTEGRATOR"]}
        connection.execute(insert(person).values(**row, password_hash=""))
        connection.execute(unit.update().where(unit.c.id == "enterprise-water").values(parent_id="dept-housing"))
    own = desk.dispatched(**PERSON)["number"]
    below = desk.dispatched(designated_unit="enterprise-water", confidential=True, **PERSON)["number"]
    against, other = (desk.dispatched(**more)["number"] for more in _NOT_SEEN)
    token = given(desk, "matters:read", "personal", "processes", to="housing-system").json["token"]
    signed = {"Authorization": f"Bearer {token}"}
    told = desk.client.get("/hotline/v1/matters", headers=signed).get_json()["items"]
    assert {one["number"]: one["phone"] for one in told} == {own: "138******34", below: None}
    assert [ask(desk, token, "GET", f"/hotline/v1/matters/{one}") for one in (own, against, other)] == [200, 404, 404]
    # Who somebody is, it learns as its unit does: not where confidentiality was asked for. It steers nothing.
    assert ask(desk, token, "POST", "/v2/messages/publication", {"name": "x"}) == 403
    asked = [(own, 200), (below, 403), (against, 404), (other, 404)]
    for number, status in asked:
        assert ask(desk, token, "POST", f"/hotline/v1/matters/{number}/contact", {"reason": "回电"}) == status


def test_no_token_makes_another_that_is_for_more(desk: Desk) -> None:
    mine = given(desk, "settings", to=ADMIN).json["token"]
    for scopes, status in ((["settings"], 201), (["jobs"], 403)):
        assert ask(desk, mine, "POST", f"/hotline/v1/people/{ADMIN}/tokens", {"scopes": scopes}) == status
