"""Nobody sees a matter against their own unit or themselves: not by its number, not through what runs for it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import select

from service.engine import deployments
from service.store.tables import accusation, process_instance, unit
from tests.desk import Desk
from tests.diagrams import Node, diagram, end, event, message, message_root, start, user

UNIT, PERSON = "dept-housing", "dept-housing.handler"
# What /v2 finds of an instance, by the name of the field with its key.
KINDS = ("user-tasks", "process-instances", "element-instances", "variables", "audit-logs")
OVERSIGHT = ("incidents", "jobs", "message-subscriptions")


def found(desk: Desk, by: str, number: str, kinds: tuple[str, ...] = KINDS) -> set[str]:
    """The kinds of things of a matter's instances that somebody finds."""
    seen = set()
    roots = select(process_instance.c.key).where(process_instance.c.business_id == number)
    with desk.parts.database.read() as connection:
        mine = select(process_instance.c.key).where(process_instance.c.root_key.in_(roots))
        keys = [str(key) for key in connection.execute(mine).scalars()]
    for kind in kinds:
        asked = {"filter": {"processInstanceKey": {"$in": keys}}}
        headers = {"Authorization": f"Bearer {desk.token(by)}"}
        answer = desk.client.post(f"/v2/{kind}/search", json=asked, headers=headers)
        assert answer.status_code == 200, answer.text
        if answer.get_json()["items"]:
            seen.add(kind)
    return seen


def accusations(desk: Desk) -> Iterator[tuple[str, str]]:
    with desk.parts.database.read() as connection:
        for row in connection.execute(select(accusation.c.kind, accusation.c.name).order_by(accusation.c.kind)):
            yield row.kind, row.name


def set_variables(desk: Desk, number: str, **values: object) -> None:
    with desk.parts.database.read() as connection:
        query = select(process_instance.c.key).where(process_instance.c.business_id == number)
        key = connection.execute(query).scalar_one()
    answer = desk.client.put(f"/v2/element-instances/{key}/variables", json={"variables": values})
    assert answer.status_code == 204, answer.text


def test_the_accused_unit_finds_nothing_of_it_even_with_a_task_in_it(desk: Desk) -> None:
    number = desk.dispatched(accused_unit=UNIT)["number"]
    other = desk.dispatched()["number"]
    assert found(desk, PERSON, number) == set()
    assert found(desk, PERSON, other) == set(KINDS)
    assert desk.numbers(by=PERSON) == [other]
    assert found(desk, "zheng-hong", number) == set(KINDS)


@pytest.mark.parametrize("accused", ["zheng-hong", "shen-yi"])
def test_an_accused_person_of_the_agency_finds_nothing_of_it_whatever_the_role(desk: Desk, accused: str) -> None:
    number = desk.dispatched()["number"]
    assert found(desk, accused, number, KINDS + OVERSIGHT) == {*KINDS, "message-subscriptions"}
    set_variables(desk, number, accused_person=[accused])
    assert found(desk, accused, number, KINDS + OVERSIGHT) == set()
    assert desk.numbers(by=accused) == []
    assert desk.ask("GET", f"/matters/{number}", by=accused).status_code == 404


def test_what_is_corrected_at_the_desk_counts_as_it_is_now(desk: Desk) -> None:
    number = desk.dispatched(accused_unit="dept-water")["number"]
    assert list(accusations(desk)) == [("unit", "dept-water")]
    set_variables(desk, number, accused_unit=UNIT)
    assert list(accusations(desk)) == [("unit", UNIT)]
    assert desk.numbers(by=PERSON) == []
    set_variables(desk, number, accused_unit=None)
    assert list(accusations(desk)) == []
    assert desk.numbers(by=PERSON) == [number]


