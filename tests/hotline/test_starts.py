"""What people begin by themselves: who may says the start event, and what a unit begins is the unit's."""

from __future__ import annotations

from typing import Any

from service.engine import deployments
from tests.desk import Desk
from tests.diagrams import Node, diagram, end, start, user

NOTE = diagram(
    "note",
    [
        Node(
            "startEvent",
            "noted",
            '<zeebe:properties><zeebe:property name="name:en" value="Noted" />'
            '<zeebe:property name="starters" value="UNIT_LIAISON KB_ADMIN" /></zeebe:properties>',
        ),
        user("write", '=[unit_id + ":UNIT_LIAISON"]'),
        end(),
    ],
    ["noted -> write", "write -> done"],
)
CLOSED = diagram("closed", [start(), end()], ["begin -> done"])


def test_who_may_begin_a_process_finds_it_and_others_do_not(desk: Desk) -> None:
    deploy(desk)
    assert [one["process_id"] for one in desk.read("/starts", by="dept-water.liaison")["items"]] == ["note"]
    assert desk.read("/starts", by="dept-water.handler")["items"] == []


def test_what_a_unit_begins_waits_for_the_unit(desk: Desk) -> None:
    deploy(desk)
    begun = desk.ask("POST", "/starts/note", by="dept-water.liaison")
    assert begun.status_code == 201
    groups = [task["candidateGroups"] for task in tasks(desk)]
    assert groups == [["dept-water:UNIT_LIAISON"]]


def test_who_may_not_begin_it_is_told_who_may(desk: Desk) -> None:
    deploy(desk)
    refused = desk.ask("POST", "/starts/note", by="dept-water.handler")
    assert refused.status_code == 403
    assert "UNIT_LIAISON" in refused.text


def test_what_nobody_begins_by_themselves_is_not_found(desk: Desk) -> None:
    deploy(desk)
    assert desk.ask("POST", "/starts/closed", by="dept-water.liaison").status_code == 404
    assert desk.ask("POST", "/starts/nothing", by="dept-water.liaison").status_code == 404


def deploy(desk: Desk) -> None:
    with desk.parts.database.write() as connection:
        files = [("note.bpmn", NOTE), ("closed.bpmn", CLOSED)]
        deployments.deploy(connection, desk.parts.engine, files, by="policy")


def tasks(desk: Desk) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = desk.client.post("/v2/user-tasks/search", json={}).get_json()["items"]
    return found
