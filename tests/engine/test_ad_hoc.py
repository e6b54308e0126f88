"""Ad-hoc sub-processes in the store: they stand idle, are chosen from, moved and migrated."""

from __future__ import annotations

import pytest

from service import bpmn
from service.engine import ad_hoc, migration, modification
from service.errors import Conflict, Invalid, NotFound
from tests.bpmn.test_ad_hoc import ad_hoc as drawn
from tests.bpmn.test_ad_hoc import around
from tests.diagrams import Node, body, diagram, end, start, user
from tests.engine.test_suspension import suspend
from tests.world import World


def activate(world: World, key: int, *wanted: str, cancel: bool = False, **variables: object) -> None:
    with world.database.write() as connection:
        told = [(id_, variables) for id_ in wanted]
        ad_hoc.activate(connection, world.engine, key, told, cancel=cancel, by="chief")


def waiting(world: World, key: int) -> list[str]:
    return sorted(task["element_id"] for task in world.tasks(key))


def begun(world: World, **told: str) -> tuple[int, int]:
    """The key of an instance, and that of its idle ad-hoc sub-process."""
    world.deploy(around(drawn(**told)))
    key = world.start("p")
    return key, next(one["key"] for one in world.elements(key) if one["element_id"] == "some")


def test_an_idle_one_stands_without_an_incident_until_it_is_chosen_from(world: World) -> None:
    key, some = begun(world, outputCollection="all", outputElement="=answer")
    assert (world.instance(key)["state"], world.incidents(), waiting(world, key)) == ("ACTIVE", [], [])
    activate(world, some, "b", "c", answer=None)
    activate(world, some, "a", cancel=True, answer=None)
    for _ in range(2):
        [task] = world.tasks(key)
        world.complete(task["key"], answer=task["element_id"])
    assert waiting(world, key) == ["last"]
    assert world.variables(key) == {"all": ["after-a"]}
    chains = [one for one in world.elements(key) if one["element_type"] == "adHocSubProcessInnerInstance"]
    assert [one["state"] for one in chains] == ["TERMINATED", "TERMINATED", "COMPLETED"]
    with pytest.raises(NotFound):
        activate(world, some, "a")


def test_what_is_collected_is_not_overwritten_by_what_a_called_process_gives_back(world: World) -> None:
    called = Node("callActivity", "ask", '<zeebe:calledElement processId="child" />')
    told = '<zeebe:adHoc activeElementsCollection="=chosen" outputCollection="all" outputElement="=answer" />'
    some = Node("adHocSubProcess", "some", told, body([called], [], "i"))
    world.deploy(
        diagram("child", [start(), user("deep"), end()], ["begin -> deep", "deep -> done"]),
        diagram("p", [start(), some, end()], ["begin -> some", "some -> done"]),
    )
    key = world.start("p", chosen=["ask", "ask"])
    for number, task in enumerate(world.tasks()):
        world.complete(task["key"], answer=number)
    assert world.variables(key)["all"] == [0, 1]


def test_what_cannot_be_activated_changes_nothing(world: World) -> None:
    key, some = begun(world)
    with pytest.raises(Invalid, match="“after-a” cannot be activated"):
        activate(world, some, "a", "after-a")
    assert waiting(world, key) == []
    with pytest.raises(NotFound):
        activate(world, key, "a")
    suspend(world, key)
    with pytest.raises(Conflict):
        activate(world, some, "a")


def test_a_collection_that_is_mended_is_tried_again(world: World) -> None:
    world.deploy(around(drawn(activeElementsCollection="=wanted")))
    key = world.start("p", wanted=["nobody"])
    [found] = world.incidents()
    assert (found["element_id"], found["error_type"]) == ("some", "EXTRACT_VALUE_ERROR")
    world.mend(key, wanted=["b"])
    assert waiting(world, key) == ["b"]


def test_its_tokens_are_moved_and_migrated(world: World) -> None:
    key, some = begun(world)
    activate(world, some, "a")
    [after] = world.deploy(around(drawn(until="true"))).process_definitions
    with world.database.write() as connection:
        move = bpmn.Move("a", bpmn.Activation("after-a"))
        modification.modify(connection, world.engine, key, move=[move], by="chief")
    with world.database.write() as connection:
        migration.migrate(connection, world.engine, key, after["key"], bpmn.MigrationPlan(), by="chief")
    activate(world, some, "c")
    assert waiting(world, key) == ["after-a", "c"]
    world.complete(next(one["key"] for one in world.tasks(key) if one["element_id"] == "after-a"))
    assert waiting(world, key) == ["last"]


def test_a_token_put_into_one_that_is_not_active_begins_it(world: World) -> None:
    world.deploy(around(drawn(outputCollection="all", outputElement="=1")))
    key = world.start("p")
    with world.database.write() as connection:
        moved = [bpmn.Activation("last")]
        modification.modify(connection, world.engine, key, activate=moved, terminate=["some"], by="chief")
    with world.database.write() as connection:
        moved = [bpmn.Activation("b")]
        modification.modify(connection, world.engine, key, activate=moved, terminate=["last"], by="chief")
    [task] = world.tasks(key)
    world.complete(task["key"])
    assert (waiting(world, key), world.variables(key)) == (["last"], {"all": [1]})
