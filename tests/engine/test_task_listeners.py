"""Listeners of user tasks: jobs between what is asked of a task and its being done."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import RowMapping

from service import bpmn
from service.engine import incidents, jobs, migration, process_instances, suspension, user_tasks
from service.errors import Conflict, Invalid, ModelRejected, StuckError
from service.handlers import Job
from service.store.tables import user_task
from tests.diagrams import Node, conditional, diagram, end, start, timer, user
from tests.world import World


def listening(*drawn: str, more: str = "") -> Node:
    """A user task; `assigning a`: the event and the job type of each listener."""
    told = "".join(
        f'<zeebe:taskListener eventType="{event}" type="{type_}" retries="2" />'
        for event, type_ in (one.split() for one in drawn)
    )
    return user("ask", more=f"<zeebe:taskListeners>{told}</zeebe:taskListeners>{more}")


def assigned(node: Node, assignee: str) -> Node:
    node.extensions = node.extensions.replace("<zeebe:assignmentDefinition", f'{DEFINED} assignee="{assignee}"')
    return node


DEFINED = "<zeebe:assignmentDefinition"


def line(node: Node) -> bytes:
    return diagram("p", [start(), node, end()], ["begin -> ask", "ask -> done"])


def task(world: World) -> RowMapping:
    return world._rows(user_task, user_task.c.key > 0, None)[-1]


def asked(world: World, ask: Callable[..., int | None], *given: Any, **more: Any) -> int | None:
    with world.database.write() as connection:
        return ask(connection, world.engine, task(world)["key"], *given, by="li", **more)


def answer(world: World, type_: str, **result: Any) -> None:
    [given] = world.take(type_)
    with world.database.write() as connection:
        jobs.complete(connection, world.engine, given["key"], {}, by="worker", result=result)


def outcome(world: World, key: int | None) -> user_tasks.Outcome | None:
    assert key is not None
    with world.database.read() as connection:
        return user_tasks.outcome(connection, task(world)["key"], key)


def test_a_task_is_completed_when_each_of_its_listeners_is_done_in_their_order(world: World) -> None:
    world.deploy(line(listening("completing a", "completing b", "assigning c")))
    key = world.start("p")
    transition = asked(world, user_tasks.complete, {"x": 1}, action="approve")
    for type_ in ("a", "b"):
        world.restart()
        assert ([one["type"] for one in world.jobs()], task(world)["state"]) == ([type_], "COMPLETING")
        assert outcome(world, transition) is None
        answer(world, type_)
    assert outcome(world, transition) == user_tasks.Outcome("COMPLETED", None)
    assert (task(world)["completed_by"], world.variables(key)) == ("li", {"x": 1})
    assert (world.instance(key)["state"], world.jobs()) == ("COMPLETED", [])


def test_a_listener_sees_the_task_as_asked_and_the_answers(world: World) -> None:
    headers = '<zeebe:taskHeaders><zeebe:header key="help" value="me" /></zeebe:taskHeaders>'
    world.deploy(line(listening("completing a", "assigning b", more=headers)))
    world.start("p", y=2)
    asked(world, user_tasks.assign, "wu")
    [given] = world.take("b")
    assert (given["kind"], given["listener_event"], given["retries"]) == ("TASK_LISTENER", "ASSIGNING", 2)
    assert given["headers"]["help"] == "me"
    assert given["headers"]["io.camunda.zeebe:assignee"] == "wu"
    assert given["headers"]["io.camunda.zeebe:candidateGroups"] == '["clerk"]'
    told = given["user_task"]
    assert (told["action"], told["assignee"], told["changedAttributes"]) == ("assign", "wu", ["assignee"])
    assert (told["priority"], told["userTaskKey"]) == (50, str(task(world)["key"]))
    world.pass_(minutes=2)
    answer(world, "b")
    asked(world, user_tasks.complete, {"x": 1})
    [given] = world.take("a")
    assert (given["variables"], given["user_task"]["action"]) == ({"x": 1, "y": 2}, "complete")


def test_what_is_denied_leaves_the_task_as_it_was_and_is_told_with_the_reason(world: World) -> None:
    world.deploy(line(listening("completing a", "completing b")))
    key = world.start("p")
    transition = asked(world, user_tasks.complete, {"x": 1})
    answer(world, "a", corrections={"priority": 90})
    answer(world, "b", denied=True, deniedReason="no photo")
    assert outcome(world, transition) == user_tasks.Outcome("CREATED", "no photo")
    assert (task(world)["priority"], world.jobs(), world.variables(key)) == (50, [], {})
    again = asked(world, user_tasks.complete, {"x": 2})
    answer(world, "a")
    answer(world, "b")
    assert outcome(world, again) == user_tasks.Outcome("COMPLETED", None)
    assert outcome(world, transition) == user_tasks.Outcome("COMPLETED", "no photo")


def test_corrections_are_seen_by_the_next_listener_and_applied_at_the_end(world: World) -> None:
    world.deploy(line(listening("updating a", "updating b")))
    world.start("p")
    due = datetime(2026, 3, 1, tzinfo=UTC)
    asked(world, user_tasks.change, {"due_at": due, "priority": 60})
    answer(world, "a", corrections={"dueDate": "", "followUpDate": None, "candidateUsers": ["wu"], "priority": 50})
    [given] = world.take("b")
    assert given["user_task"]["changedAttributes"] == ["candidateUsersList"]
    assert (given["user_task"]["dueDate"], task(world)["candidate_users"]) == (None, [])
    world.pass_(minutes=2)
    answer(
        world, "b", corrections={"candidateGroups": [], "assignee": "wu", "followUpDate": "2026-03-02T08:00:00+08:00"}
    )
    row = task(world)
    assert (row["state"], row["due_at"], row["assignee"], row["priority"]) == ("CREATED", None, "wu", 50)
    assert (row["candidate_groups"], row["candidate_users"]) == ([], ["wu"])
    assert row["follow_up_at"] == datetime(2026, 3, 2, tzinfo=UTC)


def told_variables(world: World, given: dict[str, Any], *, local: bool) -> int | None:
    with world.database.write() as connection:
        key = task(world)["key"]
        return user_tasks.set_variables(connection, world.engine, key, given, local=local, by="li")


@pytest.mark.parametrize(("local", "outside"), [(True, {}), (False, {"x": 2})])
def test_variables_of_a_task_are_set_when_its_updating_listeners_are_done(
    world: World, local: bool, outside: dict[str, Any]
) -> None:
    world.deploy(line(listening("updating a", "updating b")))
    key = world.start("p")
    transition = told_variables(world, {"x": 2}, local=local)
    assert (task(world)["state"], world.variables(key)) == ("UPDATING", {})
    [given] = world.take("a")
    assert (given["user_task"]["action"], given["user_task"]["changedAttributes"]) == ("update", ["variables"])
    assert given["variables"] == {"x": 2}
    world.pass_(minutes=2)
    answer(world, "a")
    answer(world, "b", corrections={"priority": 90})
    assert outcome(world, transition) == user_tasks.Outcome("CREATED", None)
    assert (task(world)["priority"], world.variables(key), world.jobs()) == (90, outside, [])
    with world.database.read() as connection:
        assert user_tasks.variables(connection, world.engine, task(world)["key"]) == {"x": 2}
    assert asked(world, user_tasks.complete, {}) is None
    assert world.instance(key)["state"] == "COMPLETED"


def test_variables_that_a_listener_denies_are_not_set(world: World) -> None:
    world.deploy(line(listening("updating a")))
    key = world.start("p")
    transition = told_variables(world, {"x": 2}, local=False)
    with pytest.raises(Conflict, match="updating"):
        told_variables(world, {"x": 3}, local=False)
    answer(world, "a", denied=True, deniedReason="sealed")
    assert outcome(world, transition) == user_tasks.Outcome("CREATED", "sealed")
    assert (world.variables(key), world.jobs()) == ({}, [])


def test_variables_that_change_a_condition_end_a_task_once_its_listeners_are_done(world: World) -> None:
    gone = conditional("boundaryEvent", "gone", "x = 2", attachedToRef="ask")
    nodes = [start(), listening("updating a"), gone, end(), end("out")]
    world.deploy(diagram("p", nodes, ["begin -> ask", "ask -> done", "gone -> out"]))
    key = world.start("p", x=1)
    told_variables(world, {"x": 2}, local=False)
    answer(world, "a")
    assert (world.instance(key)["state"], task(world)["state"], world.jobs()) == ("COMPLETED", "CANCELED", [])


def test_a_task_without_listeners_takes_variables_at_once(world: World) -> None:
    world.deploy(line(listening("completing a")))
    key = world.start("p")
    assert told_variables(world, {"x": 2}, local=False) is None
    assert world.variables(key) == {"x": 2}
    assert [one["by"] for one in world.path(key).events if one["kind"] == "variables-set"] == ["li"]


def test_a_task_is_there_for_people_once_its_creating_listeners_are_done(world: World) -> None:
    world.deploy(line(listening("creating a")))
    world.start("p")
    assert task(world)["state"] == "CREATING"
    with pytest.raises(Conflict, match="creating"):
        asked(world, user_tasks.complete, {})
    with pytest.raises(Invalid, match="cannot deny"):
        answer(world, "a", denied=True)
    world.pass_(minutes=2)
    answer(world, "a", corrections={"assignee": "li"})
    assert (task(world)["state"], task(world)["assignee"]) == ("CREATED", "li")
    assert asked(world, user_tasks.complete, {}) is None


def test_an_assignee_of_the_diagram_is_assigned_through_the_listeners(world: World) -> None:
    world.deploy(line(assigned(listening("creating a", "assigning b"), "li")))
    world.start("p")
    with pytest.raises(Invalid, match="assigning listener"):
        answer(world, "a", corrections={"assignee": "wu"})
    world.pass_(minutes=2)
    answer(world, "a")
    assert (task(world)["state"], task(world)["assignee"]) == ("ASSIGNING", None)
    answer(world, "b", corrections={"assignee": "wu"})
    assert (task(world)["state"], task(world)["assignee"]) == ("CREATED", "wu")


def test_an_assignee_of_the_diagram_may_be_denied(world: World) -> None:
    world.deploy(line(assigned(listening("assigning a"), "li")))
    world.start("p")
    answer(world, "a", denied=True)
    assert (task(world)["state"], task(world)["assignee"]) == ("CREATED", None)


def test_nothing_else_is_asked_of_a_task_while_its_listeners_are(world: World) -> None:
    world.deploy(line(listening("assigning a")))
    world.start("p")
    asked(world, user_tasks.assign, "wu", allow_override=False)
    commands: list[tuple[Callable[..., int | None], Any]] = [
        (user_tasks.assign, "li"),
        (user_tasks.complete, {}),
        (user_tasks.change, {"priority": 1}),
    ]
    for ask, what in commands:
        with pytest.raises(Conflict, match="assigning"):
            asked(world, ask, what)
    answer(world, "a")
    with pytest.raises(Conflict, match="assigned to wu"):
        asked(world, user_tasks.assign, "li", allow_override=False)
    asked(world, user_tasks.unassign)
    [given] = world.take("a")
    assert given["user_task"]["action"] == "unassign"


def test_a_listener_without_tries_left_is_an_incident_of_its_own_kind_and_is_tried_again(world: World) -> None:
    world.deploy(line(listening("completing a", "completing b")))
    key = world.start("p")
    asked(world, user_tasks.complete, {})
    answer(world, "a")
    [given] = world.take("b")
    with world.database.write() as connection:
        jobs.fail(connection, world.engine, given["key"], retries=0, message="no line", by="worker")
    [told] = world.incidents()
    assert (told["error_type"], told["element_id"]) == ("TASK_LISTENER_NO_RETRIES", "ask")
    with world.database.write() as connection:
        incidents.resolve(connection, world.engine, told["key"], by="operator")
    answer(world, "b")
    assert world.instance(key)["state"] == "COMPLETED"


def test_a_listener_brings_no_variables_and_throws_no_error(world: World) -> None:
    world.deploy(line(listening("completing a")))
    world.start("p")
    asked(world, user_tasks.complete, {})
    [given] = world.take("a")
    with world.database.write() as connection, pytest.raises(Invalid, match="variables"):
        jobs.complete(connection, world.engine, given["key"], {"x": 1}, by="worker")
    with world.database.write() as connection, pytest.raises(Conflict, match="listener"):
        jobs.throw_error(connection, world.engine, given["key"], code="x", by="worker")
    with pytest.raises(Invalid, match="denies"):
        world.pass_(minutes=2)
        answer(world, "a", denied=True, corrections={"priority": 1})


def test_what_ends_a_task_ends_its_listeners(world: World) -> None:
    nodes = [start(), listening("completing a"), end(), timer("boundaryEvent", "late", "PT1H", attachedToRef="ask")]
    world.deploy(diagram("p", [*nodes, end("out")], ["begin -> ask", "ask -> done", "late -> out"]))
    key = world.start("p")
    transition = asked(world, user_tasks.complete, {})
    world.pass_(hours=2)
    assert (world.jobs(), world.instance(key)["state"]) == ([], "COMPLETED")
    assert outcome(world, transition) == user_tasks.Outcome("CANCELED", None)
    key = world.start("p")
    asked(world, user_tasks.complete, {})
    with world.database.write() as connection:
        process_instances.cancel(connection, world.engine, key, by="operator")
    assert (world.jobs(), task(world)["state"]) == ([], "CANCELED")


def test_listeners_stand_still_with_their_instance(world: World) -> None:
    world.deploy(line(listening("completing a")))
    key = world.start("p")
    asked(world, user_tasks.complete, {})
    with world.database.write() as connection:
        suspension.suspend(connection, world.engine, key, by="operator")
    assert world.take("a") == []
    with world.database.write() as connection:
        suspension.resume(connection, world.engine, key, by="operator")
    answer(world, "a", denied=True)
    with world.database.write() as connection:
        suspension.suspend(connection, world.engine, key, by="operator")
    with pytest.raises(Conflict, match="suspended"):
        asked(world, user_tasks.complete, {})


def test_a_listener_is_served_in_process_where_there_is_a_handler(world: World) -> None:
    def check(given: Job) -> dict[str, Any]:
        return {"denied": "photo" not in given.variables, "deniedReason": "no photo"}

    world.handlers["check"] = check
    world.deploy(line(listening("completing check")))
    key = world.start("p")
    first = asked(world, user_tasks.complete, {})
    world.run_jobs()
    assert outcome(world, first) == user_tasks.Outcome("CREATED", "no photo")
    asked(world, user_tasks.complete, {"photo": 1})
    world.run_jobs()
    assert world.instance(key)["state"] == "COMPLETED"


def test_a_listener_whose_type_cannot_be_computed_keeps_the_task_open_with_an_incident(world: World) -> None:
    world.deploy(line(listening("completing =check")))
    key = world.start("p")
    with pytest.raises(StuckError, match="job type"):
        asked(world, user_tasks.complete, {})
    assert [one["element_id"] for one in world.incidents()] == ["ask"]
    world.mend(key, check="a")
    asked(world, user_tasks.complete, {})
    answer(world, "a")
    assert world.instance(key)["state"] == "COMPLETED"


def test_a_listener_goes_on_in_another_version(world: World) -> None:
    world.deploy(line(listening("completing a")))
    key = world.start("p")
    asked(world, user_tasks.complete, {})
    world.deploy(line(listening("completing a", "completing b", "assigning c")))
    target = world.instance(world.start("p"))["definition_key"]
    with world.database.write() as connection:
        migration.migrate(connection, world.engine, key, target, bpmn.MigrationPlan(), by="operator")
    answer(world, "a")
    answer(world, "b")
    assert world.instance(key)["state"] == "COMPLETED"


@pytest.mark.parametrize(
    ("drawn", "told"),
    [("canceling a", "canceling is not run"), ("start a", "event “start” is not run"), ("creating =", "is no FEEL")],
)
def test_a_listener_that_could_never_be_done_is_refused(world: World, drawn: str, told: str) -> None:
    with pytest.raises(ModelRejected) as refused:
        world.deploy(line(listening(drawn)))
    assert [one for one in refused.value.problems if one.element_id == "ask" and told in one.message]
