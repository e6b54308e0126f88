"""Conditional events in the rows of both stores, and processes that begin with a condition."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from service import bpmn
from service.engine import conditionals, jobs, messages, migration, modification, process_instances, suspension
from service.errors import Conflict, NotFound, StuckError
from service.store.tables import element_instance
from tests.diagrams import (
    Node,
    body,
    conditional,
    diagram,
    end,
    event_sub_process,
    job,
    message,
    message_root,
    start,
    user,
)
from tests.world import World


def drawn(*nodes: Node, condition: str = "x > 10", interrupting: str = "true", process: str = "case") -> bytes:
    """A task with a condition on its border that leads to the task `mend`."""
    alarm = conditional("boundaryEvent", "alarm", condition, attachedToRef="work", cancelActivity=interrupting)
    every = [start(), user("work"), alarm, user("mend"), end(), *nodes]
    return diagram(process, every, ["begin -> work", "work -> done", "alarm -> mend", "mend -> done"])


def begun(world: World, xml: bytes, **variables: Any) -> int:
    world.deploy(xml)
    return world.start("case", **variables)


def put(world: World, key: int, /, *, local: bool = False, **variables: Any) -> None:
    with world.database.write() as connection:
        process_instances.set_variables(connection, world.engine, key, variables, local=local, by="desk")


def waiting(world: World) -> list[str]:
    return sorted(task["element_id"] for task in world.tasks())


def elements(world: World, key: int) -> dict[str, str]:
    query = select(element_instance).where(element_instance.c.instance_key == key)
    with world.database.read() as connection:
        return {row["element_id"]: row["state"] for row in connection.execute(query).mappings()}


def evaluate(world: World, definition_key: int | None = None, /, **variables: Any) -> list[str]:
    with world.database.write() as connection:
        started = conditionals.evaluate(connection, world.engine, variables, definition_key=definition_key, by="desk")
        return [one.definition["process_id"] for one in started]


# While an instance runs ----------------------------------------------------------------------------------------


def test_variables_that_are_put_let_a_condition_happen_also_after_a_restart(world: World) -> None:
    key = begun(world, drawn(), x=1)
    put(world, key, x=9)
    world.restart()
    assert waiting(world) == ["work"]
    put(world, key, x=11)
    assert waiting(world) == ["mend"]
    told = elements(world, key)
    assert (told["work"], told["alarm"], told["mend"]) == ("TERMINATED", "COMPLETED", "ACTIVE")
    assert [one["kind"] for one in world.path(key).events if one["element_id"] == "alarm"] == ["condition-true"]


def test_a_local_variable_of_a_task_is_seen_on_its_border(world: World) -> None:
    key = begun(world, drawn(interrupting="false"), x=1)
    with world.database.read() as connection:
        query = select(element_instance.c.key).where(element_instance.c.element_id == "work")
        task = connection.execute(query).scalar_one()
    put(world, task, local=True, x=11)
    assert waiting(world) == ["mend", "work"]
    assert world.variables(key) == {"x": 1}


def test_what_jobs_and_messages_bring_lets_a_condition_happen(world: World) -> None:
    handler = event_sub_process("handle", conditional("startEvent", "happens", "x > 10"), user("mend"))
    nodes = [start(), job("send"), message("intermediateCatchEvent", "heard"), end(), handler]
    flows = ["begin -> send", "send -> heard", "heard -> done"]
    key = begun(world, diagram("case", nodes, flows, root=message_root()), x=1, matter="M")
    taken = world.take("work")[0]["key"]
    with world.database.write() as connection:
        jobs.complete(connection, world.engine, taken, {"x": 5}, by="worker")
    with world.database.write() as connection:
        messages.publish(connection, world.engine, name="reply", correlation_key="M", variables={"x": 11}, by="post")
    assert waiting(world) == ["mend"]
    assert elements(world, key)["heard"] == "COMPLETED"


def test_a_failing_jobs_variables_can_take_it_away_from_its_worker(world: World) -> None:
    alarm = conditional("boundaryEvent", "alarm", "attempt > 2", attachedToRef="send")
    nodes = [start(), job("send"), alarm, user("mend"), end()]
    begun(world, diagram("case", nodes, ["begin -> send", "send -> done", "alarm -> mend", "mend -> done"]))
    taken = world.take("work")[0]["key"]
    with world.database.write() as connection:
        jobs.fail(connection, world.engine, taken, retries=2, message="no", variables={"attempt": 3}, by="worker")
    assert (waiting(world), world.jobs()) == (["mend"], [])


def test_a_condition_that_is_no_condition_is_an_incident_and_nothing_is_set(world: World) -> None:
    key = begun(world, drawn(condition="x"), x=False)
    world_task = world.tasks()[0]["key"]
    with pytest.raises(StuckError):
        put(world, key, x="eleven")
    [incident] = world.incidents()
    assert (incident["element_id"], incident["error_type"]) == ("alarm", "CONDITION_ERROR")
    assert "“alarm” is neither true nor false, but" in incident["message"]
    assert world.variables(key) == {"x": False}
    world.complete(world_task)
    assert world.instance(key)["state"] == "COMPLETED"


def test_a_suspended_instance_looks_at_nothing(world: World) -> None:
    key = begun(world, drawn(), x=1)
    with world.database.write() as connection:
        suspension.suspend(connection, world.engine, key, by="desk")
    with pytest.raises(Conflict):
        put(world, key, x=11)
    with world.database.write() as connection:
        suspension.resume(connection, world.engine, key, by="desk")
    put(world, key, x=11)
    assert waiting(world) == ["mend"]


def test_a_condition_is_waited_for_still_after_a_migration_and_a_new_one_from_then_on(world: World) -> None:
    other = conditional("boundaryEvent", "second", "y", attachedToRef="work", cancelActivity="false")
    after = diagram(
        "case",
        [start(), user("work"), conditional("boundaryEvent", "over", "x > 20", attachedToRef="work"), other,
         user("mend"), user("more"), end()],
        ["begin -> work", "work -> done", "over -> mend", "mend -> done", "second -> more", "more -> done"],
    )  # fmt: skip
    key = begun(world, drawn(), x=1, y=True)
    target = world.deploy(after).process_definitions[0]["key"]
    plan = bpmn.MigrationPlan({"alarm": "over"}, equal_ids=True)
    with world.database.write() as connection:
        migration.migrate(connection, world.engine, key, target, plan, by="policy")
    assert waiting(world) == ["more", "work"]
    put(world, key, x=11)
    assert waiting(world) == ["more", "work"]
    put(world, key, x=21)
    assert waiting(world) == ["mend", "more"]


def test_a_catching_event_is_migrated_with_its_condition_and_begun_by_hand(world: World) -> None:
    def waits(name: str, condition: str) -> bytes:
        nodes = [start(), conditional("intermediateCatchEvent", name, condition), user("look"), end()]
        return diagram("case", nodes, [f"begin -> {name}", f"{name} -> look", "look -> done"])

    key = begun(world, waits("ready", "x > 10"), x=1)
    target = world.deploy(waits("able", "x > 20")).process_definitions[0]["key"]
    with world.database.write() as connection:
        plan = bpmn.MigrationPlan({"ready": "able"}, equal_ids=True)
        migration.migrate(connection, world.engine, key, target, plan, by="policy")
    put(world, key, x=21)
    assert waiting(world) == ["look"]
    with world.database.write() as connection:
        again = bpmn.Activation("able", None, (("", {"x": 1}),))
        modification.modify(connection, world.engine, key, move=[bpmn.Move("look", again)], by="desk")
    assert (waiting(world), elements(world, key)["able"]) == ([], "ACTIVE")
    put(world, key, x=30)
    assert waiting(world) == ["look"]


def test_a_token_that_is_moved_hears_of_conditions_where_it_goes(world: World) -> None:
    happens = conditional("startEvent", "happens", "x > 10", isInterrupting="false")
    inner = [start("open"), user("inner"), end("close"), event_sub_process("handle", happens, user("mend"))]
    part = Node("subProcess", "part", "", body(inner, ["open -> inner", "inner -> close"], "i"))
    wait = conditional("intermediateCatchEvent", "ready", "z")
    nodes = [start(), wait, user("look"), part, end()]
    flows = ["begin -> ready", "ready -> look", "look -> part", "part -> done"]
    key = begun(world, diagram("case", nodes, flows), x=1)
    assert elements(world, key)["ready"] == "ACTIVE"
    with world.database.write() as connection:
        move = bpmn.Move("ready", bpmn.Activation("inner"))
        modification.modify(connection, world.engine, key, move=[move], by="desk")
    assert elements(world, key)["ready"] == "TERMINATED"
    put(world, key, x=11, z=True)
    assert waiting(world) == ["inner", "mend"]


# At the start --------------------------------------------------------------------------------------------------


def starting(process: str, **conditions: str) -> bytes:
    nodes = [conditional("startEvent", id_, condition) for id_, condition in conditions.items()]
    flows = [f"{id_} -> work" for id_ in conditions]
    return diagram(process, [*nodes, user("work"), end()], [*flows, "work -> done"])


def test_a_process_begins_for_each_of_its_conditions_that_is_true(world: World) -> None:
    world.deploy(starting("a", high="x > 10", low="x < 1", odd="odd(x)"), starting("b", high="x > 5"))
    assert evaluate(world, x=11) == ["a", "a", "b"]
    assert evaluate(world, x=2) == []
    assert [world.variables(task["instance_key"]) for task in world.tasks()] == [{"x": 11}] * 3


def test_only_a_condition_that_reads_what_is_given_begins_a_process(world: World) -> None:
    world.deploy(starting("a", missing="x = null", broken="y / 0 > x", other='z = "go"'))
    assert evaluate(world, y=1) == []
    assert evaluate(world, x=None) == ["a"]
    assert evaluate(world, z="go") == ["a"]


def test_only_the_newest_version_of_a_process_begins_and_only_the_one_that_is_named(world: World) -> None:
    first = world.deploy(starting("a", high="x > 1")).process_definitions[0]["key"]
    newest = world.deploy(starting("a", high="x > 10"), starting("b", high="x > 1")).process_definitions[0]["key"]
    assert evaluate(world, x=5) == ["b"]
    assert evaluate(world, first, x=5) == []
    assert evaluate(world, newest, x=11) == ["a"]
    with pytest.raises(NotFound):
        evaluate(world, 1, x=11)
    world.deploy(diagram("b", [start(), end()], ["begin -> done"]))
    assert evaluate(world, x=5) == []


def test_a_process_with_a_condition_and_a_plain_start_begins_by_both(world: World) -> None:
    nodes = [start(), conditional("startEvent", "high", "x > 10"), user("plain"), user("high-work"), end()]
    world.deploy(diagram("case", nodes, ["begin -> plain", "plain -> done", "high -> high-work", "high-work -> done"]))
    key = world.start("case", x=11)
    assert waiting(world) == ["plain"]
    assert evaluate(world, x=11) == ["case"]
    assert waiting(world) == ["high-work", "plain"]
    assert elements(world, key) == {"begin": "COMPLETED", "plain": "ACTIVE"}
