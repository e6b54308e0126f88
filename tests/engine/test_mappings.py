"""A mapping that fails holds its element with an incident that names it, until it is mended."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from service.engine import jobs, messages, process_instances
from tests.diagrams import Node, body, diagram, each, end, job, mapping, message, message_root, start, timer, user
from tests.world import World

NEEDED = 'assert(limit, limit != null, "no limit is set")'


def held(world: World, node: Node, **variables: object) -> int:
    flows = ["begin -> before", f"before -> {node.id}", f"{node.id} -> after", "after -> done"]
    nodes = [start(), user("before"), node, user("after"), end()]
    world.deploy(diagram("p", nodes, flows, root=message_root()))
    key = world.start("p", **variables)
    world.complete(world.tasks(key)[0]["key"])
    return key


def finish(world: World, key: int, kind: str) -> None:
    """Let the element `work` come to its end, with a variable that it brings."""
    brought = {"brought": 7}
    with world.database.write() as connection:
        if kind == "job":
            [row] = world.jobs(key)
            jobs.complete(connection, world.engine, row["key"], brought, by="worker")
        elif kind == "message":
            told: dict[str, Any] = {"name": "reply", "correlation_key": "M", "time_to_live": timedelta(0)}
            messages.publish(connection, world.engine, **told, variables=brought, by="citizen")
    if kind in ("task", "sub-process", "call"):
        [task] = world.tasks()
        world.complete(task["key"], **brought)


LATER = mapping({}, {"n": "1", "kept": "brought", "until": NEEDED})
IN = [start("in"), user("inner"), end("out")]
CALLED = '<zeebe:calledElement processId="child" />'
CHILD = diagram("child", IN, ["in -> inner", "inner -> out"])
HELD: dict[str, Node] = {
    "job": job("work", more=LATER),
    "task": user("work", more=LATER),
    "message": message("intermediateCatchEvent", "work", more=LATER),
    "timer": timer("intermediateCatchEvent", "work", "PT1H", more=mapping({}, {"kept": "7", "until": NEEDED})),
    "sub-process": Node("subProcess", "work", LATER, body(IN, ["in -> inner", "inner -> out"], "g")),
    "call": Node("callActivity", "work", CALLED + LATER),
}


@pytest.mark.parametrize("kind", list(HELD))
def test_what_is_done_stays_done_and_brings_it_out_once_the_mapping_is_mended(world: World, kind: str) -> None:
    world.deploy(CHILD)
    key = held(world, HELD[kind], matter="M")
    finish(world, key, kind)
    if kind == "timer":
        world.pass_(hours=1)
    [told] = world.incidents()
    assert (told["element_id"], told["error_type"]) == ("work", "IO_MAPPING_ERROR")
    assert "output mapping to “until” at “work” fails: no limit is set" in told["message"].replace("The ", "")
    assert not {"n", "until"} & set(world.variables(key))
    assert (world.jobs(key), world.tasks()) == ([], [])
    world.mend(key, nothing=1)  # in vain
    [again] = world.incidents()
    assert again["key"] != told["key"]
    world.restart()
    world.mend(key, limit=5)
    assert world.incidents() == []
    assert [one["element_id"] for one in world.tasks(key)] == ["after"]
    assert {name: world.variables(key).get(name) for name in ("kept", "until")} == {"kept": 7, "until": 5}


def test_what_is_held_at_its_end_can_be_cancelled(world: World) -> None:
    key = held(world, HELD["job"], matter="M")
    finish(world, key, "job")
    with world.database.write() as connection:
        process_instances.cancel(connection, world.engine, key, by="chief")
    assert (world.incidents(), world.count("TERMINATED")) == ([], 1)


def test_before_it_begins_nothing_is_local_until_the_mapping_is_mended(world: World) -> None:
    key = held(world, user("work", more=mapping({"n": "1", "until": NEEDED})))
    [told] = world.incidents()
    assert "The input mapping to “until” at “work” fails: no limit is set" in told["message"]
    assert world.tasks(key) == []
    world.mend(key, limit=5)
    assert world.incidents() == []
    assert [world.seen(one) for one in world.tasks(key)] == [{"n": 1, "until": 5, "limit": 5}]


def test_one_of_many_that_fails_holds_no_other(world: World) -> None:
    needed = mapping({"until": 'assert(unit, unit > 0, "a unit must be positive")'})
    key = held(world, each(user("work", more=needed), "units", member="unit"), units=[1, 0, 2])
    [told] = world.incidents()
    assert "a unit must be positive" in told["message"]
    assert [world.seen(one)["until"] for one in world.tasks(key)] == [1, 2]
