"""An operator moves tokens: checked, all of it or nothing, and told in the history."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from service import bpmn
from service.engine import modification, suspension
from service.errors import Conflict, Invalid
from service.store.tables import element_instance
from tests.diagrams import Node, body, diagram, each, end, job, start, timer, user
from tests.world import World

Activation, Move = bpmn.Activation, bpmn.Move

PLAIN = diagram(
    "case",
    [start(), user("look"), timer("boundaryEvent", "late", "P1D", attachedToRef="look"), job("send"), end()],
    ["begin -> look", "look -> send", "send -> done", "late -> done"],
)
PART = body(
    [start("open"), user("inner"), user("other"), end("close")],
    ["open -> inner", "inner -> other", "other -> close"],
    "i",
)
NESTED = diagram(
    "case",
    [start(), user("look"), Node("subProcess", "part", "", PART), user("sign"), end()],
    ["begin -> look", "look -> part", "part -> sign", "sign -> done"],
)
FORKED = diagram(
    "case",
    [
        start(),
        Node("parallelGateway", "fork"),
        user("a"),
        user("b"),
        Node("parallelGateway", "join"),
        user("sign"),
        end(),
    ],
    ["begin -> fork", "fork -> a", "fork -> b", "a -> join", "b -> join", "join -> sign", "sign -> done"],
)


def begun(world: World, xml: bytes, **variables: Any) -> int:
    world.deploy(xml)
    return world.start("case", **variables)


def modify(world: World, key: int, **asked: Any) -> None:
    with world.database.write() as connection:
        modification.modify(connection, world.engine, key, by="operator", **asked)


def open_tasks(world: World, key: int) -> list[str]:
    return sorted(task["element_id"] for task in world.tasks(key))


def elements(world: World, key: int) -> list[tuple[str, str]]:
    return [(one["element_id"], one["state"]) for one in world.path(key).elements]


def element_key(world: World, key: int, element_id: str) -> int:
    own = (element_instance.c.instance_key == key) & (element_instance.c.element_id == element_id)
    with world.database.read() as connection:
        return int(connection.execute(select(element_instance.c.key).where(own)).scalar_one())


def test_a_token_moves_with_what_it_waited_for_gone(world: World) -> None:
    key = begun(world, PLAIN)
    modify(world, key, move=[Move("look", Activation("send", variables=(("", {"by": "hand"}),)))])
    assert world.tasks(key) == []
    assert [one["element_id"] for one in world.jobs(key)] == ["send"]
    assert elements(world, key)[1:] == [("look", "TERMINATED"), ("send", "ACTIVE")]
    assert world.variables(key) == {"by": "hand"}
    assert world.pass_(days=2) == 0
    [told] = [one for one in world.path(key).events if one["kind"] == "modified"]
    assert (told["by"], told["data"]) == (
        "operator",
        {"moved": [{"from": "look", "element": "send", "variables": ["by"]}]},
    )


def test_one_element_instance_ends_and_another_element_begins(world: World) -> None:
    key = begun(world, FORKED)
    modify(world, key, terminate=[element_key(world, key, "a")], activate=[Activation("sign")])
    assert open_tasks(world, key) == ["b", "sign"]


def test_a_sub_process_begins_where_none_is_active_and_is_shared_where_one_is(world: World) -> None:
    key = begun(world, NESTED)
    modify(world, key, terminate=["look"], activate=[Activation("inner", variables=(("part", {"local": 1}),))])
    modify(world, key, activate=[Activation("other")])
    assert open_tasks(world, key) == ["inner", "other"]
    assert [one for one in elements(world, key) if one[0] == "part"] == [("part", "ACTIVE")]
    assert "local" not in world.variables(key)


def test_an_instance_of_many_moves_out_of_them_and_leaves_the_others(world: World) -> None:
    looped = each(user("inner"), "[1, 2]", output="got", result="r")
    inside = body(
        [start("open"), looped, user("other"), end("close")],
        ["open -> inner", "inner -> other", "other -> close"],
        "i",
    )
    part = Node("subProcess", "part", "", inside)
    key = begun(world, diagram("case", [start(), part, end()], ["begin -> part", "part -> done"]))
    first, _ = (one["element_instance_key"] for one in world.tasks(key))
    modify(world, key, move=[Move(first, Activation("other"))])
    assert open_tasks(world, key) == ["inner", "other"]
    world.complete(next(one["key"] for one in world.tasks(key) if one["element_id"] == "inner"), r=2)
    assert open_tasks(world, key) == ["other", "other"]
    for one in world.tasks(key):
        world.complete(one["key"])
    assert world.instance(key)["state"] == "COMPLETED"


def test_a_sub_process_that_nothing_is_left_in_ends(world: World) -> None:
    key = begun(world, NESTED)
    world.complete(world.tasks(key)[0]["key"])
    modify(world, key, move=[Move("inner", Activation("sign"))])
    assert open_tasks(world, key) == ["sign"]
    assert ("part", "TERMINATED") in elements(world, key)
    world.restart()
    world.complete(world.tasks(key)[0]["key"])
    assert world.instance(key)["state"] == "COMPLETED"


def test_a_sub_process_that_is_active_twice_has_to_be_chosen(world: World) -> None:
    key = begun(world, NESTED)
    modify(world, key, activate=[Activation("part")])
    modify(world, key, activate=[Activation("part")])
    with pytest.raises(Invalid, match="active several times"):
        modify(world, key, activate=[Activation("other")])
    first = world.path(key).elements[2]["key"]
    modify(world, key, activate=[Activation("other", ancestor=first)])
    assert open_tasks(world, key) == ["inner", "inner", "look", "other"]


def test_a_gateway_that_joins_is_passed_at_once(world: World) -> None:
    key = begun(world, FORKED)
    modify(world, key, terminate=["a", "b"], activate=[Activation("join")])
    assert open_tasks(world, key) == ["sign"]


@pytest.mark.parametrize(
    ("asked", "why"),
    [
        ({"activate": [Activation("nowhere")]}, "nowhere: The process case has no such element"),
        ({"activate": [Activation("begin")]}, "begin: A token cannot be put on a start event"),
        ({"activate": [Activation("late")]}, "late: A token cannot be put on a start event, an event on a border"),
        ({"terminate": ["send"]}, "send: It is not active"),
        ({"terminate": [17]}, "The element instance 17 is not active"),
        ({"activate": [Activation("send", variables=(("look", {}),))]}, "look is neither the element that begins"),
    ],
)
def test_what_cannot_be_done_changes_nothing(world: World, asked: dict[str, Any], why: str) -> None:
    key = begun(world, PLAIN)
    before = world.instance(key)
    with pytest.raises(Invalid, match=why):
        modify(world, key, **asked)
    assert world.instance(key) == before


def test_what_begins_in_a_suspended_instance_waits_for_the_resumption(world: World) -> None:
    key = begun(world, PLAIN)
    with world.database.write() as connection:
        suspension.suspend(connection, world.engine, key, by="operator")
    modify(world, key, move=[Move("look", Activation("send"))])
    assert world.take("work") == []
    with world.database.write() as connection:
        suspension.resume(connection, world.engine, key, by="operator")
    assert len(world.take("work")) == 1


def test_what_has_ended_cannot_be_modified(world: World) -> None:
    key = begun(world, FORKED)
    modify(world, key, terminate=["a", "b"], activate=[Activation("done")])
    assert world.instance(key)["state"] == "COMPLETED"
    with pytest.raises(Conflict, match="has ended"):
        modify(world, key, activate=[Activation("sign")])


@pytest.mark.parametrize("suspended", [False, True])
def test_an_instance_of_which_nothing_is_left_has_ended(world: World, suspended: bool) -> None:
    key = begun(world, FORKED)
    if suspended:
        with world.database.write() as connection:
            suspension.suspend(connection, world.engine, key, by="operator")
    modify(world, key, terminate=["a", "b"])
    assert (world.instance(key)["state"], world.instance(key)["suspended_at"]) == ("TERMINATED", None)
    assert {one["state"] for one in world.elements(key) if one["element_id"] in "ab"} == {"TERMINATED"}
    assert world.tasks(key) == []


def test_a_called_instance_is_not_ended_so_for_its_caller_would_wait_for_ever(world: World) -> None:
    call = Node("callActivity", "call", '<zeebe:calledElement processId="case" />')
    world.deploy(PLAIN, diagram("calls", [start(), call, end()], ["begin -> call", "call -> done"]))
    world.start("calls")
    [task] = world.tasks()
    with pytest.raises(Invalid, match="Nothing would be left") as refused:
        modify(world, task["instance_key"], terminate=["look"])
    assert refused.value.problems[0].mend == "Modify or cancel the one that called it."
    assert world.tasks() == [task]
