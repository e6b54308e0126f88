"""What was deployed is deleted: it counts no more, what counts instead is heard, and what has happened stays."""

from __future__ import annotations

from datetime import timedelta

import pytest

from service.engine import messages, process_instances, resources
from service.errors import Conflict, NotFound, Problem
from tests.diagrams import Node, diagram, end, message, start, user
from tests.diagrams import timer as timed
from tests.engine.test_effective_dates import (
    DECIDES,
    NEW_YEAR,
    begins,
    deploy,
    go_to,
    limit,
    listened,
    listening,
    matter,
)
from tests.world import World

FORM = '{{"id": "ask", "schemaVersion": 18, "components": [{{"type": "textfield", "key": "{key}", "label": "{key}"}}]}}'
CALL = '<zeebe:calledElement processId="matter" {binding}/>'


def delete(world: World, key: int, *, with_history: bool = False) -> list[Problem]:
    with world.database.write() as connection:
        return resources.delete(connection, world.engine, key, with_history=with_history, by="policy")


def version(world: World, *diagrams: bytes) -> int:
    """Deploys; answers the key of the last process."""
    return int(deploy(world, None, *diagrams).process_definitions[-1]["key"])


def calling(binding: str = "") -> bytes:
    call = Node("callActivity", "call", CALL.format(binding=binding))
    return diagram("caller", [start(), call, end()], ["begin -> call", "call -> done"])


def test_the_version_before_counts_again(world: World) -> None:
    deploy(world, None, matter("old"))
    assert delete(world, version(world, matter("new"))) == []
    assert begins(world) == "old"


def test_after_the_last_version_nothing_begins_and_the_next_has_a_number_of_its_own(world: World) -> None:
    key = version(world, matter("only"))
    delete(world, key)
    with pytest.raises(NotFound):
        world.start("matter")
    with pytest.raises(NotFound), world.database.write() as connection:
        process_instances.start(connection, world.engine, definition_key=key, variables={}, by="caller")
    [row] = deploy(world, None, matter("only")).process_definitions
    assert row["version"] == 2


def test_a_version_by_which_instances_run_is_not_deleted(world: World) -> None:
    key = version(world, matter("work"))
    for _ in range(2):
        world.start("matter")
    with pytest.raises(Conflict, match=r"2 process instances run by it.*cancel them.*migrate"):
        delete(world, key)
    for task in world.tasks():
        world.complete(task["key"])
    delete(world, key)


def test_what_has_happened_stays_readable_and_is_never_deleted(world: World) -> None:
    key = version(world, matter("work"))
    instance = world.start("matter")
    world.complete(world.tasks()[0]["key"])
    with pytest.raises(Conflict, match="there are 1 process instances that have run by it"):
        delete(world, key, with_history=True)
    delete(world, key)
    world.restart()
    assert "work" in [one["element_id"] for one in world.elements(instance)]
    with world.database.read() as connection:
        assert world.engine.process_model(connection, key).id == "matter"


def test_what_nothing_has_happened_by_is_deleted_with_its_history(world: World) -> None:
    delete(world, version(world, matter("work")), with_history=True)


def test_it_is_deleted_once(world: World) -> None:
    key = version(world, matter("work"))
    delete(world, key)
    with pytest.raises(NotFound, match="deleted already"):
        delete(world, key)
    with pytest.raises(NotFound, match="No process, form or decision"):
        delete(world, 4711)


def test_start_events_are_those_of_the_version_in_effect_then(world: World) -> None:
    told = message("startEvent", "told")
    past = timed("startEvent", "once", "2026-02-01T00:00:00Z", "timeDate")
    daily = timed("startEvent", "daily", "R/PT24H", "timeCycle")
    deploy(world, None, listening("old", told, past, daily))
    world.pass_()
    assert [task["element_id"] for task in world.tasks()] == ["old"], "the date that has passed already"
    key = version(world, listening("new", told))
    delete(world, key)
    assert listened(world) == [1, 1], "the date does not come again"
    with world.database.write() as connection:
        messages.publish(connection, world.engine, name="reply", by="web")
    world.pass_(hours=24)
    assert [task["element_id"] for task in world.tasks()] == ["old"] * 3


