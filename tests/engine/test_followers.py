"""Whoever follows the steps is told what happened, in order, inside the step."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import Connection

from service.engine import process_instances
from service.engine.followed import FollowedStep
from tests.diagrams import Node, diagram, end, mapping, start, timer, user
from tests.world import World

CHILD = diagram("child", [start(), user("inner"), end("ended")], ["begin -> inner", "inner -> ended"])
CALLED = '<zeebe:calledElement processId="child" propagateAllChildVariables="false" />' + mapping(
    {"x": "y + 1"}, {"got": "answer"}
)
PARENT = diagram(
    "parent",
    [
        start(),
        Node("callActivity", "call", CALLED),
        user("after"),
        end(),
        end("late"),
        timer("boundaryEvent", "limit", "PT1H", attachedToRef="call"),
    ],
    ["begin -> call", "call -> after", "after -> done", "limit -> late"],
)


def follow(world: World) -> list[FollowedStep]:
    told: list[FollowedStep] = []
    world.engine.followers.append(lambda connection, step: told.append(step))
    return told


def test_what_happened_is_told_in_the_order_in_which_it_happened(world: World) -> None:
    told = follow(world)
    world.deploy(CHILD, PARENT)
    key = world.start("parent", y=1)
    assert [(one.process_id, one.elements, one.state) for one in told] == [
        ("parent", ("begin", "call"), "ACTIVE"),
        ("child", ("begin", "inner"), "ACTIVE"),
    ]
    assert [dict(one.variables) for one in told] == [{"y": 1}, {"y": 1, "x": 2}]
    assert {one.root_key for one in told} == {key}
    told.clear()
    world.complete(world.tasks()[0]["key"], answer=7)
    assert [(one.process_id, one.elements, one.state, dict(one.variables), one.by) for one in told] == [
        ("child", ("ended",), "COMPLETED", {"answer": 7}, "clerk"),
        ("parent", ("after",), "ACTIVE", {"got": 7}, "clerk"),
    ]


def test_the_end_of_what_is_cancelled_is_told_too(world: World) -> None:
    world.deploy(CHILD, PARENT)
    key = world.start("parent", y=1)
    told = follow(world)
    with world.database.write() as connection:
        process_instances.cancel(connection, world.engine, key, by="chief")
    assert {(one.process_id, one.state) for one in told} == {("parent", "TERMINATED"), ("child", "TERMINATED")}


def test_what_a_follower_raises_undoes_the_step(world: World) -> None:
    world.deploy(CHILD)
    key = world.start("child")

    def refuse(connection: Connection, step: Any) -> None:
        raise LookupError("no such matter")

    world.engine.followers.append(refuse)
    [task] = world.tasks(key)
    with pytest.raises(LookupError):
        world.complete(task["key"])
    assert world.tasks(key) == [task]
    assert world.instance(key)["state"] == "ACTIVE"
