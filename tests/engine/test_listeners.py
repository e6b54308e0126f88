"""Execution listeners: jobs before an element's work and after it, on whatever element Camunda 8 takes them."""

from __future__ import annotations

from typing import Any

import pytest

from service import bpmn
from service.engine import incidents, jobs, migration, process_instances
from service.errors import BpmnError, Conflict, ModelRejected
from service.handlers import Job
from tests.diagrams import Node, body, diagram, each, end, job, mapping, message, message_root, start, timer, user
from tests.world import World


def listeners(*drawn: str) -> str:
    """`start one`, `end two`: the event and the job type of each."""
    told = "".join(
        f'<zeebe:executionListener eventType="{event}" type="{type_}" retries="=1 + 1" />'
        for event, type_ in (one.split() for one in drawn)
    )
    return f"<zeebe:executionListeners>{told}</zeebe:executionListeners>"


def of_process(xml: bytes, *drawn: str) -> bytes:
    begins = xml.index(b">", xml.index(b"<bpmn:process")) + 1
    told = f"<bpmn:extensionElements>{listeners(*drawn)}</bpmn:extensionElements>".encode()
    return xml[:begins] + told + xml[begins:]


def done(world: World, type_: str, **variables: Any) -> None:
    [given] = world.take(type_)
    with world.database.write() as connection:
        jobs.complete(connection, world.engine, given["key"], variables, by="worker")


def line(node: Node, *flows: str) -> bytes:
    return diagram("p", [start(), node, end()], list(flows) or [f"begin -> {node.id}", f"{node.id} -> done"])


def waiting(world: World) -> list[str]:
    return sorted([one["type"] for one in world.jobs()] + [one["element_id"] for one in world.tasks()])


def test_listeners_are_done_one_after_the_other_before_the_work_and_after_it(world: World) -> None:
    world.deploy(line(job("work", more=listeners("start a", "end c", "start b", "end d"))))
    key = world.start("p")
    for one in ("a", "b", "work", "c", "d"):
        assert waiting(world) == [one]
        world.restart()
        done(world, one)
    assert world.instance(key)["state"] == "COMPLETED"


def test_what_a_start_listener_brings_is_local_and_what_an_end_listener_brings_goes_out(world: World) -> None:
    drawn = mapping({"given": "x + 1"}, {"told": "result"}) + listeners("start a", "end b")
    world.deploy(line(job("work", more=drawn)))
    key = world.start("p", x=1)
    [leased] = world.take("a")
    assert (leased["kind"], leased["listener_event"], leased["retries"]) == ("EXECUTION_LISTENER", "START", 2)
    assert leased["variables"] == {"x": 1, "given": 2}
    with world.database.write() as connection:
        jobs.complete(connection, world.engine, leased["key"], {"hint": "h"}, by="worker")
    [worked] = world.take("work")
    assert worked["variables"] == {"x": 1, "given": 2, "hint": "h"}
    assert worked["element_instance_key"] == leased["element_instance_key"]
    with world.database.write() as connection:
        jobs.complete(connection, world.engine, worked["key"], {"result": 3}, by="worker")
    assert world.take("b")[0]["variables"]["told"] == 3
    world.pass_(minutes=2)
    done(world, "b", more=4)
    assert world.variables(key) == {"x": 1, "told": 3, "more": 4}


def test_a_process_has_listeners_too(world: World) -> None:
    world.deploy(of_process(line(user("ask")), "start a", "end b"))
    key = world.start("p")
    assert waiting(world) == ["a"]
    done(world, "a", x=1)
    world.complete(world.tasks(key)[0]["key"])
    assert (waiting(world), world.instance(key)["state"]) == (["b"], "ACTIVE")
    [leased] = world.take("b")
    assert (leased["element_instance_key"], leased["element_id"]) == (key, "p")
    world.pass_(minutes=2)
    done(world, "b", y=2)
    assert (world.variables(key), world.instance(key)["state"]) == ({"x": 1, "y": 2}, "COMPLETED")


