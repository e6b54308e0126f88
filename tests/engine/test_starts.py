"""An instance that begins where somebody says, and ends after an element that somebody names."""

from __future__ import annotations

from typing import Any

import pytest

from service import bpmn
from service.engine import process_instances
from service.errors import Invalid
from tests.diagrams import Node, body, diagram, each, end, job, start, user
from tests.diagrams import timer as timed
from tests.world import World

INSIDE = Node(
    "subProcess", "sub", inside=body([start("in"), user("deep"), end("out")], ["in -> deep", "deep -> out"], "g")
)
MANY = each(
    Node("subProcess", "many", inside=body([start("on"), user("one"), end("off")], ["on -> one", "one -> off"], "h")),
    "list",
)
LATE = timed("boundaryEvent", "late", "PT1H", attachedToRef="ask")
CASE = diagram(
    "case",
    [start(), user("ask"), LATE, user("remind"), INSIDE, MANY, each(user("tell"), "list"), job("send"), end()],
    [
        "begin -> ask",
        "ask -> sub",
        "sub -> many",
        "many -> tell",
        "tell -> send",
        "send -> done",
        "late -> remind",
        "remind -> send",
    ],
)


def begin(world: World, *at: str, ends_after: tuple[str, ...] = (), **variables: Any) -> int:
    with world.database.write() as connection:
        return process_instances.start(
            connection,
            world.engine,
            process_id="case",
            variables=variables,
            by="caller",
            at=[bpmn.Activation(one) for one in at],
            ends_after=ends_after,
        ).key


def waiting(world: World) -> list[str]:
    return [task["element_id"] for task in world.tasks()]


def state(world: World, key: int) -> tuple[str, list[str]]:
    """That of the instance, and what it has passed."""
    return str(world.instance(key)["state"]), [one["element_id"] for one in world.elements(key)]


def test_it_begins_before_each_element_that_is_named(world: World) -> None:
    world.deploy(CASE)
    key = begin(world, "deep", "send", "ask", list=[])
    assert sorted(waiting(world)) == ["ask", "deep"]
    assert [one["element_id"] for one in world.jobs(key)] == ["send"]
    assert "begin" not in state(world, key)[1]
    assert "sub" in state(world, key)[1]


def test_it_goes_on_from_there_to_its_end(world: World) -> None:
    world.deploy(CASE)
    key = begin(world, "tell", list=[1, 2])
    world.restart()
    for task in world.tasks():
        world.complete(task["key"])
    [job_] = world.jobs(key)
    assert job_["element_id"] == "send"


@pytest.mark.parametrize("element", ["nowhere", "begin", "late", "one", "f1"])
def test_where_nothing_can_begin_is_named(world: World, element: str) -> None:
    world.deploy(CASE)
    with pytest.raises(Invalid, match=element):
        begin(world, "ask", element, list=[1])
    assert world.tasks() == []


def test_it_ends_after_an_element_and_what_comes_next_does_not_begin(world: World) -> None:
    world.deploy(CASE)
    key = begin(world, ends_after=("ask",))
    world.restart()
    [task] = world.tasks()
    world.complete(task["key"])
    assert state(world, key) == ("TERMINATED", ["begin", "ask"])
    assert world.path(key).events[-1]["kind"] == "ended-as-told"
    assert (world.tasks(), world.incidents()) == ([], [])


def test_it_ends_after_what_is_ended_too_with_all_that_goes_on_beside(world: World) -> None:
    world.deploy(CASE)
    key = begin(world, "ask", "deep", ends_after=("ask",))
    world.pass_(hours=1)
    assert (state(world, key)[0], waiting(world)) == ("TERMINATED", [])


def test_it_ends_after_a_sub_process_and_after_all_that_is_done_for_many(world: World) -> None:
    world.deploy(CASE)
    whole = begin(world, "deep", ends_after=("sub",))
    world.complete(world.tasks()[0]["key"])
    assert state(world, whole)[0] == "TERMINATED"
    many = begin(world, "tell", ends_after=("tell",), list=[1, 2])
    for left in ("ACTIVE", "TERMINATED"):
        world.complete(world.tasks()[0]["key"])
        assert state(world, many)[0] == left
    assert world.jobs(many) == []


def test_it_may_end_in_the_step_that_begins_it(world: World) -> None:
    world.deploy(CASE)
    key = begin(world, ends_after=("begin",))
    assert state(world, key) == ("TERMINATED", ["begin"])


def test_what_it_shall_end_after_must_be_there(world: World) -> None:
    world.deploy(CASE)
    with pytest.raises(Invalid, match="nowhere"):
        begin(world, ends_after=("nowhere",))