def test_an_older_version_is_deleted_without_touching_what_is_in_effect(world: World) -> None:
    old = version(world, listening("old", timed("startEvent", "daily", "R/PT24H", "timeCycle")))
    deploy(world, None, listening("new", timed("startEvent", "daily", "R/PT24H", "timeCycle")))
    world.now += timedelta(hours=23)
    delete(world, old)
    world.pass_(hours=1)
    assert [task["element_id"] for task in world.tasks()] == ["new"]


def test_a_version_to_come_is_taken_back(world: World) -> None:
    daily = timed("startEvent", "daily", "R/PT24H", "timeCycle")
    deploy(world, None, listening("old", daily))
    [row] = deploy(world, NEW_YEAR, listening("new", daily)).process_definitions
    delete(world, row["key"])
    go_to(world, NEW_YEAR)
    assert (listened(world), {task["element_id"] for task in world.tasks()}) == ([1], {"old"})


def test_a_decision_goes_with_its_file_and_the_one_before_decides(world: World) -> None:
    deploy(world, None, DECIDES, limit_dmn=limit(5))
    [graph] = deploy(world, None, limit_dmn=limit(3)).decision_requirements
    [told] = delete(world, graph["key"])
    assert (told.element_id, "from now on its version 1" in told.message) == ("ask", True)
    assert world.variables(world.start("decides"))["days"] == 5


def test_decisions_that_were_made_keep_their_words(world: World) -> None:
    [graph] = deploy(world, None, DECIDES, limit_dmn=limit(5)).decision_requirements
    world.start("decides")
    with pytest.raises(Conflict, match="there are 1 decisions that were made by it"):
        delete(world, graph["key"], with_history=True)
    [told] = delete(world, graph["key"])
    assert "none is left" in told.message
    instance = world.start("decides")
    [stuck] = world.incidents()
    assert (stuck["instance_key"], stuck["element_id"]) == (instance, "ask")


def test_the_key_of_a_decision_names_that_of_its_file(world: World) -> None:
    done = deploy(world, None, limit_dmn=limit(5))
    with pytest.raises(NotFound, match=f"decision requirements {done.decision_requirements[0]['key']}"):
        delete(world, done.decision_definitions[0]["key"])


def test_a_form_is_deleted_and_the_one_before_is_shown(world: World) -> None:
    asks = user("look", more='<zeebe:formDefinition formId="ask" />')
    files = {"ask_form": FORM.format(key="old").encode()}
    deploy(world, None, diagram("asks", [start(), asks, end()], ["begin -> look", "look -> done"]), **files)
    [newer] = deploy(world, None, ask_form=FORM.format(key="new").encode()).forms
    assert len(delete(world, newer["key"])) == 1
    world.start("asks")
    with world.database.read() as connection:
        form = resources.get(connection, world.tasks()[0]["form_key"])
    assert (form.id, b"old" in form.content) == ("ask", True)


@pytest.mark.parametrize(
    ("binding", "left"),
    [
        ("", "from now on its version 1"),
        ('bindingType="deployment" ', "(binding deployment), and none is left"),
        ('bindingType="versionTag" versionTag="t" ', "(binding versionTag), and none is left"),
    ],
)
def test_who_calls_it_is_told_what_is_called_from_now_on(world: World, binding: str, left: str) -> None:
    deploy(world, None, matter("old"))
    tag = '<bpmn:extensionElements><zeebe:versionTag value="t" /></bpmn:extensionElements>'
    new = diagram("matter", [start(), user("new"), end()], ["begin -> new", "new -> done"], inside=tag)
    key = version(world, calling(binding), new)
    told = delete(world, key)
    assert [(one.element_id, left in one.message) for one in told] == [("call", True)]
    instance = world.start("caller")
    if "none" in left:
        assert [(one["instance_key"], one["element_id"]) for one in world.incidents()] == [(instance, "call")]
    else:
        assert [task["element_id"] for task in world.tasks()] == ["old"]
