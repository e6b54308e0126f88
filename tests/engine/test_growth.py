"""What a step costs grows at most with what is alive: not with what has been, nor faster."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from itertools import pairwise

import pytest

from service import bpmn
from service.engine import calls, history, jobs, messages, migration, process_instances, user_tasks
from service.store.unit_of_work import Database
from tests.conftest import NewUrl
from tests.costs import Cost, cost_of
from tests.diagrams import Node, body, diagram, each, end, event, job, message, message_root, start, timer, user
from tests.stores import STORES
from tests.world import World

SLACK = 1.15
ROOT = message_root("hello", "=matter") + '<bpmn:error id="E" errorCode="E" />'


def do(world: World, verb: Callable[..., object], *arguments: object, **more: object) -> None:
    with world.database.write() as connection:
        verb(connection, world.engine, *arguments, **more)


def row(*inner: Node, id_: str = "p", root: str = "") -> bytes:
    """From the start through these to the end."""
    ids = ["begin", *(one.id for one in inner), "done"]
    flows = [f"{one} -> {two}" for one, two in pairwise(ids)]
    return diagram(id_, [start(), *inner, end()], flows, root=root)


def inside(node: Node, id_: str) -> Node:
    """A sub-process that holds a node alone."""
    nodes = [start(f"{id_}-in"), node, end(f"{id_}-out")]
    return Node("subProcess", id_, "", body(nodes, [f"{id_}-in -> {node.id}", f"{node.id} -> {id_}-out"], f"{id_}-f"))


def much_alike(one: Cost, other: Cost) -> bool:
    same = (one.statements, one.rows) == (other.statements, other.rows)
    return same and one.written <= other.written * SLACK + 50


# What has been -------------------------------------------------------------------------------------------------


def test_the_fortieth_round_of_a_loop_costs_and_leaves_what_the_second_did(world: World) -> None:
    nodes = [start(), user("work"), job("note"), Node("exclusiveGateway", "again"), end()]
    flows = ["begin -> work", "work -> note", "note -> again", "again -> work if more", "again -> done default"]
    world.deploy(diagram("loop", nodes, flows))
    key = world.start("loop", text="沿街路灯不亮" * 20)
    costs, states, told = [], [], []
    for _ in range(40):
        [task], before = world.tasks(key), len(world.path(key).events)
        costs.append(cost_of(world.database, world.complete, task["key"], more=True)[0])
        [leased] = world.take("work")
        do(world, jobs.complete, leased["key"], {}, by="worker")
        states.append(len(world.instance(key)["state_blob"]))
        told.append(len(world.path(key).events) - before)
    assert much_alike(costs[-1], costs[1])
    assert states[-1] < states[1] * SLACK
    assert set(told[1:]) == {told[1]}


def test_the_last_step_of_a_chain_of_500_tasks_costs_what_the_first_did(world: World) -> None:
    world.deploy(row(*(user(f"task-{number}") for number in range(500))))
    key, costs = world.start("p"), []
    for _ in range(30):
        [task] = world.tasks(key)
        costs.append(cost_of(world.database, world.complete, task["key"])[0])
    assert much_alike(costs[-1], costs[0])


@pytest.mark.parametrize("gateway", ["parallelGateway", "inclusiveGateway"])
def test_the_last_of_20_forks_and_joins_in_a_row_costs_what_the_first_did(world: World, gateway: str) -> None:
    condition = " if true" if gateway == "inclusiveGateway" else ""
    nodes, flows = [start(), end()], ["begin -> fork-1"]
    for number in range(1, 21):
        nodes += [Node(gateway, f"fork-{number}"), Node(gateway, f"join-{number}")]
        for side in ("left", "right"):
            nodes.append(user(f"{side}-{number}"))
            flows += [f"fork-{number} -> {side}-{number}{condition}", f"{side}-{number} -> join-{number}"]
        flows.append(f"join-{number} -> " + (f"fork-{number + 1}" if number < 20 else "done"))
    world.deploy(diagram("p", nodes, flows))
    key, costs = world.start("p"), []
    while tasks := world.tasks(key):
        assert len(tasks) <= 2
        costs.append(cost_of(world.database, world.complete, tasks[0]["key"])[0])
    assert len(costs) == 40
    assert world.instance(key)["state"] == "COMPLETED"
    assert much_alike(costs[36], costs[2])
    assert much_alike(costs[37], costs[3])


# What is alive -------------------------------------------------------------------------------------------------

KINDS = {
    "user": user("work"),
    "job": job("work"),
    "sub-process": inside(user("work"), "part"),
}


def finish(world: World, instance: int, kind: str, number: int) -> list[Cost]:
    """Complete so many of the tasks or jobs of an instance, one after the other."""
    verb: Callable[..., object] = jobs.complete if kind == "job" else user_tasks.complete
    rows = world.jobs(instance) if kind == "job" else world.tasks(instance)
    told = [(verb, one["key"], {"answer": 1}) for one in rows[:number]]
    return [cost_of(world.database, do, world, *one, by="clerk")[0] for one in told]


@pytest.mark.parametrize("kind", list(KINDS))
def test_each_of_1000_members_is_completed_by_a_few_statements_that_write_what_is_alive(
    world: World, kind: str
) -> None:
    world.deploy(row(each(KINDS[kind], "units", member="unit", output="answers", result="answer")))
    cost = {}
    for alive in (100, 1_000):
        key = world.start("p", units=list(range(alive)))
        first, *_, last = finish(world, key, kind, 3)
        assert much_alike(last, first)
        cost[alive] = last
    assert (cost[1_000].statements, cost[1_000].rows) == (cost[100].statements, cost[100].rows)
    assert cost[1_000].statements < 13
    assert cost[1_000].written < 10 * cost[100].written * SLACK


def test_what_100_have_left_of_10_costs_what_10_cost_and_nothing_is_lost(world: World) -> None:
    world.deploy(row(each(user("work"), "units", member="unit")))
    many, few = world.start("p", units=list(range(100))), world.start("p", units=list(range(10)))
    after = finish(world, many, "user", 92)[-1]
    fresh = finish(world, few, "user", 2)[-1]
    assert (after.statements, after.rows) == (fresh.statements, fresh.rows)
    assert after.written < fresh.written * SLACK + 300  # the members themselves are 100 still
    finish(world, many, "user", 8)
    assert world.instance(many)["state"] == "COMPLETED"
    assert len([one for one in world.elements(many) if one["state"] == "COMPLETED"]) == 103


def test_1000_members_are_begun_leased_and_ended_by_a_few_statements(world: World) -> None:
    limit = timer("boundaryEvent", "limit", "PT1H", attachedToRef="work")
    looped = each(job("work"), "units", member="unit")
    nodes, flows = [start(), looped, limit, end("late"), end()], ["begin -> work", "work -> done", "limit -> late"]
    world.deploy(diagram("p", nodes, flows))
    begun, _ = cost_of(world.database, world.start, "p", units=list(range(1_000)))
    leased, given = cost_of(world.database, world.take, "work", limit=1_000)
    assert [one["variables"]["unit"] for one in given] == list(range(1_000))
    ended, _ = cost_of(world.database, world.pass_, hours=1)
    assert max(begun.statements, leased.statements, ended.statements) < 20
    assert (world.count("COMPLETED"), world.jobs()) == (1, [])
    key = world.start("p", units=list(range(1_000)))
    cancelled, _ = cost_of(world.database, cancel, world, key)
    assert cancelled.statements < 20
    assert world.count("TERMINATED") == 1


def test_200_events_on_a_border_are_waited_for_and_forgotten_by_a_few_statements(world: World) -> None:
    nodes, flows = [start(), user("work"), end()], ["begin -> work", "work -> done"]
    for number in range(1, 201):
        late = timer("boundaryEvent", f"late-{number}", f"PT{number}H", attachedToRef="work", cancelActivity="false")
        nodes, flows = [*nodes, late, end(f"told-{number}")], [*flows, f"late-{number} -> told-{number}"]
    world.deploy(diagram("p", nodes, flows))
    begun, _ = cost_of(world.database, world.start, "p")
    fired, _ = cost_of(world.database, world.pass_, hours=1)
    [task] = world.tasks()
    done, _ = cost_of(world.database, world.complete, task["key"])
    assert max(begun.statements, fired.statements, done.statements) < 20
    assert fired.rows < 10
    assert world.count("COMPLETED") == 1


def test_40_sub_processes_in_each_other_are_begun_and_ended_by_a_few_statements(world: World) -> None:
    node = user("work")
    for number in range(40):
        node = inside(node, f"level-{number}")
    world.deploy(row(node))
    begun, _ = cost_of(world.database, world.start, "p")
    [task] = world.tasks()
    done, _ = cost_of(world.database, world.complete, task["key"], answer=1)
    assert max(begun.statements, done.statements) < 20
    assert (world.count("COMPLETED"), dict(world.variables(task["instance_key"]))) == (1, {"answer": 1})


# 50 levels of call activities ----------------------------------------------------------------------------------


def calling(level: int) -> Node:
    called = f'<zeebe:calledElement processId="p{level}" propagateAllChildVariables="true" />'
    return Node("callActivity", "call", called)


@pytest.fixture(scope="module", params=STORES)
def deep(request: pytest.FixtureRequest, new_url: NewUrl) -> Iterator[World]:
    """50 processes of which each calls the next; `from-LEVEL` calls the one at that level, and catches an error."""
    database = Database(new_url(request.param))
    heard = message("boundaryEvent", "heard", attachedToRef="work")
    nodes, flows = [start(), job("work"), heard, end()], ["begin -> work", "work -> done", "heard -> done"]
    chain = [diagram("p50", nodes, flows, root=ROOT)]
    chain += [row(calling(level + 1), id_=f"p{level}") for level in range(1, 50)]
    for level in (1, 21, 41):
        caught = event("boundaryEvent", "caught", "error", "E", attachedToRef="call")
        nodes = [start(), calling(level), caught, end("saved"), end()]
        flows = ["begin -> call", "call -> done", "caught -> saved"]
        chain.append(diagram(f"from-{level}", nodes, flows, root=ROOT))
    world = World(database)
    world.deploy(*chain)
    yield world
    database.close()


def complete(world: World, key: int) -> None:
    do(world, jobs.complete, world.take("work")[0]["key"], {"answer": 1}, by="worker")
    assert dict(world.variables(key)) == {"matter": "M", "answer": 1}


def throw(world: World, key: int) -> None:
    do(world, jobs.throw_error, world.take("work")[0]["key"], code="E", by="worker")
    assert world.elements(key)[-1]["element_id"] == "saved"


def publish(world: World, key: int) -> None:
    told = {"name": "hello", "correlation_key": "M", "variables": {"answer": 2}, "time_to_live": timedelta(0)}
    do(world, messages.publish, **told, by="citizen")
    assert dict(world.variables(key)) == {"matter": "M", "answer": 2}


def cancel(world: World, key: int) -> None:
    do(world, process_instances.cancel, key, by="chief")
    assert world.jobs() == []


def tree(world: World, key: int) -> list[history.Path]:
    """The way of an instance, of that which it called, and so on."""
    found = [world.path(key)]
    while found[-1].children:
        found += found[-1].children
    return found


@pytest.mark.parametrize("act", [complete, throw, publish, cancel])
def test_each_level_of_calls_costs_what_the_others_do(deep: World, act: Callable[[World, int], None]) -> None:
    costs = []
    for first in (41, 21, 1):
        began, key = cost_of(deep.database, deep.start, f"from-{first}", matter="M")
        ended, _ = cost_of(deep.database, act, deep, key)
        ways = tree(deep, key)
        assert len(ways) == 52 - first
        assert all(one.events and one.elements and one.instance["ended_at"] for one in ways)
        costs.append((began, ended))
    for few, some, many in zip(*costs, strict=True):
        assert many.statements - some.statements == some.statements - few.statements
        assert many.rows - some.rows == some.rows - few.rows


def test_a_process_at_the_50th_level_is_migrated_by_itself(deep: World) -> None:
    key = deep.start("from-1", matter="M")
    innermost = tree(deep, key)[-1].instance["key"]
    target = deep.deploy(row(job("work"), user("sign"), id_="p50")).process_definitions[0]["key"]
    told = (innermost, target, bpmn.MigrationPlan())
    cost, _ = cost_of(deep.database, do, deep, migration.migrate, *told, by="policy")
    assert cost.statements < 20
    do(deep, jobs.complete, deep.take("work")[0]["key"], {}, by="worker")
    [task] = deep.tasks()
    deep.complete(task["key"], answer=3)
    assert dict(deep.variables(key)) == {"matter": "M", "answer": 3}


def test_a_process_that_calls_itself_without_end_stands_at_the_deepest_call(world: World) -> None:
    world.deploy(row(calling(0), id_="p0"))
    key = world.start("p0")
    [told] = world.incidents()
    assert (told["element_id"], told["error_type"]) == ("call", "CALLED_ELEMENT_ERROR")
    assert "calls itself without end" in told["message"]
    assert world.count("ACTIVE") == calls.MAX_LEVELS + 1
    cancel(world, key)
    assert world.count("ACTIVE") == 0


def test_a_process_that_calls_itself_twice_is_not_begun(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calls, "MAX_CALLED", 300)
    world.deploy(row(each(calling(0), "[1, 2]"), id_="p0"))
    key = world.start("p0")
    [told] = world.incidents()
    assert "More than 300 processes" in told["message"]
    assert (told["instance_key"], world.count("ACTIVE")) == (key, 1)


def test_a_deep_call_counts_the_levels_of_earlier_steps(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calls, "MAX_LEVELS", 3)
    world.deploy(row(user("ask"), calling(0), id_="p0"))
    world.start("p0")
    for _ in range(4):
        [task] = world.tasks()
        world.complete(task["key"])
    [told] = world.incidents()
    assert "more than 3 deep" in told["message"]
    assert world.count("ACTIVE") == 4
