"""Whom a matter is against is given none of its jobs, keeps nobody from them, and sends it no message."""

from __future__ import annotations

from sqlalchemy import insert

from service.store.tables import api_token, person
from tests.api import Api
from tests.diagrams import Node, diagram, end, job, message, message_root, start
from tests.tokens import kept

_SPLIT = Node("parallelGateway", "split")
CASE = diagram(
    "case",
    [
        start(),
        Node("parallelGateway", "split"),
        job("send", "letter"),
        message("intermediateCatchEvent", "wait"),
        end(),
    ],
    ["begin -> split", "split -> send", "split -> wait", "send -> done", "wait -> done"],
    root=message_root("reply", "=matter"),
)


def be(api: Api, name: str) -> None:
    api.headers = {"Authorization": f"Bearer {name}"}


def test_the_accused_gets_no_job_and_sends_no_message(database_url: str) -> None:
    api = Api(database_url, auth="required")
    with api.parts.database.write() as connection:
        for name in ("accused", "other"):
            connection.execute(insert(person).values(id=name, name=name, unit_id=None, roles=["ADMIN"]))
            connection.execute(insert(api_token).values(kept(name, name, api.now)))
    be(api, "other")
    api.deploy(CASE)
    api.start("case", matter="free")
    api.start("case", matter="against", accused_person="accused")
    be(api, "accused")
    # One that may not be had is free: to wait for another would be to look at it for ever.
    assert [one["variables"]["matter"] for one in api.take("letter", requestTimeout=600_000)] == ["free"]
    for path in ("publication", "correlation"):
        told = {"name": "reply", "correlationKey": "against"}
        assert api.ask("POST", f"/messages/{path}", told).status_code == 403
        assert api.ask("POST", f"/messages/{path}", told | {"correlationKey": "elsewhere"}).status_code in (200, 404)
    be(api, "other")
    (mine,) = api.take("letter")
    assert mine["variables"]["matter"] == "against"
    be(api, "accused")
    assert api.ask("POST", f"/jobs/{mine['jobKey']}/completion", {}).status_code == 403
    be(api, "other")
    api.post(f"/jobs/{mine['jobKey']}/completion", status=204)
    api.post("/messages/correlation", {"name": "reply", "correlationKey": "against"})
    api.parts.database.close()
