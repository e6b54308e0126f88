"""Auditors are told of each kind of deed that concerns who may see what, and nothing that a citizen has said."""

from __future__ import annotations

from typing import cast

from sqlalchemy import insert, select

from service.engine import audit, audit_chain
from service.store.tables import audit_record, person
from service.web import auth
from tests.api import Api
from tests.city import City
from tests.web.console.test_signing_in import Browser

SAID = "代号青山的工程图纸"
KINDS = {
    "sign-in",
    "sign-in-failed",
    "sign-out",
    "second-factor-begun",
    "second-factor-confirmed",
    "second-factor-removed",
    "token-created",
    "token-deleted",
    "contact-read",
    "contact-refused",
    "secret-read",
    "note-added",
    "export",
    "deployment",
    "step",
    "given-beyond-candidates",
    "candidates-changed",
}


def test_each_kind_of_deed_is_in_the_chain(city: City) -> None:
    number = city.file(text=f"{SAID}在路边。", name="王小明", phone="13800001234", secrecy="PRIVACY")["number"]
    path = f"/hotline/v1/matters/{number}"
    with city.parts.database.write() as connection:
        hashed = auth.hash_password("secret")
        connection.execute(insert(person).values(id="new", name="new", roles=[], password_hash=hashed))
    browser = Browser(cast(Api, city))
    browser.sign_in("new", "wrong")
    browser.sign_in("new", "secret")
    browser.enrol()
    browser.send("/sign-out")
    with city.as_("shen-yi"):
        city.ask("DELETE", "/hotline/v1/people/new/second-factor", expect=204)
        token = city.ask("POST", "/hotline/v1/people/interface/tokens", {"scopes": ["jobs"]}, expect=201)
        city.ask("DELETE", f"/hotline/v1/tokens/{token['id']}", expect=204)
        city.ask("POST", f"{path}/contact", {"reason": "回电"})
        (task,) = city.ask("POST", "/v2/user-tasks/search", {"filter": {"state": "CREATED"}})["items"][:1]
        mine = f"/v2/user-tasks/{task['userTaskKey']}"
        city.ask("POST", f"{mine}/assignment", {"assignee": "new"}, expect=204)
        city.ask("PATCH", mine, {"changeset": {"candidateUsers": ["new"]}}, expect=204)
        city.ask("POST", f"{path}/notes", {"text": SAID}, expect=204)
        city.ask("POST", f"{path}/export", {"format": "xes"})
    with city.as_("chen-xue"):
        city.ask("POST", f"{path}/contact", {"reason": "看看"}, expect=403)
    with city.as_("wei-qiang"):
        assert SAID in city.matter(number)["text"]
    audit.seal(city.parts.database)
    with city.parts.database.read() as connection:
        rows = connection.execute(select(audit_record)).mappings().all()
        verdict = audit_chain.verify(connection, *audit_chain.span(connection), ())
    assert {row["kind"] for row in rows} >= KINDS
    assert verdict.faults == ()
    told = str([dict(row) for row in rows])
    assert not any(one in told for one in (SAID, "王小明", "13800001234", "wrong", token["token"]))
