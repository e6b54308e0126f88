"""Errors and escalations that a called process does not catch go to its caller."""

from __future__ import annotations

import pytest

from service.engine import jobs
from tests.diagrams import Node, diagram, end, event, job, mapping, start, user
from tests.world import World

ROOT = '<bpmn:error id="E" errorCode="LOST" /><bpmn:escalation id="L" escalationCode="late" />'
FAILS = diagram("child", [start(), job("work"), end()], ["begin -> work", "work -> done"])
FAILS_AT_ONCE = diagram(
    "child", [start(), event("endEvent", "fail", "error", "E", mapping({"why": "1"}))], ["begin -> fail"], root=ROOT
)


def caller(border: str, *, process: str = "parent", calls: str = "child", interrupting: str = "true") -> bytes:
    """Calls a process, with an event on the border of the call after which `chief` waits."""
    called = f'<zeebe:calledElement processId="{calls}" />'
    reference = "E" if border == "error" else "L"
    told = mapping({}, {"why": "why"}) if border == "error" else ""
    caught = event(
        "boundaryEvent", "caught", border, reference, told, attachedToRef="call", cancelActivity=interrupting
    )
    nodes = [start(), Node("callActivity", "call", called), caught, user("chief"), end(), end("gone")]
    return diagram(process, nodes, ["begin -> call", "call -> done", "caught -> chief", "chief -> gone"], root=ROOT)


def between() -> bytes:
    called = '<zeebe:calledElement processId="child" />'
    nodes = [start(), Node("callActivity", "call", called), end()]
    return diagram("middle", nodes, ["begin -> call", "call -> done"])


def raising(kind: str) -> bytes:
    raised = event(kind, "raise", "escalation", "L", mapping({"days": "3"}))
    if kind == "endEvent":
        return diagram("child", [start(), raised], ["begin -> raise"], root=ROOT)
    nodes = [start(), user("first"), raised, user("last"), end()]
    flows = ["begin -> first", "first -> raise", "raise -> last", "last -> done"]
    return diagram("child", nodes, flows, root=ROOT)


def throw(world: World, code: str) -> None:
    [row] = world.jobs()
    with world.database.write() as connection:
        jobs.throw_error(connection, world.engine, row["key"], code=code, variables={"why": 1}, by="worker")


@pytest.mark.parametrize("levels", [1, 2])
def test_an_error_of_a_job_goes_to_the_caller_or_to_its_caller_and_ends_what_is_called(
    world: World, levels: int
) -> None:
    world.deploy(FAILS, between(), caller("error", calls="child" if levels == 1 else "middle"))
    key = world.start("parent")
    throw(world, "LOST")
    assert [task["element_id"] for task in world.tasks()] == ["chief"]
    assert (world.count("ACTIVE"), world.count("TERMINATED"), world.jobs(), world.incidents()) == (1, levels, [], [])
    assert world.variables(key) == {"why": 1}


@pytest.mark.parametrize("levels", [1, 2])
def test_an_error_at_once_goes_to_the_caller_too(world: World, levels: int) -> None:
    world.deploy(FAILS_AT_ONCE, between(), caller("error", calls="child" if levels == 1 else "middle"))
    key = world.start("parent")
    assert [task["element_id"] for task in world.tasks(key)] == ["chief"]
    assert (world.count("TERMINATED"), world.variables(key)) == (levels, {"why": 1})


def test_an_error_that_no_caller_catches_is_an_incident_of_the_job(world: World) -> None:
    world.deploy(FAILS, caller("error"))
    world.start("parent")
    throw(world, "OTHER")
    assert [(one["element_id"], one["error_type"]) for one in world.incidents()] == [("work", "UNHANDLED_ERROR_EVENT")]
    world.deploy(FAILS_AT_ONCE, between())
    world.start("middle")
    assert "LOST" in world.incidents()[-1]["message"]


@pytest.mark.parametrize(("interrupting", "waits"), [("true", ["chief"]), ("false", ["chief", "last"])])
def test_an_escalation_goes_to_the_caller_which_interrupts_or_not(
    world: World, interrupting: str, waits: list[str]
) -> None:
    world.deploy(raising("intermediateThrowEvent"), caller("escalation", interrupting=interrupting))
    key = world.start("parent")
    world.complete(world.tasks()[0]["key"])
    assert sorted(task["element_id"] for task in world.tasks()) == waits
    assert world.variables(key) == {"days": 3}
    for task in world.tasks():
        world.complete(task["key"])
    assert (world.count("ACTIVE"), world.instance(key)["state"]) == (0, "COMPLETED")


@pytest.mark.parametrize(("interrupting", "path"), [("true", ["caught"]), ("false", ["caught", "done"])])
def test_an_escalation_at_the_end_of_what_is_called_at_once(world: World, interrupting: str, path: list[str]) -> None:
    world.deploy(raising("endEvent"), caller("escalation", interrupting=interrupting))
    key = world.start("parent")
    assert [task["element_id"] for task in world.tasks()] == ["chief"]
    reached = {one["element_id"] for one in world.path(key).elements}
    assert sorted(reached & {"caught", "done"}) == path
