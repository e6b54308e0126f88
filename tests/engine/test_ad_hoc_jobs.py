"""Ad-hoc sub-processes in which a worker chooses what is done, as agents do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from service import bpmn
from service.engine import jobs, migration, suspension
from service.errors import Conflict, Invalid, NotFound
from service.handlers import Job
from tests.bpmn.test_ad_hoc import ad_hoc, around
from tests.diagrams import Node, each, event, event_sub_process, mapping, message, message_root, script
from tests.engine.test_messages import publish
from tests.world import World

CHOOSING = '<zeebe:taskDefinition type="choose" retries="2" />'


def chosen(*nodes: Node, more: str = "", **told: str) -> Node:
    node = ad_hoc(*nodes, **told)
    node.extensions += CHOOSING + more
    return node


def begun(world: World, node: Node, *nodes: Node, flows: tuple[str, ...] = (), root: str = "", **variables: Any) -> int:
    world.deploy(around(node, *nodes, flows=flows, root=root))
    return world.start("p", **variables)


def asked(world: World) -> Mapping[str, Any]:
    """The question that a worker is given; there is one at a time."""
    [given] = world.take("choose")
    return given


def say(world: World, key: int, *ids: str, variables: Mapping[str, Any] | None = None, **result: Any) -> None:
    told = {"activateElements": [{"elementId": one, "variables": {"why": one}} for one in ids], **result}
    with world.database.write() as connection:
        jobs.complete(connection, world.engine, key, variables or {}, by="worker", result=told)


def answer(world: World, *ids: str, variables: Mapping[str, Any] | None = None, **result: Any) -> None:
    say(world, asked(world)["key"], *ids, variables=variables, **result)


def do(world: World, *elements: str, **variables: Any) -> None:
    for one in elements:
        world.complete(next(task["key"] for task in world.tasks() if task["element_id"] == one), **variables)


def waiting(world: World) -> Sequence[str]:
    return sorted(task["element_id"] for task in world.tasks())


def test_its_worker_is_told_what_can_be_activated_and_asked_again_when_a_chain_has_ended(world: World) -> None:
    key = begun(world, chosen(), goal="answer")
    question = asked(world)
    assert (question["kind"], question["retries"], question["element_id"]) == ("AD_HOC_SUB_PROCESS", 2, "some")
    assert question["variables"]["goal"] == "answer"
    assert [one["elementId"] for one in question["variables"]["adHocSubProcessElements"]] == ["a", "b", "c"]
    say(world, question["key"], "a", "b", variables={"memory": 1})
    assert (waiting(world), world.jobs()) == (["a", "b"], [])
    do(world, "a")
    assert world.jobs() == []  # its chain goes on
    do(world, "after-a")
    again = asked(world)
    assert again["variables"]["memory"] == 1
    say(world, again["key"], isCompletionConditionFulfilled=True)
    assert waiting(world) == ["b"]  # it waits for what is active still
    do(world, "b")
    assert (waiting(world), world.jobs(), world.variables(key)) == (["last"], [], {"goal": "answer"})


def test_a_question_that_is_open_still_is_asked_anew_when_another_chain_has_ended(world: World) -> None:
    begun(world, chosen())
    answer(world, "b", "c")
    do(world, "b")
    first = asked(world)
    do(world, "c")
    with pytest.raises(NotFound):
        say(world, first["key"], "a")
    answer(world, isCompletionConditionFulfilled=True)
    assert waiting(world) == ["last"]


def test_its_worker_ends_what_is_active(world: World) -> None:
    key = begun(world, chosen(outputCollection="all", outputElement="=why"))
    answer(world, "a", "b")
    do(world, "b")
    answer(world, "c", isCancelRemainingInstances=True)
    assert waiting(world) == ["c"]
    do(world, "c")
    answer(world, isCompletionConditionFulfilled=True, isCancelRemainingInstances=True)
    assert (waiting(world), world.variables(key)) == (["last"], {"all": ["b", "c"]})


def test_its_job_has_headers_and_a_priority(world: World) -> None:
    told = '<zeebe:taskHeaders><zeebe:header key="agent" value="kind" /></zeebe:taskHeaders>'
    begun(world, chosen(more=told + '<zeebe:jobPriorityDefinition priority="7" />'))
    question = asked(world)
    assert (question["headers"], question["priority"]) == ({"agent": "kind"}, 7)


def test_its_variables_go_out_by_its_output_mappings(world: World) -> None:
    node = chosen(more=mapping(outputs={"told": "words"}))
    key = begun(world, node)
    answer(world, variables={"words": "done"}, isCompletionConditionFulfilled=True)
    assert world.variables(key) == {"told": "done"}


def test_a_chain_that_does_not_wait_leads_to_the_next_question_at_once(world: World) -> None:
    begun(world, chosen(script("quick", "1 + 1", "two")))
    first = asked(world)
    say(world, first["key"], "quick")
    assert asked(world)["key"] != first["key"]


def test_an_answer_that_cannot_be_changes_nothing(world: World) -> None:
    begun(world, chosen())
    question = asked(world)
    with pytest.raises(Invalid, match="cannot be enough when elements are to be activated"):
        say(world, question["key"], "a", isCompletionConditionFulfilled=True)
    with pytest.raises(Invalid, match="“after-a” cannot be activated"):
        say(world, question["key"], "after-a")
    say(world, question["key"], "a")
    assert waiting(world) == ["a"]


def test_its_worker_fails_and_throws_errors_like_any_other(world: World) -> None:
    caught = event("boundaryEvent", "caught", "error", attachedToRef="some")
    begun(world, chosen(), caught, flows=("caught -> last",))
    question = asked(world)["key"]
    with world.database.write() as connection:
        jobs.fail(connection, world.engine, question, retries=0, message="no idea", by="worker", variables={"tried": 1})
    [stuck] = world.incidents()
    assert (stuck["error_type"], stuck["element_id"]) == ("AD_HOC_SUB_PROCESS_NO_RETRIES", "some")
    with world.database.write() as connection, pytest.raises(Conflict):
        jobs.complete(connection, world.engine, question, {}, by="worker")
    begun(world, chosen(), caught, flows=("caught -> last",))
    question = asked(world)["key"]
    with world.database.write() as connection:
        jobs.throw_error(connection, world.engine, question, code="lost", by="worker")
    assert waiting(world) == ["last"]


def test_event_sub_processes_ask_it_again_or_end_it(world: World) -> None:
    begin = message("startEvent", "told", isInterrupting="false")
    aside = event_sub_process("aside", begin, script("note", "1", "noted"))
    begun(world, chosen(aside), root=message_root(key='="m"'))
    first = asked(world)
    publish(world, "m")
    assert asked(world)["key"] != first["key"]


def test_it_is_chosen_for_each_of_many_and_in_process(world: World) -> None:
    def choose(given: Job) -> Mapping[str, Any]:
        if "why" in given.variables or given.variables.get("tried"):
            return {"isCompletionConditionFulfilled": True}
        return {"variables": {"tried": True}, "activateElements": [{"elementId": "quick"}]}

    world.handlers["choose"] = choose
    begun(world, each(chosen(script("quick", "1", "one")), "[1, 2]", member="one"))
    while world.run_jobs():
        pass
    assert (world.incidents(), waiting(world)) == ([], ["last"])


def test_a_suspended_one_is_asked_when_it_goes_on(world: World) -> None:
    key = begun(world, chosen())
    with world.database.write() as connection:
        suspension.suspend(connection, world.engine, key, by="chief")
    assert world.take("choose") == []
    with world.database.write() as connection:
        suspension.resume(connection, world.engine, key, by="chief")
    answer(world, isCompletionConditionFulfilled=True)
    assert waiting(world) == ["last"]


def test_an_open_question_is_migrated_to_another_with_a_worker_only(world: World) -> None:
    key = begun(world, chosen())
    [plain] = world.deploy(around(ad_hoc())).process_definitions
    [other] = world.deploy(around(chosen(script("quick", "1", "one")))).process_definitions
    with world.database.write() as connection, pytest.raises(Invalid, match="ChosenAdHocSubProcess"):
        migration.migrate(connection, world.engine, key, plain["key"], bpmn.MigrationPlan(), by="chief")
    question = asked(world)
    with world.database.write() as connection:
        migration.migrate(connection, world.engine, key, other["key"], bpmn.MigrationPlan(), by="chief")
    say(world, question["key"], "quick")
    assert asked(world)["key"] != question["key"]
