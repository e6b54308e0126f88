"""A step does all or nothing, and the rows agree with the run."""

from __future__ import annotations

from datetime import timedelta

import pytest

from service.engine import incidents, jobs, messages, process_instances, user_tasks
from service.errors import BpmnError, Conflict, Invalid, ModelRejected, NotFound
from service.handlers import Job
from tests.diagrams import Node, body, diagram, end, job, mapping, message, message_root, start, timer, user
from tests.world import World

ONE_TASK = diagram("one", [start(), user("work", "clerk,chief"), end()], ["begin -> work", "work -> done"])


def test_a_case_goes_from_start_to_end_and_its_path_is_kept(world: World) -> None:
    world.deploy(ONE_TASK)
    key = world.start("one", x=1)
    [task] = world.tasks(key)
    assert (task["element_id"], task["candidate_groups"], task["priority"]) == ("work", ["clerk", "chief"], 50)
    world.complete(task["key"], answer="yes")
    assert world.tasks(key) == []
    row = world.instance(key)
    assert (row["state"], row["variables"], row["state_blob"], row["waits"]) == (
        "COMPLETED",
        {"x": 1, "answer": "yes"},
        b"",
        {},
    )
    path = world.path(key)
    assert path.flows == ("f1", "f2")
    assert [(one["element_id"], one["state"]) for one in path.elements] == [
        ("begin", "COMPLETED"),
        ("work", "COMPLETED"),
        ("done", "COMPLETED"),
    ]
    assert [(one["kind"], one["by"]) for one in path.events if one["kind"].startswith("task")] == [
        ("task-created", "caller"),
        ("task-completed", "clerk"),
    ]


def test_the_same_content_keeps_its_version_and_new_content_gets_the_next(world: World) -> None:
    first = world.deploy(ONE_TASK).process_definitions[0]
    again = world.deploy(ONE_TASK).process_definitions[0]
    changed = diagram("one", [start(), user("other"), end()], ["begin -> other", "other -> done"])
    second = world.deploy(changed).process_definitions[0]
    assert again["key"] == first["key"]
    assert (first["version"], second["version"]) == (1, 2)
    assert world.tasks(world.start("one"))[0]["element_id"] == "other"


def test_a_deployment_with_one_bad_file_leaves_nothing(world: World) -> None:
    with pytest.raises(ModelRejected) as refused:
        world.deploy(ONE_TASK, b"<nonsense>", table_txt=b"")
    assert {problem.file for problem in refused.value.problems} == {"d1.bpmn", "table.txt"}
    with pytest.raises(NotFound):
        world.start("one")


def test_a_diagram_that_refers_to_what_is_not_there_is_refused(world: World) -> None:
    called = '<zeebe:calledDecision decisionId="accept" resultVariable="v" />'
    nodes = [start(), Node("businessRuleTask", "decide", called), end()]
    with pytest.raises(ModelRejected, match="accept") as refused:
        world.deploy(diagram("p", nodes, ["begin -> decide", "decide -> done"]))
    assert refused.value.problems[0].element_id == "decide"


def test_a_task_that_is_done_cannot_be_done_again(world: World) -> None:
    world.deploy(ONE_TASK)
    [task] = world.tasks(world.start("one"))
    world.complete(task["key"])
    with pytest.raises(Conflict, match="completed already"):
        world.complete(task["key"])
    with pytest.raises(NotFound):
        world.complete(12345)


def test_the_second_claimant_is_told_who_was_first(world: World) -> None:
    world.deploy(ONE_TASK)
    [task] = world.tasks(world.start("one"))
    with world.database.write() as connection:
        user_tasks.assign(connection, world.engine, task["key"], "li", by="li", allow_override=False)
    with pytest.raises(Conflict, match="li"), world.database.write() as connection:
        user_tasks.assign(connection, world.engine, task["key"], "wu", by="wu", allow_override=False)
    with world.database.write() as connection:
        user_tasks.unassign(connection, world.engine, task["key"], by="li")
        user_tasks.assign(connection, world.engine, task["key"], "wu", by="wu", allow_override=False)
    assert world.tasks()[0]["assignee"] == "wu"


