"""What was done is done: what it brings may not fit, then its element stands at its end until that is mended."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from service.engine import jobs, process_instances
from tests.diagrams import (
    Node,
    body,
    diagram,
    each,
    end,
    job,
    mapping,
    script,
    start,
    timer,
    user,
)
from tests.world import World

FITS = mapping(outputs={"sum": 'assert(sum, sum < limit, "too much")'})
CALL = '<zeebe:calledElement processId="child" propagateAllParentVariables="false" />'


def line(*nodes: Node) -> bytes:
    chain = [start(), *nodes, end()]
    at = [one for one in chain if not one.attributes.get("attachedToRef")]
    flows = [f"{one.id} -> {two.id}" for one, two in pairwise(at)]
    return diagram("p", chain, flows)


def done(world: World, **variables: Any) -> None:
    taken = world.take("work")[0]["key"]
    with world.database.write() as connection:
        jobs.complete(connection, world.engine, taken, variables, by="worker")


def told(world: World) -> list[tuple[str, str]]:
    return [(one["element_id"], one["error_type"]) for one in world.incidents()]


def test_a_job_whose_result_does_not_fit_is_done_once_and_goes_on_when_that_is_mended(world: World) -> None:
    world.deploy(line(job("count", more=FITS)))
    key = world.start("p", limit=10)
    done(world, sum=11)
    assert (world.jobs(), told(world)) == ([], [("count", "IO_MAPPING_ERROR")])
    assert "too much" in world.incidents()[0]["message"]
    assert "sum" not in world.variables(key)
    world.restart()
    world.mend(key, limit=11)
    assert told(world) == [("count", "IO_MAPPING_ERROR")]
    world.mend(key, limit=12)
    assert (world.instance(key)["state"], world.variables(key)) == ("COMPLETED", {"limit": 12, "sum": 11})
    assert [one["element_id"] for one in world.elements(key)] == ["begin", "count", "done"]


def test_what_was_brought_can_be_changed_at_the_element_itself(world: World) -> None:
    world.deploy(line(job("count", more=FITS)))
    key = world.start("p", limit=10)
    done(world, sum=11)
    [told] = world.incidents()
    with world.database.write() as connection:
        at = told["element_instance_key"]
        process_instances.set_variables(connection, world.engine, at, {"sum": 9}, local=True, by="chief")
    world.mend(key)
    assert (world.instance(key)["state"], world.variables(key)) == ("COMPLETED", {"limit": 10, "sum": 9})


def test_a_completed_user_task_is_completed_though_its_result_does_not_fit(world: World) -> None:
    world.deploy(line(user("count", more=FITS)))
    key = world.start("p", limit=10)
    [task] = world.tasks()
    world.complete(task["key"], sum=11)
    assert (world.tasks(), told(world)) == ([], [("count", "IO_MAPPING_ERROR")])
    world.mend(key, limit=12)
    assert world.variables(key)["sum"] == 11


def test_what_stands_at_its_end_is_still_interrupted(world: World) -> None:
    late = timer("boundaryEvent", "late", "PT1H", attachedToRef="count")
    gone = diagram(
        "p",
        [start(), job("count", more=FITS), late, end(), end("gone")],
        ["begin -> count", "count -> done", "late -> gone"],
    )
    world.deploy(gone)
    key = world.start("p", limit=10)
    done(world, sum=11)
    world.pass_(hours=1)
    assert (world.incidents(), world.instance(key)["state"]) == ([], "COMPLETED")
    assert [(one["element_id"], one["state"]) for one in world.elements(key)][1] == ("count", "TERMINATED")


def test_a_sub_process_that_cannot_bring_out_its_result_keeps_what_was_done_in_it(world: World) -> None:
    inside = body([start("in"), job("count"), end("out")], ["in -> count", "count -> out"], "i")
    world.deploy(line(Node("subProcess", "sub", FITS, inside)))
    key = world.start("p", limit=10)
    done(world, sum=11)
    assert told(world) == [("sub", "IO_MAPPING_ERROR")]
    world.mend(key, limit=12)
    assert (world.instance(key)["state"], world.variables(key)["sum"]) == ("COMPLETED", 11)


def test_a_completion_condition_that_is_none_holds_the_instance_that_was_done(world: World) -> None:
    world.deploy(line(each(job("count"), "[1, 2]", until="enough")))
    key = world.start("p")
    done(world)
    assert told(world) == [("count", "EXTRACT_VALUE_ERROR")]
    world.mend(key, enough=True)
    assert (world.instance(key)["state"], world.jobs()) == ("COMPLETED", [])


def test_a_called_process_is_done_though_its_caller_cannot_take_the_result(world: World) -> None:
    child = diagram("child", [start(), job("count"), end()], ["begin -> count", "count -> done"])
    world.deploy(child, line(Node("callActivity", "call", CALL + FITS)))
    key = world.start("p", limit=10)
    done(world, sum=11)
    assert (world.count("COMPLETED"), told(world)) == (1, [("call", "IO_MAPPING_ERROR")])
    world.mend(key, limit=12)
    assert (world.count("COMPLETED"), world.variables(key)["sum"]) == (2, 11)


def test_input_and_script_that_fail_are_incidents_with_the_reason(world: World) -> None:
    world.deploy(
        line(job("count", more=mapping({"n": "assert(n, n != null)"})), script("add", 'assert(n, n > 1, "small")', "m"))
    )
    key = world.start("p")
    assert told(world) == [("count", "IO_MAPPING_ERROR")]
    world.mend(key, n=1)
    done(world)
    assert (told(world), "small" in world.incidents()[0]["message"]) == ([("add", "EXTRACT_VALUE_ERROR")], True)
    world.mend(key, n=2)
    assert world.variables(key)["m"] == 2
