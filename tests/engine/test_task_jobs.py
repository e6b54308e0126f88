"""User tasks without zeebe:userTask are jobs as well: a worker does them, or a person, whoever comes first."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from service import bpmn
from service.engine import incidents, jobs, migration, process_instances, suspension
from service.engine.task_jobs import TYPE
from service.errors import NotFound
from service.store.tables import user_task
from tests.diagrams import Node, diagram, end, event, start, timer, user
from tests.world import World

NAMED = (
    '<zeebe:assignmentDefinition assignee="=who" candidateGroups="a, b" candidateUsers="=[who]" />'
    '<zeebe:taskSchedule dueDate="2026-03-01T12:00:00+08:00" /><zeebe:formDefinition formKey="desk/ask" />'
    '<zeebe:taskHeaders><zeebe:header key="help" value="me" /></zeebe:taskHeaders>'
)


def line(extensions: str = "", *more: Node, root: str = "") -> bytes:
    flows = ["begin -> ask", "ask -> done", *(f"{one.id} -> out" for one in more)]
    nodes = [start(), Node("userTask", "ask", extensions), *more, end(), *([end("out")] if more else [])]
    return diagram("p", nodes, flows, root=root)


def done(world: World, key: int, **variables: Any) -> None:
    with world.database.write() as connection:
        jobs.complete(connection, world.engine, key, variables, by="robot")


def states(world: World) -> list[str]:
    return [row["state"] for row in world._rows(user_task, user_task.c.key > 0, None)]


def test_a_worker_is_told_of_the_task_under_the_names_that_it_knows(world: World) -> None:
    world.deploy(line(NAMED))
    world.start("p", who="li", x=1)
    [given] = world.take(TYPE)
    assert (given["kind"], given["retries"], given["element_id"]) == ("BPMN_ELEMENT", 1, "ask")
    assert given["variables"] == {"who": "li", "x": 1}
    assert given["headers"] == {
        "help": "me",
        "io.camunda.zeebe:assignee": "li",
        "io.camunda.zeebe:candidateGroups": '["a", "b"]',
        "io.camunda.zeebe:candidateUsers": '["li"]',
        "io.camunda.zeebe:dueDate": "2026-03-01T12:00:00+08:00",
        "io.camunda.zeebe:formKey": "desk/ask",
    }


def test_a_worker_is_told_of_a_form_in_the_diagram_by_the_key_that_is_drawn(world: World) -> None:
    xml = line('<zeebe:formDefinition formKey="camunda-forms:bpmn:F" />').decode()
    form = '<zeebe:userTaskForm id="F">{"components": []}</zeebe:userTaskForm>'
    held = f'isExecutable="true"><bpmn:extensionElements>{form}</bpmn:extensionElements>'
    world.deploy(xml.replace('isExecutable="true">', held, 1).encode())
    world.start("p")
    [given] = world.take(TYPE)
    assert given["headers"] == {"io.camunda.zeebe:formKey": "camunda-forms:bpmn:F"}


def test_what_the_worker_brings_completes_the_task(world: World) -> None:
    world.deploy(line())
    key = world.start("p")
    [given] = world.take(TYPE)
    world.restart()
    done(world, given["key"], found=1)
    assert (world.instance(key)["state"], world.variables(key)) == ("COMPLETED", {"found": 1})
    assert (states(world), world.jobs()) == (["COMPLETED"], [])
    assert [one["by"] for one in world.path(key).events if one["kind"] == "task-completed"] == ["robot"]


def test_a_person_who_is_first_takes_the_job_away(world: World) -> None:
    world.deploy(line())
    key = world.start("p")
    [given] = world.take(TYPE)
    world.complete(world.tasks(key)[0]["key"])
    assert (world.instance(key)["state"], world.jobs()) == ("COMPLETED", [])
    with pytest.raises(NotFound):
        done(world, given["key"])


def test_a_worker_that_fails_leaves_an_incident_and_the_task_to_people(world: World) -> None:
    world.deploy(line())
    key = world.start("p")
    [given] = world.take(TYPE)
    with world.database.write() as connection:
        jobs.fail(connection, world.engine, given["key"], retries=0, message="no line", by="robot")
    [told] = world.incidents()
    assert (told["error_type"], told["element_id"]) == ("JOB_NO_RETRIES", "ask")
    with world.database.write() as connection:
        incidents.resolve(connection, world.engine, told["key"], by="chief")
    assert len(world.take(TYPE)) == 1
    world.complete(world.tasks(key)[0]["key"])
    assert (world.instance(key)["state"], world.incidents()) == ("COMPLETED", [])


def test_a_worker_may_throw_an_error_that_is_caught_on_the_border(world: World) -> None:
    lost = event("boundaryEvent", "lost", "error", "E", attachedToRef="ask")
    told = world.deploy(line("", lost, root='<bpmn:error id="E" errorCode="LOST" />'))
    assert [one.element_id for one in told.warnings] == ["ask"]
    key = world.start("p")
    [given] = world.take(TYPE)
    with world.database.write() as connection:
        jobs.throw_error(connection, world.engine, given["key"], code="LOST", by="robot")
    assert (states(world), world.jobs(), world.instance(key)["state"]) == (["CANCELED"], [], "COMPLETED")


def test_what_ends_the_task_ends_its_job(world: World) -> None:
    world.deploy(line("", timer("boundaryEvent", "late", "PT1H", attachedToRef="ask")))
    world.start("p")
    world.pass_(hours=2)
    assert (states(world), world.jobs()) == (["CANCELED"], [])
    key = world.start("p")
    with world.database.write() as connection:
        process_instances.cancel(connection, world.engine, key, by="chief")
    assert (states(world)[1:], world.jobs()) == (["CANCELED"], [])


def test_the_job_stands_still_with_its_instance_and_moves_with_it_to_another_version(world: World) -> None:
    world.deploy(line())
    key = world.start("p")
    with world.database.write() as connection:
        suspension.suspend(connection, world.engine, key, by="chief")
    assert world.take(TYPE) == []
    with world.database.write() as connection:
        suspension.resume(connection, world.engine, key, by="chief")
    world.deploy(line('<zeebe:taskHeaders><zeebe:header key="a" value="b" /></zeebe:taskHeaders>'))
    target = world.instance(world.start("p"))["definition_key"]
    with world.database.write() as connection:
        migration.migrate(connection, world.engine, key, target, bpmn.MigrationPlan(), by="chief")
    given = next(one for one in world.take(TYPE) if one["instance_key"] == key)
    assert given["definition_key"] == target
    done(world, given["key"])
    assert world.instance(key)["state"] == "COMPLETED"


def test_a_task_that_is_not_drawn_so_and_one_with_listeners_is_no_job(world: World) -> None:
    heard = '<zeebe:taskListeners><zeebe:taskListener eventType="completing" type="a" /></zeebe:taskListeners>'
    world.deploy(line(heard), diagram("q", [start(), user("ask"), end()], ["begin -> ask", "ask -> done"]))
    for one in ("p", "q"):
        world.start(one)
    assert world.jobs() == []


def test_a_job_that_nobody_takes_bothers_nobody(world: World) -> None:
    world.deploy(line())
    key = world.start("p")
    assert (world.run_jobs(), world.pass_(days=30)) == (0, 0)
    with world.database.write() as connection:
        lease: dict[str, Any] = {"types": [TYPE], "worker": "w", "timeout": timedelta(minutes=1), "limit": 1}
        assert len(jobs.activate(connection, world.engine, **lease)) == 1
    assert [one["state"] for one in world.tasks(key)] == ["CREATED"]