def test_a_listener_of_a_gateway_chooses_its_way(world: World) -> None:
    nodes = [start(), Node("exclusiveGateway", "which", listeners("start a")), user("left"), user("right"), end()]
    flows = ["begin -> which", "which -> left if way = 1", "which -> right default", "left -> done", "right -> done"]
    world.deploy(diagram("p", nodes, flows))
    world.start("p")
    done(world, "a", way=1)
    assert waiting(world) == ["left"]


@pytest.mark.parametrize("kind", ["parallelGateway", "inclusiveGateway"])
def test_a_listener_of_a_gateway_that_joins_is_done_once(world: World, kind: str) -> None:
    nodes = [start(), Node(kind, "fork"), user("a"), user("b"), Node(kind, "join", listeners("start met")), end()]
    flows = ["begin -> fork", "fork -> a if true", "fork -> b if true", "a -> join", "b -> join", "join -> done"]
    if kind == "parallelGateway":
        flows = [one.removesuffix(" if true") for one in flows]
    world.deploy(diagram("p", nodes, flows))
    key = world.start("p")
    for task in world.tasks(key):
        world.complete(task["key"])
    done(world, "met")
    assert world.instance(key)["state"] == "COMPLETED"


def test_events_on_the_border_wait_from_the_work_on_and_no_longer_at_the_end(world: World) -> None:
    nodes = [start(), job("work", more=listeners("start a", "end b")), end()]
    nodes += [timer("boundaryEvent", "late", "PT1H", attachedToRef="work", more=listeners("end c")), end("stopped")]
    world.deploy(diagram("p", nodes, ["begin -> work", "work -> done", "late -> stopped"]))
    first, second = world.start("p"), world.start("p")
    assert world.pass_(hours=2) == 0
    for _ in (first, second):
        [leased, *_] = world.take("a", limit=1)
        with world.database.write() as connection:
            jobs.complete(connection, world.engine, leased["key"], {}, by="worker")
    [leased] = world.take("work", limit=1)
    with world.database.write() as connection:
        jobs.complete(connection, world.engine, leased["key"], {}, by="worker")
    assert world.pass_(hours=2) == 1
    assert waiting(world) == ["b", "c"]
    done(world, "b")
    done(world, "c")
    assert world.count("COMPLETED") == 2


def test_sub_processes_and_the_instances_of_many_have_listeners(world: World) -> None:
    inside = body([start("in"), user("ask"), end("out")], ["in -> ask", "ask -> out"], "s")
    sub = Node("subProcess", "sub", listeners("beforeAll a", "start b", "end c"), inside)
    world.deploy(line(each(sub, "names", member="name", output="all", result="told")))
    key = world.start("p")
    done(world, "a", names=["x", "y"])
    for one in world.take("b"):
        with world.database.write() as connection:
            jobs.complete(connection, world.engine, one["key"], {"at": one["variables"]["name"]}, by="worker")
    for task in world.tasks(key):
        world.complete(task["key"])
    for one in world.take("c"):
        with world.database.write() as connection:
            jobs.complete(connection, world.engine, one["key"], {"told": one["variables"]["name"]}, by="worker")
    assert (world.instance(key)["state"], world.variables(key)["all"]) == ("COMPLETED", ["x", "y"])


def test_an_event_behind_an_event_based_gateway_has_its_listeners_once_it_has_happened(world: World) -> None:
    nodes = [start(), Node("eventBasedGateway", "either")]
    nodes += [message("intermediateCatchEvent", "answer", more=listeners("start a", "end b"))]
    nodes += [timer("intermediateCatchEvent", "late", "PT1H", more=listeners("start c")), end(), end("never")]
    flows = ["begin -> either", "either -> answer", "either -> late", "answer -> done", "late -> never"]
    world.deploy(diagram("p", nodes, flows, root=message_root(key="=case_id")))
    key = world.start("p", case_id="1", key="1")
    world.pass_(hours=2)
    done(world, "c")
    assert world.instance(key)["state"] == "COMPLETED"