def test_answers_that_do_not_fit_the_form_are_refused_field_by_field(world: World) -> None:
    form = b"""{"id": "judge", "type": "default", "components": [
        {"type": "checkbox", "key": "accepted", "label": "Accepted", "validate": {"required": true}},
        {"type": "number", "key": "days", "label": "Days", "validate": {"min": 1}}]}"""
    drawn = '<zeebe:formDefinition formId="judge" />'
    xml = diagram("p", [start(), user("work", more=drawn), end()], ["begin -> work", "work -> done"])
    world.deploy(xml, judge_form=form)
    [task] = world.tasks(world.start("p"))
    with pytest.raises(Invalid) as refused:
        world.complete(task["key"], accepted="yes", days=0)
    assert [problem.element_id for problem in refused.value.problems] == ["accepted", "days"]
    assert world.tasks()[0]["state"] == "CREATED"
    world.complete(task["key"], accepted=True, days=2)
    assert world.tasks() == []


def test_a_step_is_kept_and_what_is_stuck_after_it_is_an_incident_until_it_is_mended(world: World) -> None:
    nodes = [start(), user("work"), Node("exclusiveGateway", "which"), end("yes"), end("no")]
    flows = ["begin -> work", "work -> which", "which -> yes if ok", "which -> no default"]
    world.deploy(diagram("p", nodes, flows))
    key = world.start("p")
    [task] = world.tasks(key)
    world.complete(task["key"], ok="perhaps")
    assert world.tasks(key) == []
    [told] = world.incidents()
    assert (told["element_id"], told["error_type"], world.instance(key)["incidents"]) == (
        "which",
        "EXTRACT_VALUE_ERROR",
        1,
    )
    world.mend(key, ok="still no truth value")
    [again] = world.incidents()
    assert again["key"] != told["key"]
    assert (again["element_instance_key"], world.instance(key)["incidents"]) == (told["element_instance_key"], 1)
    world.mend(key, ok=True)
    assert (world.instance(key)["state"], world.instance(key)["incidents"], world.incidents()) == ("COMPLETED", 0, [])
    assert [one["element_id"] for one in world.elements(key)] == ["begin", "work", "which", "yes"]


def test_what_is_stuck_at_the_start_waits_with_an_incident_beside_what_goes_on(world: World) -> None:
    bad = Node("serviceTask", "bad", '<zeebe:taskDefinition type="=null" />')
    nodes = [start(), Node("parallelGateway", "fork"), user("work"), bad, end(), end("gone")]
    world.deploy(diagram("p", nodes, ["begin -> fork", "fork -> bad", "fork -> work", "work -> done", "bad -> gone"]))
    key = world.start("p")
    assert ([one["element_id"] for one in world.incidents()], world.instance(key)["incidents"]) == (["bad"], 1)
    world.complete(world.tasks(key)[0]["key"])
    assert world.instance(key)["state"] == "ACTIVE"
    with world.database.write() as connection:
        process_instances.cancel(connection, world.engine, key, by="chief")
    assert (world.incidents(), world.instance(key)["state"]) == ([], "TERMINATED")


def test_an_interruption_takes_the_incident_with_the_element(world: World) -> None:
    inside = body(
        [start("in"), Node("exclusiveGateway", "which"), end("a"), end("b")],
        ["in -> which", "which -> a if n", "which -> b default"],
        "i",
    )
    late = timer("boundaryEvent", "late", "PT1H", attachedToRef="sub")
    nodes = [start(), Node("subProcess", "sub", inside=inside), late, end(), end("gone")]
    world.deploy(diagram("p", nodes, ["begin -> sub", "sub -> done", "late -> gone"]))
    key = world.start("p")
    assert [one["element_id"] for one in world.incidents()] == ["which"]
    world.pass_(hours=2)
    assert (world.incidents(), world.instance(key)["state"]) == ([], "COMPLETED")
    states = {one["element_id"]: one["state"] for one in world.elements(key)}
    assert (states["which"], states["gone"]) == ("TERMINATED", "COMPLETED")


def test_jobs_are_leased_to_one_worker_and_given_on_when_the_lease_runs_out(world: World) -> None:
    world.deploy(diagram("p", [start(), job("work", "sms"), end()], ["begin -> work", "work -> done"]))
    key = world.start("p", number="1")
    [leased] = world.take("sms", worker="a")
    assert world.take("sms", worker="b") == []
    world.now += timedelta(minutes=2)
    [again] = world.take("sms", worker="b")
    assert (again["key"], again["process_id"]) == (leased["key"], "p")
    with world.database.write() as connection:
        jobs.complete(connection, world.engine, again["key"], {"sent": True}, by="b")
    assert world.variables(key) == {"number": "1", "sent": True}
    with pytest.raises(NotFound), world.database.write() as connection:
        jobs.complete(connection, world.engine, again["key"], {}, by="a")