def test_a_process_about_the_matter_is_against_the_same(desk: Desk) -> None:
    number = desk.dispatched(accused_unit=UNIT)["number"]
    body = {"processDefinitionId": "handling", "variables": {"matter_no": number, "designated_unit": UNIT}}
    key = desk.client.post("/v2/process-instances", json=body).get_json()["processInstanceKey"]
    assert list(accusations(desk)) == [("unit", UNIT)] * 2
    headers = {"Authorization": f"Bearer {desk.token(PERSON)}"}
    assert desk.client.get(f"/v2/process-instances/{key}", headers=headers).status_code == 403


def test_a_unit_sees_the_matters_of_all_below_it(desk: Desk) -> None:
    number = desk.dispatched(designated_unit="dept-water")["number"]
    assert desk.numbers(by=PERSON) == []
    with desk.parts.database.write() as connection:
        for id_, above in (("dept-water", "enterprise-water"), ("enterprise-water", UNIT)):
            connection.execute(unit.update().where(unit.c.id == id_).values(parent_id=above))
    assert desk.numbers(by=PERSON) == [number]


def _waiting(what: str, caught: Node, root: str) -> bytes:
    nodes = [start(), user("before"), caught, user("then"), end()]
    flows = ["begin -> before", "before -> heard", "heard -> then", "then -> done"]
    return diagram(f"waits-for-{what}", nodes, flows, root=root)


def _v2(desk: Desk, path: str, body: Any, by: str = "shen-yi") -> Any:
    headers = {"Authorization": f"Bearer {desk.token(by)}"}
    answer = desk.client.post(f"/v2{path}", json=body, headers=headers)
    return answer.get_json(silent=True) if answer.status_code < 300 else answer.status_code


def _left_at(desk: Desk, what: str, about: str, accused: str) -> list[str]:
    """Where an instance stands that waits for a message that was sent before, or for a signal that is sent now."""
    told = {"processDefinitionId": f"waits-for-{what}", "variables": {"about": about, "accused_person": [accused]}}
    key = _v2(desk, "/process-instances", told, by="interface")["processInstanceKey"]
    asked = {"filter": {"processInstanceKey": key, "state": "CREATED"}}
    (task,) = _v2(desk, "/user-tasks/search", asked, by="wei-qiang")["items"]
    desk.client.post(f"/v2/user-tasks/{task['userTaskKey']}/completion", json={})
    _v2(desk, "/signals/broadcast", {"signalName": "alarm"})
    return [one["elementId"] for one in _v2(desk, "/user-tasks/search", asked, by="wei-qiang")["items"]]


def test_what_the_accused_have_sent_ahead_or_tell_everybody_does_not_reach_it(desk: Desk) -> None:
    by_message = _waiting("message", message("intermediateCatchEvent", "heard"), message_root("told", "=about"))
    signal = '<bpmn:signal id="S" name="alarm" />'
    by_signal = _waiting("signal", event("intermediateCatchEvent", "heard", "signal", "S"), signal)
    with desk.parts.database.write() as connection:
        files = [("waits-for-message.bpmn", by_message), ("waits-for-signal.bpmn", by_signal)]
        deployments.deploy(connection, desk.parts.engine, files, by="policy")
    for about in ("one", "two"):
        _v2(desk, "/messages/publication", {"name": "told", "correlationKey": about, "timeToLive": 60_000})
    assert _left_at(desk, "message", "one", accused="zheng-hong") == ["then"]
    assert _left_at(desk, "message", "two", accused="shen-yi") == []
    assert _left_at(desk, "signal", "", accused="zheng-hong") == ["then"]
    assert _left_at(desk, "signal", "", accused="shen-yi") == []
    # Nor may they say that something is about it under another key.
    number = desk.dispatched()["number"]
    set_variables(desk, number, accused_person=["shen-yi"])
    told = {"name": "told", "correlationKey": "three", "variables": {"matter_no": number}}
    assert _v2(desk, "/messages/publication", told) == 403
    assert "messageKey" in _v2(desk, "/messages/publication", told, by="interface")