def test_a_listener_without_tries_left_is_an_incident_of_its_own_kind_and_is_tried_again(world: World) -> None:
    world.deploy(line(user("ask", more=listeners("start a"))))
    key = world.start("p")
    [leased] = world.take("a")
    with world.database.write() as connection:
        jobs.fail(connection, world.engine, leased["key"], retries=0, message="no line", by="worker")
    [told] = world.incidents()
    assert (told["error_type"], told["element_id"]) == ("EXECUTION_LISTENER_NO_RETRIES", "ask")
    with world.database.write() as connection:
        incidents.resolve(connection, world.engine, told["key"], by="operator")
    done(world, "a")
    assert len(world.tasks(key)) == 1


def test_a_listener_throws_no_bpmn_error(world: World) -> None:
    world.deploy(line(user("ask", more=listeners("start a"))))
    world.start("p")
    [leased] = world.take("a")
    with world.database.write() as connection, pytest.raises(Conflict, match="listener"):
        jobs.throw_error(connection, world.engine, leased["key"], code="x", by="worker")


def test_an_error_of_a_handler_for_a_listener_is_a_failure_of_its_job(world: World) -> None:
    def note(given: Job) -> None:
        raise BpmnError("x", "no line")

    world.handlers["note"] = note
    world.deploy(line(user("ask", more=listeners("start note"))))
    world.start("p")
    for _ in range(2):
        world.run_jobs()
        world.pass_(hours=1)
    assert ([told["error_type"] for told in world.incidents()]) == ["EXECUTION_LISTENER_NO_RETRIES"]


def test_the_job_of_a_listener_goes_with_its_instance(world: World) -> None:
    world.deploy(of_process(line(user("ask", more=listeners("end b"))), "start a"))
    first, second = world.start("p"), world.start("p")
    with world.database.write() as connection:
        process_instances.cancel(connection, world.engine, first, by="operator")
    done(world, "a")
    world.complete(world.tasks(second)[0]["key"])
    assert waiting(world) == ["b"]
    with world.database.write() as connection:
        process_instances.cancel(connection, world.engine, second, by="operator")
    assert waiting(world) == []


def test_a_listener_is_served_in_process_where_there_is_a_handler(world: World) -> None:
    seen: list[str] = []

    def note(given: Job) -> dict[str, Any]:
        seen.append(given.element_id)
        return {"noted": True}

    world.handlers["note"] = note
    world.deploy(of_process(line(user("ask", more=listeners("end note"))), "end note"))
    key = world.start("p")
    world.complete(world.tasks(key)[0]["key"])
    world.run_jobs()
    world.run_jobs()
    assert (seen, world.variables(key)) == (["ask", "p"], {"noted": True})


def test_a_listener_goes_on_in_another_version(world: World) -> None:
    world.deploy(line(user("ask", more=listeners("start a"))))
    key = world.start("p")
    world.deploy(line(user("ask", more=listeners("start a", "end b"))))
    target = world.instance(world.start("p"))["definition_key"]
    with world.database.write() as connection:
        migration.migrate(connection, world.engine, key, target, bpmn.MigrationPlan(), by="operator")
    [given, _] = world.take("a")
    with world.database.write() as connection:
        jobs.complete(connection, world.engine, given["key"], {}, by="worker")
    world.complete(world.tasks(key)[0]["key"])
    assert [one["type"] for one in world.jobs(key)] == ["b"]


@pytest.mark.parametrize(
    ("node", "told"),
    [
        (Node("exclusiveGateway", "x", listeners("end a")), "A gateway has no end listeners"),
        (job("x", more=listeners("start a", "start a")), "2 listeners of start"),
        (job("x", more=listeners("cancel a")), "event “cancel” is not run"),
        (job("x", more=listeners("beforeAll a")), "done once"),
    ],
)
def test_a_listener_that_could_never_be_done_is_refused(world: World, node: Node, told: str) -> None:
    with pytest.raises(ModelRejected) as refused:
        world.deploy(line(node))
    assert [one for one in refused.value.problems if one.element_id == "x" and told in one.message]