def test_a_handler_that_fails_is_tried_again_with_back_off_and_then_is_an_incident(world: World) -> None:
    calls: list[int] = []

    def fails(given: Job) -> None:
        calls.append(given.retries)
        raise ConnectionError("no line")

    world.handlers["sms"] = fails
    world.deploy(diagram("p", [start(), job("work", "sms"), end()], ["begin -> work", "work -> done"]))
    key = world.start("p")
    assert world.run_jobs() == 1
    assert world.run_jobs() == 0
    for _ in range(2):
        world.now += timedelta(hours=1)
        world.run_jobs()
    assert calls == [3, 2, 1]
    [told] = world.incidents()
    assert (told["error_type"], world.jobs(key)[0]["state"]) == ("JOB_NO_RETRIES", "INCIDENT")
    world.handlers["sms"] = lambda given: {"sent": True}
    with world.database.write() as connection:
        incidents.resolve(connection, world.engine, told["key"], by="chief")
    assert world.run_jobs() == 1
    assert world.instance(key)["state"] == "COMPLETED"


def test_an_error_that_the_diagram_foresees_is_no_failure(world: World) -> None:
    def throws(given: Job) -> None:
        raise BpmnError("NO_UNIT", "nobody", {"unit": None})

    error = '<bpmn:errorEventDefinition errorRef="E" />'
    nodes = [start(), job("work", "find"), end(), user("mend"), end("mended")]
    nodes += [Node("boundaryEvent", "failed", "", error, attachedToRef="work")]
    flows = ["begin -> work", "work -> done", "failed -> mend", "mend -> mended"]
    world.handlers["find"] = throws
    world.deploy(diagram("p", nodes, flows, root='<bpmn:error id="E" errorCode="NO_UNIT" />'))
    key = world.start("p")
    world.run_jobs()
    assert [task["element_id"] for task in world.tasks(key)] == ["mend"]
    assert world.incidents() == []


def test_an_error_that_nothing_catches_is_an_incident_of_its_job(world: World) -> None:
    world.deploy(diagram("p", [start(), job("work", "find"), end()], ["begin -> work", "work -> done"]))
    world.start("p")
    [leased] = world.take("find")
    with world.database.write() as connection:
        jobs.throw_error(connection, world.engine, leased["key"], code="X", by="worker")
    assert [told["error_type"] for told in world.incidents()] == ["UNHANDLED_ERROR_EVENT"]
    assert world.take("find") == []


def test_timers_fire_once_in_their_order_also_after_three_days_without_a_service(world: World) -> None:
    nodes = [start(), user("work"), end(), end("late")]
    nodes += [timer("boundaryEvent", "warn", "PT2H", attachedToRef="work", cancelActivity="false"), end("warned")]
    nodes += [timer("boundaryEvent", "limit", "PT3H", attachedToRef="work")]
    flows = ["begin -> work", "work -> done", "warn -> warned", "limit -> late"]
    world.deploy(diagram("p", nodes, flows))
    key = world.start("p")
    assert world.pass_(hours=1) == 0
    world.restart()
    assert world.pass_(days=3) == 2
    assert world.pass_(days=3) == 0
    fired = [one for one in world.path(key).events if one["kind"] == "timer-fired"]
    assert [one["element_id"] for one in fired] == ["warn", "limit"]
    assert world.instance(key)["state"] == "COMPLETED"


def test_a_timer_start_event_starts_as_often_as_it_says(world: World) -> None:
    begin = timer("startEvent", "begin", "R3/PT1H", "timeCycle")
    world.deploy(diagram("p", [begin, user("work"), end()], ["begin -> work", "work -> done"]))
    assert [world.pass_(hours=1) for _ in range(5)] == [1, 1, 1, 0, 0]
    assert len(world.tasks()) == 3


def test_messages_find_who_waits_and_wait_for_who_comes(world: World) -> None:
    nodes = [start(), message("intermediateCatchEvent", "heard"), end()]
    world.deploy(diagram("p", nodes, ["begin -> heard", "heard -> done"], root=message_root()))
    first = world.start("p", matter="A")
    other = world.start("p", matter="B")
    with world.database.write() as connection:
        _, found = messages.correlate(connection, world.engine, name="reply", correlation_key="A", by="web")
    assert found == first
    with pytest.raises(NotFound), world.database.write() as connection:
        messages.correlate(connection, world.engine, name="reply", correlation_key="A", by="web")
    with world.database.write() as connection:
        for _ in range(2):
            messages.publish(
                connection,
                world.engine,
                name="reply",
                correlation_key="C",
                time_to_live=timedelta(hours=1),
                variables={"said": "yes"},
                by="web",
            )
    late = world.start("p", matter="C")
    assert world.instance(late)["state"] == "COMPLETED"
    assert world.variables(late)["said"] == "yes"
    assert world.instance(other)["state"] == "ACTIVE"
    world.now += timedelta(hours=2)
    assert world.instance(world.start("p", matter="C"))["state"] == "ACTIVE"


def test_a_message_with_the_same_id_is_published_once(world: World) -> None:
    hour = timedelta(hours=1)
    with world.database.write() as connection:
        messages.publish(connection, world.engine, name="m", message_id="1", time_to_live=hour, by="web")
    with pytest.raises(Conflict), world.database.write() as connection:
        messages.publish(connection, world.engine, name="m", message_id="1", time_to_live=hour, by="web")


def test_a_message_starts_a_process(world: World) -> None:
    begin = message("startEvent", "begin")
    world.deploy(diagram("p", [begin, user("work"), end()], ["begin -> work", "work -> done"], root=message_root()))
    with world.database.write() as connection:
        messages.publish(connection, world.engine, name="reply", variables={"x": 1}, by="web")
    [task] = world.tasks()
    assert world.variables(task["instance_key"]) == {"x": 1}


CHILD = diagram("child", [start(), user("inner"), end()], ["begin -> inner", "inner -> done"])


def parent(more: str = "") -> bytes:
    called = f'<zeebe:calledElement processId="child" {more}/>' + mapping({"x": "y + 1"}, {"got": "answer"})
    limit = timer("boundaryEvent", "limit", "PT1H", attachedToRef="call")
    nodes = [start(), Node("callActivity", "call", called), end(), end("late"), limit]
    return diagram("parent", nodes, ["begin -> call", "call -> done", "limit -> late"])


def test_a_called_process_is_an_instance_of_its_own_and_gives_back_its_variables(world: World) -> None:
    world.deploy(CHILD, parent())
    key = world.start("parent", y=1)
    [task] = world.tasks()
    child = world.instance(task["instance_key"])
    assert (child["parent_key"], child["root_key"], child["variables"]) == (key, key, {"y": 1, "x": 2})
    world.complete(task["key"], answer=7)
    assert world.instance(key)["state"] == "COMPLETED"
    assert world.variables(key) == {"y": 1, "got": 7}
    assert [one.definition["process_id"] for one in world.path(key).children] == ["child"]


def test_what_is_called_ends_with_its_caller(world: World) -> None:
    world.deploy(CHILD, parent())
    key = world.start("parent", y=1)
    child = world.tasks()[0]["instance_key"]
    world.pass_(hours=1)
    assert (world.instance(child)["state"], world.tasks()) == ("TERMINATED", [])
    assert world.instance(key)["state"] == "COMPLETED"
    key = world.start("parent", y=1)
    child = world.tasks()[0]["instance_key"]
    with pytest.raises(Conflict), world.database.write() as connection:
        process_instances.cancel(connection, world.engine, child, by="chief")
    with world.database.write() as connection:
        process_instances.cancel(connection, world.engine, key, by="chief")
    assert {world.instance(one)["state"] for one in (key, child)} == {"TERMINATED"}
    assert world.tasks() == []


def test_a_call_bound_to_its_deployment_keeps_the_version_of_it(world: World) -> None:
    world.deploy(CHILD, parent('bindingType="deployment" '))
    world.deploy(diagram("child", [start(), user("newer"), end()], ["begin -> newer", "newer -> done"]))
    world.start("parent", y=1)
    assert [task["element_id"] for task in world.tasks()] == ["inner"]
